"""JSON as a file to read from, within bounds: whoever parses it keeps a record, and the path to it, in memory."""

import re
from collections.abc import Iterator

import numpy as np

from sources.readers.errors import TooLargeError, UnreadableFileError
from sources.readers.limits import shown_size

_LARGEST_RECORD = 64 << 20
"""Bytes of one record of a list, and of what stands before it."""
_DEEPEST = 200
"""Levels of nesting; a parser's paths to them take the square of their number."""
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_REST = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_NO_BRACKETS = bytes(sorted({*range(256)} - {*b"[]{}"}))


class JsonStream:
    """Pieces of UTF-8 as a file that can be read on, without its byte order mark.

    Args:
        bounded: whether `begin_record` is called for each record.
    """

    def __init__(self, pieces: Iterator[bytes], *, bounded: bool = False) -> None:
        self._pieces, self._rest = pieces, next(pieces, b"").removeprefix(b"\xef\xbb\xbf")
        self._left, self._bounded = _LARGEST_RECORD, bounded
        self._depth = _Depth()

    def begin_record(self) -> None:
        """There was a record: the next one may be as large as any."""
        self._left = _LARGEST_RECORD

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes; none at the end.

        Raises:
            UnreadableFileError: a record is too large, or nested too deeply.
        """
        while not self._rest and size:
            following = next(self._pieces, None)
            if following is None:
                return b""
            self._rest = following
        if size < 0:
            size = len(self._rest)
        taken, self._rest = self._rest[:size], self._rest[size:]
        self._left -= len(taken)
        if self._bounded and self._left < 0:
            raise TooLargeError(f"has a record of more than {shown_size(_LARGEST_RECORD)}, or as much before one")
        if self._depth.after(taken) > _DEEPEST:
            raise UnreadableFileError(f"is nested more than {_DEEPEST} levels deep")
        return taken


class _Depth:
    """How deeply a text is nested, as far as it was seen. Brackets in strings are none."""

    def __init__(self) -> None:
        self._now, self._inside, self._pending = 0, False, b""

    def after(self, piece: bytes) -> int:
        """The deepest level within the next piece."""
        brackets = self._outside(self._pending + piece).translate(None, delete=_NO_BRACKETS)
        if not brackets:
            return self._now
        signs = np.frombuffer(brackets, np.uint8)
        opening = (signs == ord("[")) | (signs == ord("{"))
        levels = self._now + np.cumsum(np.where(opening, 1, -1))
        self._now = int(levels[-1])
        return int(levels.max())

    def _outside(self, text: bytes) -> bytes:
        """What of a text is in no string; a string may go on from one piece to the next."""
        self._pending = b""
        if self._inside:
            end = _end_of_string(text, 0)
            if text[end : end + 1] != b'"':
                self._pending = text[end:]  # a backslash, whose letter is to come
                return b""
            text, self._inside = text[end + 1 :], False
        text = _STRING.sub(b"", text)
        begin = text.find(b'"')
        if begin < 0:
            return text
        self._inside, self._pending = True, text[_end_of_string(text, begin + 1) :]
        return text[:begin]


def _end_of_string(text: bytes, begin: int) -> int:
    found = _REST.match(text, begin)
    return found.end() if found else begin
