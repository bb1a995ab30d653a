"""What the contract says of a row beyond the types of its values, through the one validation path."""

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
