"""Files of a folder that somebody else may have prepared: opened without following a link out of it."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe in its place holds nobody up


class NotInsideError(Exception):
    """A path leads over a link, or to something that is no file."""


@contextmanager
def opened_inside(folder: Path, path: str) -> Iterator[BinaryIO]:
    """Open a file below a folder, by its path with slashes.

    Raises:
        NotInsideError: something on the way is a link, or it is no file.
        OSError: it is not there, or can't be read.
    """
    *folders, name = path.split("/")
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            below = _open(part, _FOLDER, at)
            os.close(at)
            at = below
        file = _open(name, _FILE, at)
    finally:
        os.close(at)
    with open(folder / path, "rb", opener=lambda name, flags: file) as handle:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise NotInsideError(path)
        yield handle


def read_inside(folder: Path, path: str) -> bytes:
    """The bytes of such a file."""
    with opened_inside(folder, path) as file:
        return file.read()


def _open(name: str, flags: int, at: int) -> int:
    if name in ("", ".", "..") or "/" in name:
        raise NotInsideError(name)
    try:
        return os.open(name, flags, dir_fd=at)
    except (FileNotFoundError, PermissionError):
        raise
    except OSError as error:  # ELOOP of a link, ENOTDIR of a link where a folder is wanted, ENXIO of a socket
        raise NotInsideError(name) from error
