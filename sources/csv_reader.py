"""CSV landing files (RFC 4180, UTF-8), every value as text: nothing is sniffed, trimmed or read as null."""

import codecs
import csv
import io
import sys
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from expectations.contract import Dataset
from expectations.delivery import MALFORMED_SCHEMA, RECORD_NUMBER, DeliveredFile
from sources.csv_quotes import check_quotes
from sources.errors import UnreadableFileError, check_header, wanted_columns

_BLOCK = 8 << 20
_ONE_THREAD_BELOW = 1 << 20  # bytes; starting threads costs more than parsing this much
_END_MARK = "\x1eend of file\x1e"


class _Malformed(NamedTuple):
    number: int
    """The record's number, 1 after the header; meaningless when parsed in several threads."""
    text: str


csv.field_size_limit(sys.maxsize)  # the standard limit, 128 KB a field, is no rule of the contract


def parse_csv(name: str, content: bytes, dataset: Dataset) -> DeliveredFile:
    """Parse a CSV file's bytes.

    Blank lines are no records. Raises `UnreadableFileError` when the file is not UTF-8, has no header, a name twice
    in it or lacks a required column, has text after a closing quote, or ends inside a quoted field.
    """
    _check_utf8(content)
    check_quotes(content)
    header = _header(content)
    unexpected = check_header(header, dataset)
    columns = wanted_columns(header, dataset)
    # Arrow's parser takes the end of the file for a closing quote. A record of our own at the end shows whether it
    # is one: an open quote swallows it.
    marked = content + b"\n" + ",".join([_END_MARK] * len(header)).encode() + b"\n"
    rows, malformed = _parse(marked, columns)
    if rows.num_rows == 0 or rows.column(0)[-1].as_py() != _END_MARK:
        raise UnreadableFileError("ends inside a quoted field: it is truncated, or a quote is never closed")
    rows = rows.slice(0, rows.num_rows - 1)
    numbers = _record_numbers(rows.num_rows, [row.number for row in malformed])
    return DeliveredFile(
        name=name,
        rows=rows.append_column(RECORD_NUMBER, pa.array(numbers)),
        malformed=_malformed_table(malformed),
        unexpected_columns=unexpected,
    )


def _check_utf8(content: bytes) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _BLOCK):
            decoder.decode(content[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise UnreadableFileError("is not UTF-8") from error


def _header(content: bytes) -> list[str]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    header = next((record for record in csv.reader(text) if record), None)
    if header is None:
        raise UnreadableFileError("is empty: it has no header line")
    return header


def _parse(content: bytes, columns: Sequence[str]) -> tuple[pa.Table, list[_Malformed]]:
    """The wanted columns as text, and the records whose field count is wrong."""
    threads = len(content) >= _ONE_THREAD_BELOW
    rows, malformed = _parse_once(content, columns, threads=threads)
    if threads and malformed:
        rows, malformed = _parse_once(content, columns, threads=False)  # Arrow numbers records in one thread only
    return rows, malformed


def _parse_once(content: bytes, columns: Sequence[str], *, threads: bool) -> tuple[pa.Table, list[_Malformed]]:
    block = _BLOCK
    while True:
        malformed: list[_Malformed] = []

        def skip(row: arrow_csv.InvalidRow, found: list[_Malformed] = malformed) -> Literal["skip"]:
            found.append(_Malformed((row.number or 0) - 1, row.text))  # Arrow counts the header as 1
            return "skip"

        try:
            rows = arrow_csv.read_csv(
                pa.BufferReader(content),  # type: ignore[arg-type]
                read_options=arrow_csv.ReadOptions(use_threads=threads, block_size=block),
                parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(columns, pa.string()),
                    include_columns=list(columns),
                    null_values=[],
                    strings_can_be_null=False,
                ),
            )
        except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
            if "straddling" not in str(error) or block > len(content):
                raise UnreadableFileError("is no valid CSV file") from error
            block = min(block * 8, len(content) + 1)  # a record wider than the block
        else:
            return rows, malformed


def _record_numbers(rows: int, malformed: Sequence[int]) -> "np.ndarray[Any, np.dtype[np.int64]]":
    numbers = np.arange(1, rows + len(malformed) + 1, dtype=np.int64)
    return np.delete(numbers, np.asarray(malformed, dtype=np.int64) - 1) if malformed else numbers


def _malformed_table(malformed: Sequence[_Malformed]) -> pa.Table:
    numbers = pa.array([row.number for row in malformed], pa.int64())
    fields = [next(csv.reader(io.StringIO(row.text, newline=""))) for row in malformed]
    return pa.table([numbers, pa.array(fields, pa.list_(pa.string()))], schema=MALFORMED_SCHEMA)
