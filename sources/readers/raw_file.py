"""A landing file's bytes: read once, hashed on the way, expanded a piece at a time."""

import hashlib
import os
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sources.readers.errors import TooLargeError, UnreadableFileError
from sources.readers.limits import ReadLimits, file_too_large

PIECE = 8 << 20
HEAD = 64 << 10
"""Bytes of a file's beginning that are kept, to tell what kind of file it is."""
_LEAST_FED = 512
_ZEROS = re.compile(rb"\0+")
_GZIP = 16 + zlib.MAX_WBITS
_TRUNCATED = "is truncated: the compressed data ends early"
_NO_GZIP = "is no valid gzip file"


class RawFile:
    """An open landing file. Every byte is read once, from the first to the last."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()
        self._facts = self._stat_facts()
        self.size = self._facts[0]
        self.head = b""
        """The first bytes that were read."""

    def pieces(self) -> Iterator[bytes]:
        """What is left of the file, in pieces.

        Raises:
            OSError: it can't be read.
        """
        while piece := self._file.read(PIECE):
            self._hash.update(piece)
            self.head = self.head or piece[:HEAD]
            yield piece

    def whole(self, limits: ReadLimits) -> bytes:
        """All bytes; raises `UnreadableFileError` when they are more than the limit."""
        if self.size > limits.file_size:
            raise TooLargeError(file_too_large(limits))
        return b"".join(self.pieces())

    def digest(self) -> str:
        """SHA-256 of all bytes, in hex; reads what was not read yet, and keeps none of it."""
        for _ in self.pieces():
            pass
        return self._hash.hexdigest()

    def changed(self) -> bool:
        """Whether somebody wrote to the file since it was opened: what was read may be old in part, and new in part."""
        return self._stat_facts() != self._facts

    def _stat_facts(self) -> tuple[int, int, int]:
        facts = os.fstat(self._file.fileno())
        return facts.st_size, facts.st_mtime_ns, facts.st_ino


@contextmanager
def opened(path: Path) -> Iterator[RawFile]:
    """Open a landing file; raises `UnreadableFileError` where there is no file, or it can't be read."""
    try:
        _check_kind(path)
        with path.open("rb", buffering=0) as file:
            yield RawFile(file)
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}") from error


def expanded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The content of a gzip file of one or several members, in pieces of a bounded size.

    Raises:
        UnreadableFileError: it is truncated, or no gzip file.
    """
    unpack, step = zlib.decompressobj(_GZIP), _LEAST_FED
    try:
        for piece in pieces:
            at, more = 0, True
            while at < len(piece) or more:  # more: content that is unpacked already, and did not fit in the last piece
                if unpack.eof:  # the next member; zeros between members are padding
                    at, more = _behind_zeros(piece, at), False
                    if at < len(piece):
                        unpack = zlib.decompressobj(_GZIP)
                    continue
                fed = piece[at : at + step]
                content = unpack.decompress(fed, PIECE)
                more = len(content) == PIECE
                taken = len(fed) - len(unpack.unused_data if unpack.eof else unpack.unconsumed_tail)
                at += taken
                # zlib copies what a member leaves: it is fed little after a small one, or many would take n² copies.
                step = min(max(2 * taken, _LEAST_FED), PIECE)
                if content:
                    yield content
    except zlib.error as error:
        raise UnreadableFileError(_NO_GZIP) from error
    if not unpack.eof:
        raise UnreadableFileError(_TRUNCATED)


def _behind_zeros(piece: bytes, at: int) -> int:
    found = _ZEROS.match(piece, at)
    return at if found is None else found.end()


def _check_kind(path: Path) -> None:
    """Look before opening: a pipe that nobody writes to is never open, and a device may never end."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise UnreadableFileError("is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise UnreadableFileError("is a pipe, a socket or a device, not a file")
