"""One delivered value -> one typed value, by the raw contract's rules for text and for Parquet."""

import re
import struct
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import floor, isfinite

Value = str | int | bool | date | Decimal

WHITE_SPACE = " \t\r\n"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,6})?")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class NarrowFloat(float):
    """A float of 16 or 32 bits, with the shortest decimal text that gives it back in this width."""

    shortest: str


class BadTypeError(ValueError):
    """The value is not of its column's type."""


def from_text(kind: str, delivered: str) -> Value | None:
    """Read a text value. An empty or all-white-space value is null, whatever the column's type."""
    bare = delivered.strip(WHITE_SPACE)
    if bare == "":
        return None
    if kind == "text":
        return delivered  # "Text is kept as delivered, not trimmed."
    if kind == "integer" and _INTEGER.fullmatch(bare):
        return _in_64_bits(int(bare))
    if kind == "decimal" and _DECIMAL.fullmatch(bare):
        return Decimal(bare)
    if kind == "date" and _DATE.fullmatch(bare):
        return _calendar_date(bare)
    if kind == "boolean" and bare.lower() in _BOOLEANS and bare.isascii():
        return _BOOLEANS[bare.lower()]
    raise BadTypeError(delivered)


def from_parquet(kind: str, delivered: object) -> Value | None:
    """Read a Parquet value: text by the text rules, else only the types that the contract lists."""
    if delivered is None:
        return None
    if isinstance(delivered, str):
        return from_text(kind, delivered)
    is_integer = isinstance(delivered, int) and not isinstance(delivered, bool)
    if kind == "text" and is_integer:
        return str(delivered)
    if kind == "boolean" and isinstance(delivered, bool):
        return delivered
    if kind == "date" and isinstance(delivered, date):
        return _day_of(delivered)
    if kind == "integer" and (is_integer or isinstance(delivered, float | Decimal)):
        return _whole_number(delivered)
    if kind == "decimal" and (is_integer or isinstance(delivered, float | Decimal)):
        return _six_places(delivered)
    raise BadTypeError(delivered)


def _six_places(delivered: object) -> Decimal:
    """Round half away from zero, then look at the range; a float counts as its shortest text."""
    exact = Decimal(getattr(delivered, "shortest", str(delivered)))
    if not exact.is_finite():
        raise BadTypeError(delivered)
    millionths = floor(Fraction(abs(exact)) * 10**6 + Fraction(1, 2))
    if millionths >= 10**18:  # more than 12 digits before the point
        raise BadTypeError(delivered)
    return Decimal(-millionths if exact < 0 else millionths).scaleb(-6)


def narrow_float(value: float | None, form: str) -> NarrowFloat | None:
    """A float of 16 (`e`) or 32 bits (`f`) with its shortest text, found by trying one length after the other."""
    if value is None:
        return None
    found = NarrowFloat(value)
    found.shortest = str(found)
    if isfinite(found):
        found.shortest = next(text for digits in range(1, 18) if (text := _with_digits(found, digits, form)))
    return found


def _with_digits(value: float, digits: int, form: str) -> str:
    """The decimal text of so many digits that is nearest to the value among those that give it back; or nothing.

    Of two that are equally near it is the even one.
    """
    exact = Decimal(value)
    place = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    near = [exact.quantize(place, rounding=way, context=Context(prec=200)) for way in (ROUND_FLOOR, ROUND_CEILING)]
    right = [one for one in near if _narrowed(float(one), form) == value]
    return str(min(right, key=lambda one: (abs(one - exact), one.as_tuple().digits[-1] % 2))) if right else ""


def _narrowed(value: float, form: str) -> float | None:
    try:
        narrowed: float = struct.unpack(form, struct.pack(form, value))[0]
    except OverflowError:
        return None
    return narrowed


def _day_of(delivered: date) -> date:
    """Take a date as it is, a timestamp only at midnight (UTC, where it names a zone)."""
    if not isinstance(delivered, datetime):
        return delivered
    moment = delivered.astimezone(UTC) if delivered.tzinfo else delivered
    clock = (moment.hour, moment.minute, moment.second, moment.microsecond, getattr(moment, "nanosecond", 0))
    if any(clock):
        raise BadTypeError(delivered)
    return date(moment.year, moment.month, moment.day)


def _whole_number(delivered: object) -> int:
    """Take a number without a fraction; NaN and infinity are none."""
    assert isinstance(delivered, int | float | Decimal)
    try:
        whole = int(delivered)
    except (ValueError, OverflowError, ArithmeticError) as error:
        raise BadTypeError(delivered) from error
    if whole != delivered:
        raise BadTypeError(delivered)
    return _in_64_bits(whole)


def _in_64_bits(number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise BadTypeError(number)
    return number


def _calendar_date(bare: str) -> date:
    try:
        return date.fromisoformat(bare)
    except ValueError as error:
        raise BadTypeError(bare) from error
