"""Reads landing files: the bytes once, hashed and parsed from the same copy."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

from expectations.contract import Dataset
from expectations.delivery import DeliveredFile
from sources.csv_reader import parse_csv
from sources.errors import UnreadableFileError
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
    digest = UNREADABLE
    try:
        content = _read_bytes(path)
        digest = hashlib.sha256(content).hexdigest()
        delivered = _parse(path.name, content, dataset)
    except UnreadableFileError as error:
        return ReadFile(path.name, digest, None, f"{path.name}: {error}")
    return ReadFile(path.name, digest, delivered)


def file_digest(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex, without holding the file in memory; `UNREADABLE` when it can't be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return UNREADABLE
    return digest.hexdigest()


def _parse(name: str, content: bytes, dataset: Dataset) -> DeliveredFile:
    if name.endswith(".parquet"):
        return parse_parquet(name, content, dataset)
    if name.endswith(".gz"):
        content = _decompress(content)
    return parse_csv(name, content, dataset)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError as error:
        raise UnreadableFileError("is a folder, not a file") from error
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}") from error


def _decompress(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except EOFError as error:
        raise UnreadableFileError("is truncated: the compressed data ends early") from error
    except (OSError, zlib.error) as error:
        raise UnreadableFileError("is no valid gzip file") from error
