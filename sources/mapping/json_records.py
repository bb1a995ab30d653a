"""Records in JSON, and in JSON lines: what is nested in a record has its path for a header, such as customer.name."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.wording import one_line
from sources.mapping.encodings import as_utf8, read_pieces
from sources.mapping.json_stream import JsonStream
from sources.mapping.reading import Read
from sources.mapping.tables import BATCH_ROWS, RawTable, table_of
from sources.mapping.typed import texts
from sources.readers.errors import TooLargeError, UnreadableFileError
from sources.readers.limits import ReadLimits, shown_size, too_many_columns

_ROWS_AT_A_TIME = BATCH_ROWS // 4
_DEEPEST = 20
_Record = dict[str, Any]


def read_json(path: Path, read: Read, limits: ReadLimits, decimals: Mapping[str, str], *, lines: bool) -> RawTable:
    """The records of a file, read twice: the headers are the names that any of them has.

    Args:
        lines: a record a line; otherwise one value, in which `read.records` leads to the records.
        decimals: as of `typed.texts`.

    Raises:
        UnreadableFileError: it is no JSON, has no records there, or is larger than the limits.
    """
    header: dict[str, None] = {}
    count = 0
    for record in _records(path, read, limits, lines=lines):
        count += 1
        if not record.keys() <= header.keys():
            header.update(dict.fromkeys(record))
            if len(header) > limits.columns:
                raise TooLargeError(too_many_columns(len(header), limits))
    if not count and not lines and not _holds_a_list(path, read):
        where = f"at {read.records}" if read.records else "at its top"
        raise UnreadableFileError(f"has no list of records {where}; `read.records` is the path to it")
    records = _records(path, read, limits, lines=lines)
    return RawTable(tuple(header), _pieces(records, list(header), decimals))


def _pieces(records: Iterator[_Record], header: list[str], decimals: Mapping[str, str]) -> Iterator[pa.Table]:
    as_text = list(zip(header, texts(header, decimals), strict=True))
    while taken := list(islice(records, _ROWS_AT_A_TIME)):
        yield table_of([[show(record.get(name)) for name, show in as_text] for record in taken], len(header))


def _records(path: Path, read: Read, limits: ReadLimits, *, lines: bool) -> Iterator[_Record]:
    found = _of_lines(path, read, limits) if lines else _of_one_value(path, read)
    for number, record in enumerate(found, 1):
        if not isinstance(record, dict):
            raise UnreadableFileError(f"record {number:,} is no object, with names and values")
        yield _flat(record) if any(isinstance(value, dict) for value in record.values()) else record


def _flat(record: _Record, before: str = "", depth: int = 0) -> _Record:
    flat: _Record = {}
    for name, value in record.items():
        if isinstance(value, dict) and value and depth < _DEEPEST:
            flat |= _flat(value, f"{before}{name}.", depth + 1)
        else:
            flat[before + name] = value
    return flat


def _of_lines(path: Path, read: Read, limits: ReadLimits) -> Iterator[Any]:
    rest, number = b"", 0
    for piece in _text_and_end(path, read):
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > limits.record_size:
            raise TooLargeError(f"has a record of more than {shown_size(limits.record_size)}")
        for line in whole:
            number += 1
            text = line.removeprefix(b"\xef\xbb\xbf").strip()
            if not text:
                continue
            try:
                yield json.loads(text, parse_float=Decimal)
            except (ValueError, RecursionError) as error:
                raise UnreadableFileError(f"line {number:,} is no JSON") from error


def _text_and_end(path: Path, read: Read) -> Iterator[bytes]:
    yield from _text(path, read)
    yield b"\n"


def _text(path: Path, read: Read) -> Iterator[bytes]:
    return as_utf8(read_pieces(path), read.encoding or "utf-8")


def _of_one_value(path: Path, read: Read) -> Iterator[Any]:
    import ijson

    prefix = f"{read.records}.item" if read.records else "item"
    stream = JsonStream(_text(path, read), bounded=True)
    try:
        for record in ijson.items(stream, prefix):
            stream.begin_record()
            yield record
    except (ijson.JSONError, UnicodeDecodeError) as error:
        said = one_line(str(error).split("\n")[0])
        raise UnreadableFileError(f"is no JSON, or is truncated: {said}") from error


def _holds_a_list(path: Path, read: Read) -> bool:
    """Whether there is a list at the path, which may be empty."""
    import ijson

    return any(
        prefix == (read.records or "") and event == "start_array"
        for prefix, event, _ in ijson.parse(JsonStream(_text(path, read)))
    )
