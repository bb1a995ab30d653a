"""Files are written beside their place and renamed into it: a reader sees the old file or the new one, never a part."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import duckdb

DISK_FULL = "the disk is full; make room, and run again"
NO_SPACE = (duckdb.IOException, duckdb.TransactionException)
"""What DuckDB raises where there is no space: the second where a commit finds none."""
_SUFFIX = ".writing"


class StorageError(Exception):
    """Something can't be stored; the message is one line that says what and why. What was stored before is intact."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, beside `path`; on leaving without an error, flush it to disk and rename it to `path`.

    On an error the half-written file is removed and `path` stays as it was. Files that killed processes left behind
    are removed first. A full disk, and any other failure to write, becomes a `StorageError`.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path)
        beside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}")
        try:
            yield beside
            _flush(beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove what processes that no longer run left beside `path`."""
    for leftover in path.parent.glob(f".{escape(path.name)}.*{_SUFFIX}"):
        process = leftover.name.removeprefix(f".{path.name}.").partition("-")[0]
        if not process.isdecimal() or not _runs(int(process)):
            leftover.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a file; it is no error when there is none."""
    with storage_errors(path):
        path.unlink(missing_ok=True)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """A full disk, and any other failure to write to `path`, becomes a `StorageError`."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {_why(error)}") from error
    except NO_SPACE as error:
        reason = DISK_FULL if is_full(error) else str(error).splitlines()[0]
        raise StorageError(f"{path} cannot be written: {reason}") from error


def _why(error: OSError) -> str:
    if isinstance(error, FileExistsError):
        return os.strerror(errno.ENOTDIR)  # a file stands where a folder is wanted
    return DISK_FULL if is_full(error) else str(error.strerror)


def is_full(error: BaseException) -> bool:
    """Whether an error of the system, of DuckDB or of SQLite says that there is no space left."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOSPC
    return says_full(str(error))


def says_full(message: str) -> bool:
    """Whether the words of DuckDB or of SQLite are that there is no space left."""
    return os.strerror(errno.ENOSPC) in message or says_sqlite_full(message)


def says_sqlite_full(message: str) -> bool:
    """Whether the words are SQLite's."""
    return "database or disk is full" in message


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OverflowError, PermissionError):
        return True
    return True
