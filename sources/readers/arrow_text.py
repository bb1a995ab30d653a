"""Typed Arrow columns as the text that a CSV file would hold, by the contract's rules."""

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute

from expectations.contract import ColumnType
from sources.readers.decimal_text import decimal_text

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions and accept too few types

_TICKS_A_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_MOST_DAYS = 3_000_000  # beyond the year 9999 on either side of 1970

Values: TypeAlias = "pa.ChunkedArray[Any]"
Text: TypeAlias = tuple[Values, Values]
"""A column as text, and which of its values are of the right kind (null where the value is)."""


def as_text(values: Values, wanted: ColumnType) -> Text:
    """A column of any Arrow type as the text of a contract type; text that repeats may stay dictionary-encoded."""
    values = _plain(values)
    kind = values.type
    if _is_text(kind.value_type if pa.types.is_dictionary(kind) else kind):
        return values, _all_right(values)
    if pa.types.is_dictionary(kind):  # of bytes that repeat a great deal: shown once each
        encoded: list[Any] = values.chunks
        shown = [pa.DictionaryArray.from_arrays(part.indices, _shown_once(part.dictionary)) for part in encoded]
        return _chunked(shown, pa.dictionary(kind.index_type, pa.string())), _all_wrong(values)
    if pa.types.is_null(kind):
        nulls = _chunked([pa.nulls(len(values), pa.string())], pa.string())
        return nulls, _chunked([pa.nulls(len(values), pa.bool_())], pa.bool_())
    if wanted is ColumnType.TEXT and pa.types.is_integer(kind):
        return values.cast(pa.string()), _all_right(values)
    if wanted is ColumnType.INTEGER:
        return _integer_text(values)
    if wanted is ColumnType.DECIMAL and _is_number(kind):
        right = pc.is_finite(values.cast(pa.float64())) if pa.types.is_floating(kind) else _all_right(values)
        return decimal_text(values), right
    if wanted is ColumnType.DATE:
        return _date_text(values)
    if wanted is ColumnType.BOOLEAN and pa.types.is_boolean(kind):
        return values.cast(pa.string()), _all_right(values)
    return _display(values), _all_wrong(values)


def _integer_text(values: Values) -> Text:
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
        # Cast, not trunc: that has no kernel for 32 and 64 bits, and none where all digits are behind the point.
        exact = pa.decimal256(kind.precision, kind.scale)
        wide = values.cast(exact)
        whole = wide.cast(pa.decimal256(76, 0), safe=False)
        right = pc.equal(wide, whole.cast(exact))
        whole = pc.if_else(right, whole, pa.scalar(None, whole.type))
    else:
        return _display(values), _all_wrong(values)
    return pc.coalesce(whole.cast(pa.string()), values.cast(pa.string())), right


def _date_text(values: Values) -> Text:
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


def text_lengths(values: Any) -> "np.ndarray[Any, Any] | None":
    """Bytes of each text, 0 where it is null; None where the values are no text and no bytes."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        if not (_is_text(kind.value_type) or _is_bytes(kind.value_type)):
            return None
        lengths = pc.take(_lengths(values.dictionary), values.indices)
    elif _is_text(kind) or _is_bytes(kind):
        lengths = _lengths(values)
    else:
        return None
    found: np.ndarray[Any, Any] = pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False)
    return found.astype(np.int64, copy=False)


def _lengths(values: Any) -> Any:
    kind = values.type
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        values = values.cast(pa.large_binary())
    return pc.binary_length(values)


def _plain(values: Values) -> Values:
    """The values without dictionary, run-length or extension wrapping."""
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        wrapped: list[Any] = values.chunks
        stored = _plain(_chunked([chunk.storage for chunk in wrapped], kind.storage_type))
        return stored.cast(pa.bool_()) if kind.extension_name == "arrow.bool8" else stored
    if pa.types.is_dictionary(kind) and not (_is_text(kind.value_type) or _is_bytes(kind.value_type)):
        # Not cast: a dictionary of decimals, of nested or of extension values has no cast.
        encoded: list[Any] = values.chunks
        return _plain(_chunked([chunk.dictionary.take(chunk.indices) for chunk in encoded], kind.value_type))
    if pa.types.is_run_end_encoded(kind):
        return _plain(_chunked([pc.run_end_decode(chunk) for chunk in values.chunks], kind.value_type))
    return values


def _chunked(chunks: list[Any], kind: pa.DataType) -> Values:
    return pa.chunked_array(chunks, type=kind)  # type: ignore[call-overload, no-any-return]


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _all_right(values: Values) -> Values:
    return _where_valid(values, True)


def _all_wrong(values: Values) -> Values:
    return _where_valid(values, False)


def _where_valid(values: Values, verdict: bool) -> Values:
    verdicts: Values = pc.if_else(pc.is_valid(values), verdict, pa.scalar(None, pa.bool_()))
    return verdicts


def _display(values: Values) -> Values:
    """Values of a wrong kind, for the quarantine to show."""
    try:
        return values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # Bytes and nested values have no text of their own; such a column is wrong as a whole, and rare.
        scalars: Any = values
        return _chunked([pa.array([_shown(scalar) for scalar in scalars], pa.string())], pa.string())


def _shown_once(dictionary: Any) -> Any:
    return pa.array([_shown(scalar) for scalar in dictionary], pa.string())


def _shown(scalar: Any) -> str | None:
    if not scalar.is_valid:
        return None
    try:
        return str(scalar.as_py())
    except (ValueError, ArithmeticError, KeyError):  # no Python value: a year beyond 9999, nanoseconds, an unknown zone
        return f"a value of type {scalar.type}"
