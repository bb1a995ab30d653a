"""Text tables of any dialect: csv and tsv files, whose delimiter and encoding are guessed where nobody named them."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from sources.mapping.encodings import as_utf8, guessed_encoding, read_pieces
from sources.mapping.reading import Read
from sources.mapping.tables import EXTRA, RawTable, arrow, names_of, table_of
from sources.readers.csv_parsing import even_records, parse_records
from sources.readers.csv_records import Dialect, Records, whole_records
from sources.readers.errors import TooLargeError, UnreadableFileError
from sources.readers.limits import ReadLimits, too_many_columns

DELIMITERS = ";,\t|"
"""Delimiters that are guessed; of equals the first."""
_LINES = 50
_LOOKED_AT = 64 << 10
_ONE_THREAD_BELOW = 1 << 20  # bytes; starting threads costs more than parsing this much
_PIECE = 16 << 20


def read_delimited(path: Path, read: Read, limits: ReadLimits, delimiter: str | None = None) -> RawTable:
    """A text table; `delimiter` is that of the format, such as a tab.

    Raises:
        UnreadableFileError: it is no such table, or larger than the limits.
    """
    guesses = []
    encoding = read.encoding
    if encoding is None:
        encoding = guessed_encoding(path)
        guesses.append(f"encoding {encoding}")
    delimiter = read.delimiter or delimiter
    if delimiter is None:
        delimiter = guessed_delimiter(head_of(path, encoding), read)
        guesses.append(f"delimiter {'tab' if delimiter == chr(9) else delimiter}")
    dialect = Dialect(delimiter, read.quote)
    records = whole_records(as_utf8(read_pieces(path), encoding), limits, _PIECE, dialect)
    first = next(records, Records(b"", 1))
    rows, end = _first_rows(first.content, dialect, read.header_row)
    if read.header_row and len(rows) < read.header_row:
        raise UnreadableFileError(
            f"has no row {read.header_row}, which should be its header" if rows else "is empty: it has no header line"
        )
    header = list(read.names or ()) if read.header_row == 0 else rows[-1]
    if len(header) > limits.columns:
        raise TooLargeError(too_many_columns(len(header), limits))
    if not any(name.strip() for name in header):
        raise UnreadableFileError(f"has no headers in row {read.header_row}: it is blank")
    above = sum(any(field.strip() for field in row) for row in rows[:-1])
    parser = _Parser(header, dialect, limits)
    rest = Records(first.content[end:], first.line)
    pieces = (parser.parsed(piece.content) for piece in _chained(rest, records))
    return RawTable(tuple(header), pieces, above, tuple(guesses))


def head_of(path: Path, encoding: str) -> str:
    """The beginning of a text file."""
    with path.open("rb") as file:
        text = file.read(_LOOKED_AT).decode(encoding, "replace")
    return text.removeprefix("\ufeff")


def guessed_delimiter(text: str, read: Read) -> str:
    """The delimiter that gives most rows the same number of fields, of which there are several.

    A sign that is in every row alike as the decimal sign of its numbers, say, gives fewer.
    """
    best, rank = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        dialect = Dialect(delimiter, read.quote)
        rows = [row for row in _some_rows(text, dialect)[max(read.header_row - 1, 0) :] if any(row)]
        counts = Counter(len(row) for row in rows if len(row) > 1)
        if not counts:
            continue
        width, times = max(counts.items(), key=lambda found: (found[1], found[0]))
        header = len(rows[0]) if read.header_row else width
        found = (times / len(rows) + (header == width), width)
        if found > rank:
            best, rank = delimiter, found
    return best


def _some_rows(text: str, dialect: Dialect) -> list[list[str]]:
    lines = text.splitlines(keepends=True)
    cut = lines[:-1] if len(lines) > 1 and len(text) > _LOOKED_AT // 5 else lines
    rows = []
    for row in dialect.reader(cut):
        rows.append(row)
        if len(rows) == _LINES:
            break
    return rows


def _first_rows(content: bytes, dialect: Dialect, count: int) -> tuple[list[list[str]], int]:
    """The first rows of a text, blank lines among them, and where they end."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        for line in io.StringIO(content.decode("latin-1"), newline=""):  # a letter a byte
            end += len(line)
            yield line

    rows: list[list[str]] = []
    reader = dialect.reader(lines())
    while len(rows) < count and (row := next(reader, None)) is not None:
        rows.append([field.encode("latin-1").decode() for field in row])
    return rows, end


def _chained(first: Records, others: Iterator[Records]) -> Iterator[Records]:
    yield first
    yield from others


class _Parser:
    """Parses the records of one file; those that have fewer fields than the header are filled up, more are extra."""

    def __init__(self, header: Sequence[str], dialect: Dialect, limits: ReadLimits) -> None:
        self._names, self._dialect, self._limits = names_of(header), dialect, limits

    def parsed(self, content: bytes) -> pa.Table:
        """The records of a piece."""
        if len(content) >= _ONE_THREAD_BELOW:
            rows = even_records(lambda stop: self._parse(content, stop, threads=True))
            if rows is not None:
                return _with_extra(rows)
        odd: list[tuple[int, list[str]]] = []

        def keep(row: arrow_csv.InvalidRow) -> Literal["skip", "error"]:
            odd.append((row.number or 0, next(self._dialect.reader(io.StringIO(row.text, newline="")))))
            return "skip"

        even = self._parse(content, keep, threads=False)
        return _merged(_with_extra(even), odd) if odd else _with_extra(even)

    def _parse(self, content: bytes, on_odd: Any, *, threads: bool) -> pa.Table:
        return parse_records(
            content, self._names, self._names, self._limits, on_odd, threads=threads, dialect=self._dialect
        )


def _with_extra(rows: pa.Table) -> pa.Table:
    return rows.append_column(EXTRA, pa.nulls(rows.num_rows, pa.string()))


def _merged(even: pa.Table, odd: list[tuple[int, list[str]]]) -> pa.Table:
    """The rows in the order of the file."""
    width = even.num_columns - 1
    numbers = np.array([number for number, _ in odd], np.int64) - 1
    total = even.num_rows + len(odd)
    is_odd = np.zeros(total, bool)
    is_odd[numbers] = True
    order = np.empty(total, np.int64)
    order[~is_odd] = np.arange(even.num_rows)
    order[is_odd] = even.num_rows + np.argsort(np.argsort(numbers))
    rows = table_of([fields for _, fields in odd], width)
    return pa.concat_tables([even, rows]).take(arrow.array(order))
