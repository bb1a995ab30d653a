"""The contract's rules for single values, each expected value read off the contract's text."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ...reference.values import BadTypeError, from_parquet, from_text


@pytest.mark.parametrize(
    ("kind", "delivered", "value"),
    [
        ("integer", "+5", 5),
        ("integer", " 007\t", 7),
        ("integer", "-3", -3),
        ("integer", "9223372036854775807", 2**63 - 1),
        ("date", "2024-02-29\r\n", date(2024, 2, 29)),
        ("boolean", "TrUe", True),
        ("boolean", " 0 ", False),
        ("text", " 00123 ", " 00123 "),
        ("text", " \t\r\n", None),
        ("integer", "", None),
        ("text", "\u00a0", "\u00a0"),  # no white space by the contract
    ],
)
def test_reads_text(kind: str, delivered: str, value: object) -> None:
    assert from_text(kind, delivered) == value


@pytest.mark.parametrize(
    ("kind", "delivered"),
    [
        ("integer", "12.0"),
        ("integer", "1e3"),
        ("integer", "1_000"),
        ("integer", "9223372036854775808"),
        ("integer", "\u00a05"),
        ("integer", "٣"),
        ("date", "2024-02-30"),
        ("date", "2024/03/01"),
        ("date", "2024-3-1"),
        ("date", "2024-03-01T00:00:00"),
        ("boolean", "yes"),
        ("boolean", "t"),
    ],
)
def test_refuses_text(kind: str, delivered: str) -> None:
    with pytest.raises(BadTypeError):
        from_text(kind, delivered)


@pytest.mark.parametrize(
    ("kind", "delivered", "value"),
    [
        ("integer", 12.0, 12),
        ("integer", Decimal("12.00"), 12),
        ("integer", " 12", 12),
        ("date", datetime(2024, 2, 29), date(2024, 2, 29)),  # noqa: DTZ001 - Parquet's naive timestamp
        ("date", datetime(2024, 2, 29, tzinfo=UTC), date(2024, 2, 29)),
        ("boolean", True, True),
        ("text", -5, "-5"),
        ("text", None, None),
    ],
)
def test_reads_parquet(kind: str, delivered: object, value: object) -> None:
    assert from_parquet(kind, delivered) == value


@pytest.mark.parametrize(
    ("kind", "delivered"),
    [
        ("integer", 12.5),
        ("integer", float("nan")),
        ("integer", float("inf")),
        ("integer", 2.0**63),
        ("integer", True),
        ("date", datetime(2024, 2, 29, 12)),  # noqa: DTZ001 - Parquet's naive timestamp
        ("date", 19782),
        ("boolean", 1),
        ("text", 1.0),
        ("text", date(2024, 2, 29)),
        ("text", True),
    ],
)
def test_refuses_parquet(kind: str, delivered: object) -> None:
    with pytest.raises(BadTypeError):
        from_parquet(kind, delivered)
