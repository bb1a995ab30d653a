"""Files are written beside their place and renamed into it: a reader sees the old file or the new one, never a part."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import duckdb

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
    except duckdb.IOException as error:
        reason = "the disk is full" if "No space left" in str(error) else str(error).splitlines()[0]
        raise StorageError(f"{path} cannot be written: {reason}") from error


def _why(error: OSError) -> str:
    if isinstance(error, FileExistsError):
        return os.strerror(errno.ENOTDIR)  # a file stands where a folder is wanted
    return "the disk is full" if error.errno == errno.ENOSPC else str(error.strerror)


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
