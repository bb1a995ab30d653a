"""Typed values as the text that a person expects: 12, not 12.0; a date as 2026-03-01; true and false."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sources.mapping.headers import plain

Text = Callable[[Any], str]
"""Shows a value."""
_MOST_DIGITS = 400
"""More than any double has; with an exponent, a dozen letters of JSON can stand for a gigabyte of zeros."""


def shown(value: Any, decimal: str = ".") -> str:
    """A value as text; nothing is empty, what is nested is JSON, and a time with a zone is that of UTC.

    Args:
        decimal: the decimal sign.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return _number(value, decimal)
    if isinstance(value, datetime):
        instant = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value
        text = instant.isoformat(" ")
        return text.removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=shown)
    return str(value)


def _number(value: float | Decimal, decimal: str) -> str:
    """A number's shortest digits, 15 of a double: that many a spreadsheet keeps. Never with an exponent."""
    exact = Decimal(format(value, ".15g")) if isinstance(value, float) else value
    if not exact.is_finite() or abs(exact.adjusted()) > _MOST_DIGITS:
        return str(value)
    text = format(exact, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace(".", decimal)


def texts(header: Sequence[str], decimals: Mapping[str, str]) -> list[Text]:
    """How the values of each column are shown.

    Args:
        decimals: decimal signs of columns whose numbers are read with another one than a point, by plain header.
    """
    return [_with(decimals[plain(name)]) if plain(name) in decimals else shown for name in header]


def _with(decimal: str) -> Text:
    return lambda value: shown(value, decimal)
