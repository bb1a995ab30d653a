"""Typed numbers as the text of the contract's decimals: rounded half away from zero to six places, `-0` as 0.

Whether a number is too large is for the row checks to say, of its text.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions and accept too few types

_PLACES = 6
_TOO_LARGE = 10**12
_NOTHING = 1e-7
"""What is smaller rounds to 0."""
_FLOAT_PLACES = 24
"""Of the shortest text of a double that is not nothing: 17 digits, the first of them at the seventh place."""


def decimal_text(values: Any) -> Any:
    """A column of integers, decimals or floats as text; a number that is no decimal as it shows itself.

    A float counts as the shortest decimal text that gives it back in its own width: 0.1 in 32 bits is 0.1, though the
    float is 0.100000001490116.
    """
    kind = values.type
    if pa.types.is_integer(kind):
        return values.cast(pa.string())
    exact = _of_floats(values) if pa.types.is_floating(kind) else _of_decimals(values)
    rounded = pc.round(exact, ndigits=_PLACES, round_mode="half_towards_infinity")
    written = rounded.cast(pa.decimal128(38, _PLACES)).cast(pa.string())
    trimmed = pc.utf8_rtrim(pc.utf8_rtrim(written, characters="0"), characters=".")
    return pc.coalesce(trimmed, values.cast(pa.string()))


def _of_decimals(values: Any) -> Any:
    """Exact up to the digit that decides how a decimal is rounded; null where it is too large.

    Cast, not compared: 32 and 64 bits have no kernels, and a decimal may have 76 digits on either side of the point.
    """
    kind = values.type
    places = min(kind.scale, _PLACES + 1)
    cut = values.cast(pa.decimal256(kind.precision, kind.scale)).cast(pa.decimal256(76, places), safe=False)
    fits = pc.less(pc.abs(cut), pa.scalar(_TOO_LARGE, pa.decimal256(76, places)))
    return pc.if_else(fits, cut, pa.scalar(None, cut.type)).cast(pa.decimal128(38, places))


def _of_floats(values: Any) -> Any:
    """The shortest decimals of finite floats; null where they are too large, or no numbers."""
    size = pc.abs(values.cast(pa.float64()))
    fits = pc.less(size, float(_TOO_LARGE))
    # Arrow's text of 32 and of 64 bits is the shortest.
    texts = _of_halves(values) if pa.types.is_float16(values.type) else values.cast(pa.string())
    zero = pc.and_(fits, pc.less(size, _NOTHING))
    return pc.if_else(zero, "0", pc.if_else(fits, texts, None)).cast(pa.decimal128(38, _FLOAT_PLACES))


def _of_halves(values: Any) -> Any:
    """The shortest texts of floats of 16 bits: Arrow shows them as those of 32. There are few that differ."""
    encoded = values.combine_chunks().view(pa.uint16()).dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    halves = encoded.dictionary.to_numpy(zero_copy_only=False).view(np.float16)
    return pc.take(pa.array(halves.astype(str), pa.string()), encoded.indices)
