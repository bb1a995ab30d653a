"""Parquet landing files: typed columns become the text that a CSV file would hold, by the contract's rules."""

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from expectations.contract import ColumnType, Dataset
from expectations.delivery import MALFORMED_SCHEMA, RECORD_NUMBER, DeliveredFile, wrong_kind
from sources.errors import UnreadableFileError, check_header, wanted_columns

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions and accept too few types

_TICKS_A_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_MOST_DAYS = 3_000_000  # beyond the year 9999 on either side of 1970

_Values: TypeAlias = "pa.ChunkedArray[Any]"
_Text: TypeAlias = tuple[_Values, _Values]
"""A column as text, and which of its values are of the right kind (null where the value is)."""


def parse_parquet(name: str, content: bytes, dataset: Dataset) -> DeliveredFile:
    """Parse a Parquet file's bytes.

    Raises `UnreadableFileError` when it is no (whole) Parquet file, has a column name twice, lacks a required column,
    or holds text that is not UTF-8.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        header = file.schema_arrow.names
        unexpected = check_header(header, dataset)
        columns = wanted_columns(header, dataset)
        delivered = _read_columns(file, columns)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last: a column's name is not UTF-8
        raise UnreadableFileError("is no valid Parquet file, or is truncated") from error
    types = {column.name: column.type for column in dataset.columns} | {dataset.date_column: ColumnType.DATE}
    rows: dict[str, Any] = {}
    for column in columns:
        text, right = _as_text(delivered.column(column), types[column])
        rows[column] = text
        if pc.any(pc.invert(right)).as_py():
            rows[wrong_kind(column)] = pc.fill_null(pc.invert(right), False)
    rows[RECORD_NUMBER] = pa.array(np.arange(1, delivered.num_rows + 1, dtype=np.int64))
    return DeliveredFile(name, pa.table(rows), MALFORMED_SCHEMA.empty_table(), unexpected)


def _read_columns(file: pq.ParquetFile, columns: list[str]) -> pa.Table:
    # The leaf prefix of a nested column selects it whole; one that shares its prefix (`a.b`) is dropped by select.
    table = file.read(columns=columns).select(columns)
    stated = file.metadata.num_rows
    if table.num_rows != stated:  # a damaged row group gives fewer rows, and no error
        raise UnreadableFileError(f"is no valid Parquet file: it states {stated} rows and holds {table.num_rows}")
    try:
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        raise UnreadableFileError("holds text that is not UTF-8") from error
    return table


def _as_text(values: _Values, wanted: ColumnType) -> _Text:
    values = _plain(values)
    kind = values.type
    if pa.types.is_null(kind):
        nulls = _chunked([pa.nulls(len(values), pa.string())], pa.string())
        return nulls, _chunked([pa.nulls(len(values), pa.bool_())], pa.bool_())
    if _is_text(kind):
        return values, _all_right(values)
    if wanted is ColumnType.TEXT and pa.types.is_integer(kind):
        return values.cast(pa.string()), _all_right(values)
    if wanted is ColumnType.INTEGER:
        return _integer_text(values)
    if wanted is ColumnType.DATE:
        return _date_text(values)
    if wanted is ColumnType.BOOLEAN and pa.types.is_boolean(kind):
        return values.cast(pa.string()), _all_right(values)
    return _display(values), _all_wrong(values)


def _integer_text(values: _Values) -> _Text:
    kind = values.type
    if pa.types.is_integer(kind):
        return values.cast(pa.string()), _all_right(values)
    if pa.types.is_floating(kind):
        numbers = values.cast(pa.float64())
        # 2^63 itself is the first double that doesn't fit; NaN and infinity fail the comparisons.
        fits = pc.and_(pc.greater_equal(numbers, -(2.0**63)), pc.less(numbers, 2.0**63))
        right = pc.and_(fits, pc.equal(numbers, pc.trunc(numbers)))
        whole = pc.if_else(right, numbers, None).cast(pa.int64())
    elif pa.types.is_decimal(kind):
        right = pc.equal(values, pc.trunc(values))
        whole = pc.if_else(right, values, pa.scalar(None, kind)).cast(pa.decimal256(76, 0))
    else:
        return _display(values), _all_wrong(values)
    return pc.coalesce(whole.cast(pa.string()), values.cast(pa.string())), right


def _date_text(values: _Values) -> _Text:
    kind = values.type
    if pa.types.is_date32(kind):
        days = values.cast(pa.int32()).cast(pa.int64())
        midnight = _all_right(values)
    elif pa.types.is_date64(kind) or pa.types.is_timestamp(kind):
        # A timestamp with a zone is stored as its UTC instant, and days are UTC days.
        ticks = values.cast(pa.int64())
        ticks_a_day = _TICKS_A_DAY["ms" if pa.types.is_date64(kind) else kind.unit]
        days = pc.divide(ticks, ticks_a_day)
        midnight = pc.equal(pc.multiply(days, ticks_a_day), ticks)
    else:
        return _display(values), _all_wrong(values)
    right = pc.and_(midnight, pc.and_(pc.greater(days, -_MOST_DAYS), pc.less(days, _MOST_DAYS)))
    dates = pc.if_else(right, days, None).cast(pa.int32()).cast(pa.date32())
    return pc.coalesce(dates.cast(pa.string()), _display(values)), right


def _plain(values: _Values) -> _Values:
    """The values without dictionary, run-length or extension wrapping."""
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        wrapped: list[Any] = values.chunks
        return _plain(_chunked([chunk.storage for chunk in wrapped], kind.storage_type))
    if pa.types.is_dictionary(kind):
        return _plain(values.cast(kind.value_type))
    if pa.types.is_run_end_encoded(kind):
        return _plain(_chunked([pc.run_end_decode(chunk) for chunk in values.chunks], kind.value_type))
    return values


def _chunked(chunks: list[Any], kind: pa.DataType) -> _Values:
    return pa.chunked_array(chunks, type=kind)  # type: ignore[call-overload, no-any-return]


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _all_right(values: _Values) -> _Values:
    return _where_valid(values, True)


def _all_wrong(values: _Values) -> _Values:
    return _where_valid(values, False)


def _where_valid(values: _Values, verdict: bool) -> _Values:
    verdicts: _Values = pc.if_else(pc.is_valid(values), verdict, pa.scalar(None, pa.bool_()))
    return verdicts


def _display(values: _Values) -> _Values:
    """Values of a wrong kind, for the quarantine to show."""
    try:
        return values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # Bytes and nested values have no text of their own; such a column is wrong as a whole, and rare.
        scalars: Any = values
        return _chunked([pa.array([_shown(scalar) for scalar in scalars], pa.string())], pa.string())


def _shown(scalar: Any) -> str | None:
    if not scalar.is_valid:
        return None
    try:
        return str(scalar.as_py())
    except (ValueError, ArithmeticError, KeyError):  # no Python value: a year beyond 9999, nanoseconds, an unknown zone
        return f"a value of type {scalar.type}"
