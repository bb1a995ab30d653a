"""The row rules of the contract, each at its boundary, through the one validation path."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from expectations.contract import (
    BUYING_MODELS,
    CONTRACT_LINES,
    CUSTOMERS,
    LICENSE_ASSIGNMENTS,
    LICENSE_USAGE,
    PRODUCTS,
    STATUSES,
    SUBSCRIPTIONS,
    Reason,
)
from expectations.delivery import wrong_kind

from .checked import BAD, GOOD, MISSING, Result, delivered, verdict


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


@pytest.mark.parametrize("column", ["unit_price_month", "unit_cost_month", "notice_days", "growth_allowance"])
def test_ranges(con: duckdb.DuckDBPyConnection, column: str) -> None:
    most = {"notice_days": 3650, "growth_allowance": 10}.get(column, 10**9)
    for within in ("0", "-0", "1", str(most)):
        assert isinstance(verdict(con, CONTRACT_LINES, **{column: within}), dict)
    assert verdict(con, CONTRACT_LINES, **{column: str(most + 1)}) == [Reason.OUT_OF_RANGE]
    assert verdict(con, CONTRACT_LINES, **{column: "-1"}) == [Reason.NEGATIVE_COUNT]
    assert verdict(con, CONTRACT_LINES, **{column: f"-{most + 1}"}) == [Reason.NEGATIVE_COUNT]
    if column != "notice_days":
        assert verdict(con, CONTRACT_LINES, **{column: f"{most}.000001"}) == [Reason.OUT_OF_RANGE]
        assert verdict(con, CONTRACT_LINES, **{column: "-0.000001"}) == [Reason.NEGATIVE_COUNT]


def test_currencies_and_buying_models_are_exact(con: duckdb.DuckDBPyConnection) -> None:
    for currency in ("EUR", "ZZZ"):
        assert isinstance(verdict(con, CONTRACT_LINES, currency=currency), dict)
    for currency in ("eur", "EU", "EURO", " EUR", "EUR ", "EUR\n", "E1R", "ÄÖÜ", "\uff21\uff22\uff23"):
        assert verdict(con, CONTRACT_LINES, currency=currency) == [Reason.BAD_CURRENCY]
    assert verdict(con, CONTRACT_LINES, currency=" ") == MISSING
    for model in (*BUYING_MODELS, None):
        assert isinstance(verdict(con, CONTRACT_LINES, buying_model=model), dict)
    for model in ("Wholesale", "wholesale ", "ea"):
        assert verdict(con, CONTRACT_LINES, buying_model=model) == [Reason.UNKNOWN_BUYING_MODEL]
    assert isinstance(verdict(con, CONTRACT_LINES, renewal_quantity="9223372036854775807"), dict)
    assert verdict(con, CONTRACT_LINES, renewal_quantity="-1") == [Reason.NEGATIVE_COUNT]


def test_counts_have_minima(con: duckdb.DuckDBPyConnection) -> None:
    negative = [Reason.NEGATIVE_COUNT]
    assert verdict(con, LICENSE_ASSIGNMENTS, total_licenses="-1") == negative
    assert verdict(con, LICENSE_ASSIGNMENTS, assigned_licenses="-9223372036854775808") == negative
    assert isinstance(verdict(con, LICENSE_ASSIGNMENTS, total_licenses="0", assigned_licenses="99"), dict)
    assert verdict(con, LICENSE_USAGE, activity_count="0") == negative
    assert isinstance(verdict(con, LICENSE_USAGE, activity_count="1"), dict)


def test_lists_are_exact(con: duckdb.DuckDBPyConnection) -> None:
    for status in STATUSES:
        assert isinstance(verdict(con, SUBSCRIPTIONS, status=status), dict)
    for status in ("Active", " active", "active ", "trial"):
        assert verdict(con, SUBSCRIPTIONS, status=status) == [Reason.UNKNOWN_STATUS]
    for product in PRODUCTS:
        assert isinstance(verdict(con, LICENSE_USAGE, product=product), dict)
        assert isinstance(verdict(con, LICENSE_ASSIGNMENTS, product=product), dict)
    for product in ("Meetings", "meetings ", "webex"):
        assert verdict(con, LICENSE_USAGE, product=product) == [Reason.UNKNOWN_PRODUCT]
        assert verdict(con, LICENSE_ASSIGNMENTS, product=product) == [Reason.UNKNOWN_PRODUCT]


def test_the_end_is_not_before_the_start(con: duckdb.DuckDBPyConnection) -> None:
    assert verdict(con, SUBSCRIPTIONS, end_date="2025-12-31") == [Reason.END_BEFORE_START]
    assert isinstance(verdict(con, SUBSCRIPTIONS, end_date="2026-01-01"), dict)


def test_the_rows_own_date(con: duckdb.DuckDBPyConnection) -> None:
    wrong = [Reason.WRONG_PARTITION_DATE]
    for text in ("2026-03-02", "2026/03/01", "yesterday"):
        assert verdict(con, LICENSE_USAGE, activity_date=text) == wrong
        assert verdict(con, CUSTOMERS, snapshot_date=text) == wrong
    for text in ("2026-03-01", " 2026-03-01 ", "", " ", None):
        assert isinstance(verdict(con, LICENSE_USAGE, activity_date=text), dict)


def test_all_reasons_in_the_contracts_order(con: duckdb.DuckDBPyConnection) -> None:
    row = {"partner_id": " ", "is_trial": "maybe", "status": "gone", "end_date": "2025-01-01", "snapshot_date": "x"}
    assert verdict(con, SUBSCRIPTIONS, **row) == [
        Reason.MISSING_REQUIRED,
        Reason.BAD_TYPE,
        Reason.UNKNOWN_STATUS,
        Reason.END_BEFORE_START,
        Reason.WRONG_PARTITION_DATE,
    ]
    row = {"customer_id": "", "total_licenses": "x", "assigned_licenses": "-1", "product": "y"}
    assert verdict(con, LICENSE_ASSIGNMENTS, **row) == [
        Reason.MISSING_REQUIRED,
        Reason.BAD_TYPE,
        Reason.NEGATIVE_COUNT,
        Reason.UNKNOWN_PRODUCT,
    ]
    row = {"currency": "eur", "notice_days": "-1", "growth_allowance": "11", "buying_model": "ea"}
    row["unit_price_month"] = "x"
    assert verdict(con, CONTRACT_LINES, **row) == [
        Reason.BAD_TYPE,
        Reason.NEGATIVE_COUNT,
        Reason.OUT_OF_RANGE,
        Reason.BAD_CURRENCY,
        Reason.UNKNOWN_BUYING_MODEL,
    ]


def test_values_of_a_wrong_parquet_type(con: duckdb.DuckDBPyConnection) -> None:
    def marked(column: str, text: str | None, mark: bool = True) -> dict[str, Any]:
        return {column: text, wrong_kind(column): mark}

    for column in ("customer_name", "country_code", "created_on"):
        assert verdict(con, CUSTOMERS, **marked(column, "2026-03-01")) == BAD
        assert verdict(con, CUSTOMERS, **marked(column, "")) == BAD  # there is a value, though its text is empty
    assert verdict(con, CUSTOMERS, **marked("customer_name", None, mark=False)) == MISSING
    assert isinstance(verdict(con, CUSTOMERS, **marked("customer_name", "n", mark=False)), dict)
    assert verdict(con, SUBSCRIPTIONS, **marked("is_trial", "1")) == BAD
    assert verdict(con, SUBSCRIPTIONS, **marked("status", "7")) == BAD
    assert verdict(con, LICENSE_USAGE, **marked("user_id", "1.5")) == BAD
    assert verdict(con, CUSTOMERS, **marked("snapshot_date", "2026-03-01")) == [Reason.WRONG_PARTITION_DATE]


def test_a_file_may_lack_nullable_columns_and_files_may_differ(con: duckdb.DuckDBPyConnection) -> None:
    first = delivered(CUSTOMERS, [GOOD["customers"]], "a.csv")
    second = delivered(
        CUSTOMERS,
        [GOOD["customers"] | {"customer_id": "d", "country_code": "CH", "snapshot_date": "2026-03-01"}],
        "b.csv",
    )
    third = delivered(
        CUSTOMERS, [{**GOOD["customers"], "created_on": "7", wrong_kind("created_on"): True}], "c.parquet"
    )
    result = Result(con, CUSTOMERS, first, second, third)
    assert result.accepted == [("p", "c", "n", None, None), ("p", "d", "n", "CH", None)]
    assert [(row[2], row[3], row[4]) for row in result.quarantined] == [("c.parquet", 1, ["bad_type"])]
