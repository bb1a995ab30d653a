"""The contract's types, each at its boundary, through the one validation path."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from expectations.contract import (
    CONTRACT_LINES,
    CUSTOMERS,
    LICENSE_ASSIGNMENTS,
    LICENSE_USAGE,
    SUBSCRIPTIONS,
)

from .checked import BAD, MISSING, verdict


@pytest.mark.parametrize("blank", ["", " ", "\t", "\r\n", " \t\r\n ", None])
def test_blank_is_null(con: duckdb.DuckDBPyConnection, blank: str | None) -> None:
    for dataset in (CUSTOMERS, SUBSCRIPTIONS, LICENSE_ASSIGNMENTS, LICENSE_USAGE):
        for column in dataset.columns:
            found = verdict(con, dataset, **{column.name: blank})
            if column.nullable:
                assert isinstance(found, dict) and found[column.name] is None
            else:
                assert found == MISSING, (dataset.name, column.name)


@pytest.mark.parametrize(
    "text", ["\u00a0", "\u3000", "\x0b", "\x0c", "\x85", "\u200b", "\x00", " x ", "\tx", "'", '"', "NULL"]
)
def test_text_is_kept_and_other_white_space_is_text(con: duckdb.DuckDBPyConnection, text: str) -> None:
    found = verdict(con, CUSTOMERS, customer_name=text)
    assert isinstance(found, dict) and found["customer_name"] == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("12", 12),
        ("+12", 12),
        ("-0", 0),
        ("0012", 12),
        (" 12\r\n", 12),
        ("\t12 ", 12),
        ("9223372036854775807", 2**63 - 1),
        ("000000000000000000000000000001", 1),
    ],
)
def test_integers(con: duckdb.DuckDBPyConnection, text: str, value: int) -> None:
    found = verdict(con, LICENSE_ASSIGNMENTS, total_licenses=text)
    assert isinstance(found, dict) and found["total_licenses"] == value


@pytest.mark.parametrize(
    "text",
    [
        "12.0",
        "12.5",
        "1e3",
        "1_000",
        "1,000",
        "0x1",
        "+",
        "-",
        "+-1",
        "1 2",
        "a",
        "true",
        "١٢",
        "\uff11",
        "9223372036854775808",
        "-9223372036854775809",
        "12\x0b",
        "\u00a012",
        "12\x00",
        "--1",
        "1-",
    ],
)
def test_no_integers(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert verdict(con, LICENSE_ASSIGNMENTS, total_licenses=text) == BAD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        (" 2024-02-29\t", date(2024, 2, 29)),
        ("0001-01-01", date(1, 1, 1)),
        ("9999-12-31", date(9999, 12, 31)),
    ],
)
def test_dates(con: duckdb.DuckDBPyConnection, text: str, value: date) -> None:
    found = verdict(con, CUSTOMERS, created_on=text)
    assert isinstance(found, dict) and found["created_on"] == value


@pytest.mark.parametrize(
    "text",
    [
        "2026/3/1",
        "2026-3-1",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "0000-01-01",
        "20260301",
        "2026-03-01 00:00:00",
        "2026-03-01T00:00:00",
        "infinity",
        "epoch",
        "12026-03-01",
        "-001-01-01",
        "2026-03-01 (BC)",
        "٢٠٢٦-03-01",
        "2026-03-01\x0c",
        "2026\n03-01",
    ],
)
def test_no_dates(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert verdict(con, CUSTOMERS, created_on=text) == BAD


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("TRUE", True), (" tRuE\n", True), ("1", True), ("False", False), ("0", False), ("\t0", False)],
)
def test_booleans(con: duckdb.DuckDBPyConnection, text: str, value: bool) -> None:
    found = verdict(con, SUBSCRIPTIONS, is_trial=text)
    assert isinstance(found, dict) and found["is_trial"] is value


@pytest.mark.parametrize(
    "text", ["yes", "no", "t", "f", "y", "01", "1.0", "2", "-1", "+1", "tr ue", "\ufb01alse", "fal\u017fe"]
)
def test_no_booleans(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert verdict(con, SUBSCRIPTIONS, is_trial=text) == BAD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("12.50", "12.5"),
        ("+0.5", "0.5"),
        (" 7.000001\t", "7.000001"),
        ("-0", "0"),
        ("-0.000000", "0"),
        ("000000000012.5", "12.5"),
        ("1000000000.000000", "1000000000"),
    ],
)
def test_decimals(con: duckdb.DuckDBPyConnection, text: str, value: str) -> None:
    found = verdict(con, CONTRACT_LINES, unit_price_month=text)
    assert isinstance(found, dict) and found["unit_price_month"] == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        ".5",
        "5.",
        "1e3",
        "1,5",
        "1_000",
        "1 000",
        "0.1234567",
        "0.1000000",
        "1000000000000",
        "-1000000000000",
        "0000000000001",
        "-9999999999999.5",
        "+",
        "+-1",
        "1.2.3",
        "0x1",
        "٣",
        "1\u066b5",
        "NaN",
        "inf",
        "$5",
        "5\x0b",
        "\u00a05",
    ],
)
def test_no_decimals(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """What is too long is of the wrong type, and has no sign or range to look at."""
    assert verdict(con, CONTRACT_LINES, unit_price_month=text) == BAD
