"""Parquet files of any layout, typed or not, as text: a piece at a time, measured before it is spelt out."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from sources.mapping.headers import plain
from sources.mapping.tables import EXTRA, RawTable, arrow
from sources.mapping.typed import shown
from sources.readers.arrow_text import text_lengths
from sources.readers.errors import TooLargeError, UnreadableFileError
from sources.readers.limits import ReadLimits, file_too_large, shown_size, too_many_columns

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

_ROWS_AT_A_TIME = 8_192
_LARGEST_PIECE = 256 << 20


def read_parquet(path: Path, limits: ReadLimits, decimals: Mapping[str, str]) -> RawTable:
    """A Parquet file's columns; those of a structure have their path for a header, such as customer.name.

    Args:
        decimals: as of `typed.texts`.

    Raises:
        UnreadableFileError: it is no Parquet file, or larger than the limits.
    """
    try:
        schema = pq.read_schema(path)
        texts = [field.name for field in schema if _is_text(field.type)]
        file = pq.ParquetFile(path, read_dictionary=texts, coerce_int96_timestamp_unit="us")
        stated = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
        if stated > limits.file_size:
            raise TooLargeError(file_too_large(limits))
        header = _flat(file.schema_arrow.empty_table()).column_names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError("is no valid Parquet file, or is truncated") from error
    if len(header) > limits.columns:
        raise TooLargeError(too_many_columns(len(header), limits))
    return RawTable(tuple(header), _pieces(file, header, limits, decimals))


def _pieces(file: Any, header: list[str], limits: ReadLimits, decimals: Mapping[str, str]) -> Iterator[pa.Table]:
    size = 0
    try:
        for batch in file.iter_batches(_ROWS_AT_A_TIME):
            table = _flat(pa.Table.from_batches([batch]))
            size += _measured(table, limits)
            if size > limits.file_size:
                raise TooLargeError(file_too_large(limits))
            columns = [
                _text(column.combine_chunks(), decimals.get(plain(name), "."))
                for name, column in zip(header, table.columns, strict=True)
            ]
            columns.append(pa.nulls(table.num_rows, pa.string()))
            yield arrow.table(columns, names=[*map(str, range(len(header))), EXTRA])
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError("is no valid Parquet file, or is truncated") from error


def _measured(table: pa.Table, limits: ReadLimits) -> int:
    """Bytes of a piece as if every value were spelt out; raises `TooLargeError` where that is too much."""
    texts = np.zeros(table.num_rows, np.int64)
    size = 0
    for column in table.columns:
        chunk = column.combine_chunks()
        lengths = text_lengths(chunk)
        if lengths is None:
            size += column.nbytes
        else:
            texts += lengths
    size += int(texts.sum())
    if texts.size and texts.max() > limits.record_size:
        raise TooLargeError(f"has a record of more than {shown_size(limits.record_size)} (PORTFOLIO_MAX_RECORD_SIZE)")
    if size > _LARGEST_PIECE:
        raise TooLargeError(f"has {table.num_rows:,} records of more than {shown_size(_LARGEST_PIECE)} together")
    return size


def _flat(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return table


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _text(values: Any, decimal: str) -> Any:
    """A column as text."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _text(values.dictionary, decimal).take(values.indices)
    if _is_text(kind) or pa.types.is_string_view(kind):
        return values.cast(pa.string())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_date(kind):
        return values.cast(pa.date32() if pa.types.is_date(kind) else kind).cast(pa.string())
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return _text(values.cast(pa.timestamp("us", kind.tz), safe=False), decimal)
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        # The shortest text of its own width: as a double, 0.1 would be 0.100000001490116.
        return _each(values.cast(pa.float32()).cast(pa.string()).cast(pa.float64()), decimal)
    encoded = values if pa.types.is_nested(kind) else pc.dictionary_encode(values)
    if pa.types.is_dictionary(encoded.type):
        return _each(encoded.dictionary, decimal).take(encoded.indices)
    return _each(values, decimal)


def _each(values: Any, decimal: str) -> Any:
    return arrow.array([_shown(value, decimal) for value in values], pa.string())


def _shown(scalar: Any, decimal: str) -> str | None:
    if not scalar.is_valid:
        return None
    try:
        return shown(scalar.as_py(), decimal)
    except (ValueError, ArithmeticError, KeyError):  # no Python value: a year beyond 9999, an unknown zone
        return f"a value of type {scalar.type}"
