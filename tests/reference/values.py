"""One delivered value -> one typed value, by the raw contract's rules for text and for Parquet."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

Value = str | int | bool | date

WHITE_SPACE = " \t\r\n"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


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
    raise BadTypeError(delivered)


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
