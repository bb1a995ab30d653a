"""Reads landing files: the bytes once, hashed and parsed from the same copy."""

import logging
import traceback
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from expectations.contract import Dataset
from expectations.delivery import DeliveredFile
from expectations.interrupts import raise_interrupt
from expectations.wording import shortened
from sources.landing.folder import file_ending, file_name
from sources.readers.batches import check_batches
from sources.readers.csv_reader import read_csv
from sources.readers.diagnosis import explained
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits
from sources.readers.parquet_reader import parse_parquet
from sources.readers.raw_file import HEAD, RawFile, expanded, opened

UNREADABLE = "unreadable"
"""Stands for the digest of a file whose bytes can't be read."""
CHANGED = "changed"
"""Stands for the digest of a file that somebody wrote to while it was read."""

_STARVED = "does not fit in memory: deliver it in parts, or give the process more"

_Found = TypeVar("_Found")

LOG = logging.getLogger("sources")
"""Where the tracebacks of readers go."""
LOG.addHandler(logging.NullHandler())  # without one, Python prints them on the terminal


@dataclass(frozen=True)
class ReadFile:
    """A file's digest (SHA-256 of its bytes, in hex), and what it delivered or why it can't be used."""

    name: str
    digest: str
    delivered: DeliveredFile | None
    problem: str | None = None
    starved: bool = False
    """Whether the problem is a want of memory: at another time there may be enough."""


def read_file(path: Path, dataset: Dataset, limits: ReadLimits | None = None) -> ReadFile:
    """Read one landing file; a file that can't be used comes back with its problem, one line that names it.

    Whatever a reader raises is such a problem, too little memory included: other files may fit. Its traceback is
    logged.
    """
    name, limits = file_name(path), limits or ReadLimits()
    digest, delivered = UNREADABLE, None
    try:
        with opened(path) as raw:
            delivered, problem = attempt(lambda: _parse(name, raw, dataset, limits), name)
            digest = raw.digest()
            if raw.changed():  # no file has this digest, so that the next run reads it again
                digest, delivered, problem = CHANGED, None, "changed while it was read; it is read again next time"
    except UnreadableFileError as error:
        digest, delivered, problem = UNREADABLE, None, str(error)
    said = None if problem is None else shortened(f"{_on_one_line(name)}: {problem}")
    return ReadFile(name, digest, delivered, said, starved=problem == _STARVED)


def attempt(read: Callable[[], _Found], name: str) -> tuple[_Found | None, str | None]:
    """What a reader of the named file gives, or else what is wrong, in one line without the name.

    Raises:
        OSError: the file can't be read.
    """
    try:
        return read(), None
    except UnreadableFileError as error:
        return None, str(error)
    except OSError:
        raise
    except MemoryError as error:
        _log(name, error)
        return None, _STARVED
    except Exception as error:
        raise_interrupt(error)
        _log(name, error)
        place = traceback.extract_tb(error.__traceback__)[-1]
        return None, (
            f"cannot be read: the reader failed with {type(error).__name__} ({Path(place.filename).name}, line"
            f" {place.lineno}); write the file anew in another way, and report this line"
        )


def _log(name: str, error: Exception) -> None:
    """Log an error's kind and traceback; its message may quote a value, and with it somebody's id."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = type(error).__name__
    LOG.error("%s: the reader failed\nTraceback (most recent call last):\n%s%s", _on_one_line(name), frames, kind)


def holds_any(path: Path, words: Collection[str], limits: ReadLimits) -> bool:
    """Whether a CSV file may hold one of the words; true of one that can't be read to its end.

    A quote in a word is doubled in a quoted field, and stands as it is in one that isn't.
    """
    wanted = [spelt.encode() for word in words for spelt in {word, word.replace('"', '""')}]
    longest = max((len(word) for word in wanted), default=0)
    before, size = b"", 0
    try:
        with opened(path) as raw:
            for piece in _content(path.name, raw):
                size += len(piece)
                text = before + piece
                if size > limits.file_size or any(word in text for word in wanted):
                    return True
                before = text[-longest:] if longest else b""
    except UnreadableFileError:
        return True
    return False


def file_digest(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex, without holding the file in memory; `UNREADABLE` when it can't be read."""
    try:
        with opened(path) as raw:
            return raw.digest()
    except UnreadableFileError:
        return UNREADABLE


def _on_one_line(name: str) -> str:
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


def _parse(name: str, raw: RawFile, dataset: Dataset, limits: ReadLimits) -> DeliveredFile:
    ending, head = file_ending(name), b""

    def text() -> Iterator[bytes]:
        nonlocal head
        for piece in _content(name, raw):
            head = head or piece[:HEAD]
            yield piece

    try:
        if ending == ".parquet":
            delivered = parse_parquet(name, raw.whole(limits), dataset, limits)
        else:
            delivered = read_csv(name, text(), dataset, limits)
        check_batches(delivered, limits)
        return delivered
    except UnreadableFileError as error:
        raise UnreadableFileError(explained(error, ending, raw.head, head, dataset)) from error


def _content(name: str, raw: RawFile) -> Iterator[bytes]:
    return expanded(raw.pieces()) if file_ending(name) == ".csv.gz" else raw.pieces()
