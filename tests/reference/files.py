"""Landing files -> raw records: which files a partition has, and what stands in each."""

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .values import Value, from_parquet, from_text, narrow_float

ENDINGS = (".csv", ".csv.gz", ".parquet")
csv.field_size_limit(sys.maxsize)


class UnreadableFileError(ValueError):
    """The file can't be read as the contract says, which refuses its whole partition."""


@dataclass(frozen=True)
class Record:
    """One record; `fields` is None where a CSV record has more or fewer fields than the header."""

    file: str
    number: int
    fields: dict[str, object] | None


@dataclass(frozen=True)
class LandingFile:
    """One file's header and records, and the rule that types its values."""

    name: str
    columns: list[str]
    records: list[Record]
    read_value: Callable[[str, object], Value | None]


def partition_files(landing: Path, dataset: str, day: date) -> tuple[list[Path], list[str]]:
    """Return the files of a partition in name order, and the names that are ignored."""
    folder = landing / dataset / day.isoformat()
    if not folder.is_dir():
        return [], []
    names = sorted(path.name for path in folder.iterdir())
    taken = [name for name in names if name.lower().endswith(ENDINGS) and not name.startswith((".", "_", "~$"))]
    return [folder / name for name in taken], [name for name in names if name not in taken]


def read_file(path: Path) -> LandingFile:
    """Read one file whole, or raise UnreadableFileError; a pipe or a device is not even opened."""
    if not path.is_file():
        raise UnreadableFileError(f"{path.name}: no file")
    columns, rows, read_value = _parquet(path) if path.name.lower().endswith(".parquet") else _csv(path)
    if not columns:
        raise UnreadableFileError(f"{path.name}: no header")
    if len(set(columns)) != len(columns):
        raise UnreadableFileError(f"{path.name}: a header name twice")
    records = [
        Record(path.name, number, dict(zip(columns, row, strict=True)) if len(row) == len(columns) else None)
        for number, row in enumerate(rows, start=1)
    ]
    return LandingFile(path.name, columns, records, read_value)


Parsed = tuple[list[str], list[list[object]], Callable[[str, object], Value | None]]


def _csv(path: Path) -> Parsed:
    """RFC 4180, UTF-8 with or without BOM. Empty fields are no record; a quote left open is a truncated file."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.name.lower().endswith(".gz") else path.read_bytes()
        text = content.decode("utf-8-sig")
        lines = [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True) if not _is_blank(row)]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"{path.name}: {error}") from error
    if not lines:
        raise UnreadableFileError(f"{path.name}: no header")
    columns = _named_columns(lines[0], lines[1:])
    whole = len(lines[0])
    odd = [""] * (len(columns) + 1)  # stands for every record that has not as many fields as the header
    records: list[list[object]] = [list(row[: len(columns)] if len(row) == whole else odd) for row in lines[1:]]
    return columns, records, lambda kind, value: from_text(kind, str(value))


def _is_blank(row: list[str]) -> bool:
    return all(not field.strip(" \t\r\n") for field in row)


def _named_columns(header: list[str], rows: list[list[str]]) -> list[str]:
    """The header without empty fields at its end, where no record of its length has a value under one of them."""
    named = len(header)
    while _is_blank(header[named - 1 : named]):
        named -= 1
    ends = [row[named:] for row in rows if len(row) == len(header)]
    return header[:named] if all(_is_blank(end) for end in ends) else header


def _parquet(path: Path) -> Parsed:
    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException) as error:
        raise UnreadableFileError(f"{path.name}: {error}") from error
    columns = [_values(column) for column in table.columns]
    rows = [[column[index] for column in columns] for index in range(table.num_rows)]
    return list(table.column_names), rows, from_parquet


def _values(column: "pa.ChunkedArray[Any]") -> list[Any]:
    """A column's values; a float knows its width."""
    form = {pa.float16(): "e", pa.float32(): "f"}.get(column.type)
    return [narrow_float(value, form) for value in column.to_pylist()] if form else column.to_pylist()
