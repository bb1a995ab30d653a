"""Great Expectations on accepted rows: each rule's verdict by hand, and attribution against a naive loop."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.contract import DATASETS, LICENSE_USAGE, PRODUCTS
from expectations.results import Severity
from expectations.suites.contract_suite import contract_suite, needed_columns
from expectations.validation import validate_accepted

DAY = date(2026, 3, 2)
TYPES = {"varchar": pa.string(), "bigint": pa.int64(), "date": pa.date32(), "boolean": pa.bool_()}
TYPES["decimal(18,6)"] = pa.decimal128(18, 6)
GOOD = {
    "customers": {"partner_id": "p", "customer_id": "c1", "customer_name": "One", "country_code": None},
    "subscriptions": {
        "partner_id": "p",
        "customer_id": "c1",
        "subscription_id": "s1",
        "is_trial": False,
        "status": "active",
        "start_date": date(2026, 1, 1),
        "end_date": date(2026, 1, 1),
        "auto_renew": True,
    },
    "license_assignments": {
        "partner_id": "p",
        "customer_id": "c1",
        "subscription_id": "s1",
        "product": "meetings",
        "license_code": "EE",
        "license_name": None,
        "total_licenses": 0,
        "assigned_licenses": 0,
    },
    "license_usage": {
        "partner_id": "p",
        "customer_id": "c1",
        "subscription_id": "s1",
        "product": "meetings",
        "user_id": 7,
        "activity_count": 1,
    },
    "contract_lines": {
        "partner_id": "p",
        "customer_id": "c1",
        "subscription_id": "s1",
        "product": "meetings",
        "license_code": "EE",
        "currency": "EUR",
        "unit_price_month": Decimal("1000000000"),
        "unit_cost_month": Decimal(0),
        "notice_days": 3650,
        "buying_model": None,
        "growth_allowance": Decimal("0.2"),
        "renewal_quantity": 0,
    },
    "accounts": {"partner_id": "p", "customer_id": "c1", "owner": None, "segment": "SMB", "sub_partner_id": None},
}


def table(name, *rows, **types):
    """Rows of a dataset in lake types; a row that says nothing of its day is of DAY."""
    dataset = DATASETS[name]
    kinds = {dataset.date_column: pa.date32()}
    kinds |= {column.name: types.get(column.name, TYPES[column.lake_type]) for column in dataset.columns}
    values = {column: [row.get(column) for row in rows] for column in kinds}
    values[dataset.date_column] = [row.get("day", DAY) for row in rows]
    return pa.table({column: pa.array(values[column], kind) for column, kind in kinds.items()})


def checked(name, *rows, days=(DAY,), **types):
    return validate_accepted(DATASETS[name], table(name, *rows, **types), days)


@pytest.mark.parametrize("name", DATASETS)
def test_rows_that_meet_the_contract_pass(name):
    (result,) = checked(name, GOOD[name])

    assert result.passed
    assert (result.asset, result.check_name, result.first_date) == (f"raw/{name}", "contract", DAY)


BROKEN = [
    ("customers", {"customer_name": None}, "customer_name is not null"),
    ("subscriptions", {"is_trial": None}, "is_trial is not null"),
    ("subscriptions", {"status": "Active"}, "status is one of active, suspended, cancelled, expired, pending"),
    ("subscriptions", {"end_date": date(2025, 12, 31)}, "end_date is not before start_date"),
    ("license_assignments", {"product": "video"}, f"product is one of {', '.join(PRODUCTS)}"),
    ("license_assignments", {"total_licenses": -1}, "total_licenses is 0 or more"),
    ("license_assignments", {"assigned_licenses": None}, "assigned_licenses is not null"),
    ("license_usage", {"activity_count": 0}, "activity_count is 1 or more"),
    ("contract_lines", {"currency": "EUR\n"}, "currency is like [A-Z]{3}"),
    ("contract_lines", {"currency": "eur"}, "currency is like [A-Z]{3}"),
    ("contract_lines", {"unit_price_month": Decimal("-0.000001")}, "unit_price_month is 0 to 1000000000"),
    ("contract_lines", {"unit_cost_month": Decimal("1000000000.000001")}, "unit_cost_month is 0 to 1000000000"),
    ("contract_lines", {"growth_allowance": Decimal("10.000001")}, "growth_allowance is 0 to 10"),
    ("contract_lines", {"notice_days": 3651}, "notice_days is 0 to 3650"),
    ("contract_lines", {"renewal_quantity": -1}, "renewal_quantity is 0 or more"),
    (
        "contract_lines",
        {"buying_model": "ea"},
        "buying_model is one of named_user, active_user, enterprise_agreement, wholesale",
    ),
    ("accounts", {"customer_id": None}, "customer_id is not null"),
]


@pytest.mark.parametrize(("name", "change", "rule"), BROKEN)
def test_a_row_that_breaks_a_rule_fails_its_partner(name, change, rule):
    second = {key: 8 if key == "user_id" else "2" for key in DATASETS[name].key if key not in ("partner_id", "product")}

    (result,) = checked(name, GOOD[name], {**GOOD[name], **second, **change})

    assert not result.passed
    assert result.severity is Severity.ERROR
    assert (result.partner_id, result.failures) == ("p", 1)
    assert result.message == f"not so: {rule} (rows: 1)"
    assert len(result.sample) == 1


def test_a_key_that_repeats_fails_with_all_its_rows():
    twice = GOOD["license_assignments"]

    (result,) = checked("license_assignments", twice, twice)

    assert result.message == "not so: partner_id, subscription_id, product, license_code is unique (rows: 2)"
    assert result.failures == 2


def test_a_key_may_repeat_on_another_day():
    row, later = GOOD["customers"], DAY + timedelta(days=1)

    results = checked("customers", row, {**row, "day": later}, days=(DAY, later))

    assert [(result.first_date, result.passed) for result in results] == [(DAY, True), (later, True)]


def test_a_column_of_another_type_fails_each_day():
    later = DAY + timedelta(days=1)

    results = checked("license_usage", GOOD["license_usage"], days=(DAY, later), activity_count=pa.float64())

    assert [result.message for result in results] == ["not so: activity_count is integer"] * 2


def test_a_partition_without_rows_passes():
    assert [result.passed for result in checked("license_usage")] == [True]


def test_samples_do_not_name_the_licence_holder():
    (result,) = checked("license_usage", {**GOOD["license_usage"], "activity_count": 0, "user_id": 424242})

    assert result.sample == (
        {
            "activity_date": "2026-03-02",
            "partner_id": "p",
            "customer_id": "c1",
            "subscription_id": "s1",
            "product": "meetings",
            "activity_count": "0",
        },
    )


def test_the_suite_reads_no_column_without_a_rule():
    assert needed_columns(DATASETS["customers"]) == ("snapshot_date", "partner_id", "customer_id", "customer_name")


@pytest.mark.parametrize("name", DATASETS)
def test_every_rule_says_something_else(name):
    meanings = [rule.meaning for rule in contract_suite(DATASETS[name]).rules]
    assert len(meanings) == len(set(meanings))


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.sampled_from([DAY + timedelta(days=n) for n in range(3)]),
            "partner_id": st.sampled_from(["a", "b", None]),
            "product": st.sampled_from(["meetings", "video"]),
            "user_id": st.integers(0, 5),
            "activity_count": st.sampled_from([None, -1, 0, 1, 2**62]),
        }
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_failures_are_those_of_their_partition_and_partner(rows):
    days = [DAY + timedelta(days=n) for n in range(3)]
    rows = [{**GOOD["license_usage"], **row} for row in rows]

    results = validate_accepted(LICENSE_USAGE, table("license_usage", *rows), days)

    failed = naive_failures(rows)
    found = {(result.first_date, result.partner_id): result.failures for result in results if not result.passed}
    assert found == failed
    assert [result.first_date for result in results if result.passed] == [
        day for day in days if day not in {failed_day for failed_day, _ in failed}
    ]


def naive_failures(rows):
    """How many rows break a rule, by day and partner, row by row."""
    keys = [(row["day"], row["partner_id"], row["product"], row["user_id"]) for row in rows]
    failures = defaultdict(int)
    for row, key in zip(rows, keys, strict=True):
        count = row["activity_count"]
        good = row["partner_id"] is not None and row["product"] != "video" and count is not None and count >= 1
        if not good or keys.count(key) > 1:
            failures[row["day"], row["partner_id"]] += 1
    return dict(failures)
