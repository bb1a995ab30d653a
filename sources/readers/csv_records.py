"""A CSV file's text in pieces that hold whole records: quotes and line ends decide where one ends.

Parsers forgive text after a closing quote, and take the end of the file for a closing quote; both are costly: a stray
quote swallows the records up to the next one, and they would be missing without a trace.
"""

import codecs
import csv
import io
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from sources.readers.errors import TooLargeError, UnreadableFileError
from sources.readers.limits import ReadLimits, file_too_large, shown_size

BOM = b"\xef\xbb\xbf"
_LF, _CR = b"\n\r"
_TRIES = 4
"""Line ends that are looked at one by one; the last but few are in no quoted field, in most files."""
_Letters: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.uint8]]"
_Places: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
_PIECE = 32 << 20
_LINE_ENDS = (b"\n", b"\r")

csv.field_size_limit(sys.maxsize)  # the standard limit, 128 KB a field, is no rule of the contract


class Dialect(NamedTuple):
    """How fields are told apart: two ASCII characters; without a quote no field is quoted."""

    delimiter: str = ","
    quote: str = '"'

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> Any:
        """The records of these lines, field by field."""
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=strict)
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=strict)


CONTRACT = Dialect()
"""The raw contract's."""


class Records(NamedTuple):
    """Whole records, as they stand in the file."""

    content: bytes
    line: int
    """Number of the line that they begin in, from 1."""


class OpenQuoteError(UnreadableFileError):
    """The file ends inside a quoted field."""

    def __init__(self, rest: bytes) -> None:
        super().__init__("ends inside a quoted field: it is truncated, or a quote is never closed")
        self.rest = rest


class NotUtf8Error(UnreadableFileError):
    """A byte is not UTF-8."""

    def __init__(self, line: int, byte: int, *, cut: bool) -> None:
        super().__init__("is not UTF-8")
        self.line, self.byte = line, byte
        self.cut = cut
        """Whether the file ends within the letter."""


def whole_records(
    pieces: Iterable[bytes], limits: ReadLimits, piece_size: int = _PIECE, dialect: Dialect = CONTRACT
) -> Iterator[Records]:
    """The text of a CSV file, without its byte order mark, in pieces of about `piece_size` that hold whole records.

    Raises:
        UnreadableFileError: it is not UTF-8, ends inside a quoted field, has text after a closing quote, or more than
            the limits allow. A quote within an unquoted field is text.
    """
    rest, line = b"", 1
    for piece in _gathered(_utf8(pieces, limits), piece_size):
        text = rest + piece
        end = _end_of_records(text, line, limits, dialect, last=False)
        if end:
            yield Records(text[:end], line)
            line += line_ends(text[:end])
        rest = text[end:]
    if rest:
        _end_of_records(rest, line, limits, dialect, last=True)
        yield Records(rest, line)


def line_ends(text: bytes) -> int:
    """The number of line ends: LF, CR, or both."""
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")


def _utf8(pieces: Iterable[bytes], limits: ReadLimits) -> Iterator[bytes]:
    """The pieces without the mark, once they are known to be UTF-8 and within the limit."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, line, first = 0, 1, True
    try:
        for piece in _gathered(pieces, len(BOM)):
            size += len(piece)
            if size > limits.file_size:
                raise TooLargeError(file_too_large(limits))
            decoder.decode(piece)
            yield piece.removeprefix(BOM) if first else piece
            line, first = line + line_ends(piece), False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        text, at = bytes(error.object), error.start
        cut = "unexpected end" in error.reason
        raise NotUtf8Error(line + line_ends(text[:at]), text[at], cut=cut) from error


def _gathered(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes, in pieces of at least `size` but for the last one."""
    waiting: list[bytes] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= size:
            yield b"".join(waiting)
            waiting, length = [], 0
    if length:
        yield b"".join(waiting)


def _end_of_records(text: bytes, line: int, limits: ReadLimits, dialect: Dialect, *, last: bool) -> int:
    """Where the last whole record of the text ends; `last` says that no text follows."""
    end = _end_by_parity(text, limits, dialect, last=last)
    return _end_by_reading(text, line, limits, dialect, last=last) if end is None else end


def _end_by_parity(text: bytes, limits: ReadLimits, dialect: Dialect, *, last: bool) -> int | None:
    """The same by counting quotes: quick, and right of nearly every file; None where it takes a closer look."""
    letters = np.frombuffer(text, np.uint8)
    quote = dialect.quote.encode()
    quotes = np.flatnonzero(letters == quote[0]) if quote and quote in text else np.zeros(0, np.int64)
    if last and len(quotes) % 2:
        return None
    end = 0
    while end < len(text):
        limit = end + limits.record_size + 2
        found = _last_line_end(text, quotes, end, limit)
        if found is None:
            if limit < len(text):
                return None
            break
        end = found
    if last:
        end = len(text)
    return end if _in_place(letters, quotes[quotes < end], dialect) else None


def _last_line_end(text: bytes, quotes: _Places, start: int, stop: int) -> int | None:
    """Behind the last line end of text[start:stop] that is in no quoted field; None when there is none."""
    for _ in range(_TRIES):
        at = max(text.rfind(mark, start, stop) for mark in _LINE_ENDS)
        if at < 0:
            return None
        before = int(np.searchsorted(quotes, at))
        if before % 2 == 0:
            return at + 1
        stop = int(quotes[before - 1])
    letters = np.frombuffer(text, np.uint8)[start : max(start, stop)]  # many quoted ones: all at once
    places = np.flatnonzero((letters == _LF) | (letters == _CR)) + start
    outside = places[np.searchsorted(quotes, places) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else None


def _in_place(letters: _Letters, quotes: _Places, dialect: Dialect) -> bool:
    """Whether the quotes open and close in turn, at the edges of fields."""
    opening, closing = quotes[::2], quotes[1::2]
    if len(opening) != len(closing):
        return False
    around = np.frombuffer(f"{dialect.delimiter}\r\n{dialect.quote}".encode(), np.uint8)  # two quotes: a doubled one
    before = letters[opening[opening > 0] - 1]
    after = letters[closing[closing < len(letters) - 1] + 1]
    return bool(np.isin(before, around).all() and np.isin(after, around).all())


def _end_by_reading(text: bytes, line: int, limits: ReadLimits, dialect: Dialect, *, last: bool) -> int:
    """The same, record by record."""
    end, taken, started = 0, 0, line

    def lines() -> Iterator[str]:
        nonlocal taken
        for row in io.StringIO(text.decode("latin-1"), newline=""):  # a letter a byte
            taken += len(row)
            if taken - end > limits.record_size + 2:
                raise TooLargeError(_record_too_large(started, limits))
            yield row

    reader = dialect.reader(lines(), strict=True)
    try:
        for _ in reader:
            if taken == len(text) and not last and not text.endswith(_LINE_ENDS):
                break
            end, started = taken, line + reader.line_num
    except csv.Error as error:
        if "expected after" in str(error):
            at = line - 1 + reader.line_num
            raise UnreadableFileError(
                f"has text after a closing quote in line {at}: a quote is missing, or is not doubled"
            ) from error
        if "unexpected end of data" not in str(error):
            raise UnreadableFileError("is no valid CSV file") from error
        if last:
            raise OpenQuoteError(text[end:]) from error
    return end


def _record_too_large(line: int, limits: ReadLimits) -> str:
    return (
        f"has a record of more than {shown_size(limits.record_size)} that begins in line {line}:"
        " is a quote never closed? PORTFOLIO_MAX_RECORD_SIZE is the limit"
    )
