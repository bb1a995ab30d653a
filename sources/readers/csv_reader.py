"""CSV landing files (RFC 4180, UTF-8), every value as text: nothing is sniffed, trimmed or read as null."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute
from pyarrow import csv as arrow_csv

from expectations.contract import Dataset
from expectations.delivery import MALFORMED_SCHEMA, RECORD_NUMBER, DeliveredFile
from sources.readers.csv_parsing import BLOCK, OnMalformed, even_records, parse_records
from sources.readers.csv_records import OpenQuoteError, Records, whole_records
from sources.readers.errors import TooLargeError, UnreadableFileError, check_header, wanted_columns
from sources.readers.limits import ReadLimits, too_many_columns
from sources.readers.malformed import SPACES, HopelessError, MalformedRecords, is_blank

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

_BLOCK = BLOCK
_ONE_THREAD_BELOW = 1 << 20  # bytes; starting threads costs more than parsing this much


def read_csv(name: str, pieces: Iterable[bytes], dataset: Dataset, limits: ReadLimits) -> DeliveredFile:
    """Parse a CSV file's text, as it comes; beyond what is delivered, a few pieces of it are in memory.

    A record whose fields are all empty or white space is no record, like a blank line. Header fields at the end that
    are empty are no columns, where every record of the header's length has them empty, too.

    Raises `UnreadableFileError` when the file is not UTF-8, has no header, a name twice in it or lacks a required
    column, has text after a closing quote, ends inside a quoted field, or is larger than the limits.
    """
    parsed: _Parsed | None = None
    try:
        for records in whole_records(pieces, limits):
            if parsed is None:
                header, end = _header(records.content)
                if header is None:
                    continue
                parsed = _Parsed(header, dataset, limits)
                records = Records(records.content[end:], records.line)
            parsed.add(records.content)
    except OpenQuoteError as error:
        if parsed is None:
            header = next(csv.reader(io.StringIO(error.rest.decode(errors="replace"), newline="")), [])
            check_header(header, dataset, limits)
        raise
    if parsed is None:
        raise UnreadableFileError("is empty: it has no header line")
    return parsed.delivered(name)


def header_columns(header: Sequence[str]) -> int:
    """The number of a header's fields without the empty ones at its end."""
    count = len(header)
    while count and is_blank(header[count - 1 : count]):
        count -= 1
    return count


def _header(content: bytes) -> tuple[list[str] | None, int]:
    """The first record that is one, and where it ends."""
    blank = len(content) - len(content.lstrip(SPACES.encode()))  # of blank lines there may be many
    end = max(content.rfind(b"\n", 0, blank), content.rfind(b"\r", 0, blank)) + 1

    def lines() -> Iterable[str]:
        nonlocal end
        for line in io.StringIO(content[end:].decode("latin-1"), newline=""):  # a letter a byte
            end += len(line)
            yield line

    for record in csv.reader(lines()):
        if not is_blank(record):
            return [field.encode("latin-1").decode() for field in record], end
    return None, end


@dataclass
class _Parsed:
    """The records of a file so far."""

    header: list[str]
    dataset: Dataset
    limits: ReadLimits
    read: int = 0
    parts: list[pa.Table] = field(default_factory=list)
    malformed: list[pa.Table] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.header) > self.limits.columns:
            raise TooLargeError(too_many_columns(len(self.header), self.limits))
        self.columns = header_columns(self.header)
        self.unexpected = check_header(self.header[: self.columns], self.dataset, self.limits)
        self.wanted = wanted_columns(self.header[: self.columns], self.dataset)
        self.places = [self.header.index(name) for name in self.wanted]

    def add(self, content: bytes) -> None:
        """Parse more records."""
        at_end = list(range(self.columns, len(self.header)))
        malformed = MalformedRecords(self.read, sum(part.num_rows for part in self.malformed))
        rows = self._parse(content, [*self.places, *at_end], malformed)
        blank = self._blank(rows, content)
        for place in at_end:
            if pc.any(pc.not_equal(_trimmed(rows.column(str(place))), "")).as_py():
                self.columns = len(self.header)
                self.unexpected = check_header(self.header, self.dataset, self.limits)
                break
        numbers, wrong = self._numbers(rows.num_rows, blank, malformed)
        rows = rows.select([str(place) for place in self.places]).rename_columns(self.wanted)
        if blank is not None:
            rows = rows.filter(pc.invert(blank))
        self.parts.append(rows.append_column(RECORD_NUMBER, pa.array(numbers)))
        if wrong.size:
            self.malformed.append(pa.table([pa.array(wrong), malformed.fields()], schema=MALFORMED_SCHEMA))

    def delivered(self, name: str) -> DeliveredFile:
        """The whole file."""
        fields: list[Any] = [pa.field(column, pa.string()) for column in self.wanted]
        schema = pa.schema([*fields, pa.field(RECORD_NUMBER, pa.int64())])
        return DeliveredFile(
            name=name,
            rows=pa.concat_tables([schema.empty_table(), *self.parts]),
            malformed=pa.concat_tables([MALFORMED_SCHEMA.empty_table(), *self.malformed]),
            unexpected_columns=self.unexpected,
        )

    def _blank(self, rows: pa.Table, content: bytes) -> Any:
        """Which rows are no records, or None where all are."""
        blank: Any = None
        for column in rows.columns:
            # What is white space sorts before '!', and so does next to nothing else.
            lower = pc.less(column, "!")
            blank = lower if blank is None else pc.and_(blank, lower)
            if not pc.any(blank).as_py():
                return None
        others = sorted({*range(self.columns)} - {*self.places})
        columns = [*rows.columns, *(self._parse(content, others).columns if others else ())]
        blank = None
        for column in columns:
            empty = pc.equal(_trimmed(column), "")
            blank = empty if blank is None else pc.and_(blank, empty)
        return blank

    def _numbers(
        self, rows: int, blank: Any, malformed: MalformedRecords
    ) -> tuple["np.ndarray[Any, np.dtype[np.int64]]", "np.ndarray[Any, np.dtype[np.int64]]"]:
        """The record numbers of the rows and of the malformed records that count."""
        counts = np.ones(rows + len(malformed.numbers), dtype=bool)
        wrong = np.zeros(len(counts), dtype=bool)
        wrong[malformed.numbers - 1] = True
        counts[wrong] = malformed.kept
        if blank is not None:
            counts[~wrong] = ~blank.to_numpy()
        numbers = self.read + np.cumsum(counts)
        self.read += int(counts.sum())
        return numbers[counts & ~wrong], numbers[counts & wrong]

    def _parse(self, content: bytes, places: Sequence[int], malformed: MalformedRecords | None = None) -> pa.Table:
        """The columns at these places as text, without the records whose field count is wrong: `malformed` gets them.

        Raises `HopelessError` when these are too many.
        """

        def skip(row: arrow_csv.InvalidRow) -> Literal["skip", "error"]:
            return "skip" if malformed is None or malformed.add(row.number or 0, row.text) else "error"

        if len(content) >= _ONE_THREAD_BELOW:
            if malformed is None:
                return self._parse_once(content, places, skip, threads=True)
            even = even_records(lambda stop: self._parse_once(content, places, stop, threads=True))
            if even is not None:
                return even
        try:
            return self._parse_once(content, places, skip, threads=False)
        except UnreadableFileError:
            if malformed is not None and malformed.hopeless:
                raise HopelessError from None
            raise

    def _parse_once(
        self, content: bytes, places: Sequence[int], on_malformed: OnMalformed, *, threads: bool
    ) -> pa.Table:
        names = [str(place) for place in range(len(self.header))]
        wanted = [names[place] for place in places]
        return parse_records(content, names, wanted, self.limits, on_malformed, threads=threads, block=_BLOCK)


def _trimmed(column: Any) -> Any:
    return pc.utf8_trim(column, characters=SPACES)
