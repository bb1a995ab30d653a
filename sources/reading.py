"""Reads landing files: the bytes once, hashed and parsed from the same copy."""

import gzip
import hashlib
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from expectations.contract import Dataset
from expectations.delivery import DeliveredFile
from expectations.wording import shortened
from sources.csv_reader import parse_csv
from sources.errors import UnreadableFileError
from sources.files import file_ending, file_name
from sources.parquet_reader import parse_parquet

_CHUNK = 1 << 20
UNREADABLE = "unreadable"
"""Stands for the digest of a file whose bytes can't be read."""


@dataclass(frozen=True)
class ReadFile:
    """A file's digest (SHA-256 of its bytes, in hex), and what it delivered or why it can't be used."""

    name: str
    digest: str
    delivered: DeliveredFile | None
    problem: str | None = None


def read_file(path: Path, dataset: Dataset) -> ReadFile:
    """Read one landing file; a file that can't be used comes back with its problem, one line that names it."""
    name, digest = file_name(path), UNREADABLE
    try:
        content = read_bytes(path)
        digest = hashlib.sha256(content).hexdigest()
        delivered = _parse(name, content, dataset)
    except UnreadableFileError as error:
        return ReadFile(name, digest, None, shortened(f"{_on_one_line(name)}: {error}"))
    return ReadFile(name, digest, delivered)


def read_bytes(path: Path) -> bytes:
    """All bytes of a landing file; raises `UnreadableFileError` where there is no file, or it can't be read."""
    try:
        _check_kind(path)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}") from error


def file_digest(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex, without holding the file in memory; `UNREADABLE` when it can't be read."""
    digest = hashlib.sha256()
    try:
        _check_kind(path)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except (OSError, UnreadableFileError):
        return UNREADABLE
    return digest.hexdigest()


def _check_kind(path: Path) -> None:
    """Look before opening: a pipe that nobody writes to is never open, and a device may never end."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise UnreadableFileError("is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise UnreadableFileError("is a pipe, a socket or a device, not a file")


def _on_one_line(name: str) -> str:
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


def _parse(name: str, content: bytes, dataset: Dataset) -> DeliveredFile:
    kind = file_ending(name)
    if kind == ".parquet":
        return parse_parquet(name, content, dataset)
    if kind == ".csv.gz":
        content = _decompress(content)
    return parse_csv(name, content, dataset)


def _decompress(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except EOFError as error:
        raise UnreadableFileError("is truncated: the compressed data ends early") from error
    except (OSError, zlib.error) as error:
        raise UnreadableFileError("is no valid gzip file") from error
