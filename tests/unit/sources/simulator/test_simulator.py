"""The simulator: what it writes meets the raw contract, is reproducible, and fills every section of the dashboard.

The rules below are restated from the contract's text and the metric definitions; nothing is taken from the code.
"""

import csv
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from statistics import mean, median

import pytest

from sources.simulator import simulate

from .simulated import (
    COLUMNS,
    KEYS,
    PRODUCTS,
    SPRING,
    assert_meets_contract,
    days_between,
    files_of,
    read,
)


def test_every_file_is_where_the_layout_says(spring: Path) -> None:
    expected = {f"{dataset}/{day.isoformat()}/{dataset}.csv" for dataset in COLUMNS for day in days_between(*SPRING)}
    assert set(files_of(spring)) == expected
    assert {path.name for dataset in COLUMNS for path in (spring / dataset).iterdir()} == {
        day.isoformat() for day in days_between(*SPRING)
    }


@pytest.mark.parametrize("dataset", COLUMNS)
def test_every_row_meets_the_raw_contract(spring: Path, dataset: str) -> None:
    for day in days_between(*SPRING):
        with (spring / dataset / day.isoformat() / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
            header, *records = list(csv.reader(file, strict=True))
        assert header == COLUMNS[dataset]
        assert records
        assert {len(record) for record in records} == {len(header)}
        rows = [dict(zip(header, record, strict=True)) for record in records]
        assert len({tuple(row[name] for name in KEYS[dataset]) for row in rows}) == len(rows)
        for row in rows:
            assert_meets_contract(row)


def test_rows_refer_to_rows_of_the_same_day(spring: Path) -> None:
    for day in days_between(*SPRING):
        customers = {(row["partner_id"], row["customer_id"]) for row in read(spring, "customers", day)}
        subscriptions = {
            row["subscription_id"]: (row["partner_id"], row["customer_id"])
            for row in read(spring, "subscriptions", day)
        }
        assert set(subscriptions.values()) <= customers
        lines = read(spring, "license_assignments", day)
        for row in lines + read(spring, "license_usage", day):
            assert subscriptions[row["subscription_id"]] == (row["partner_id"], row["customer_id"])
        assert {row["subscription_id"] for row in lines} == set(subscriptions)


def test_holders_are_the_assigned_licences_of_subscriptions_in_use(spring: Path) -> None:
    for day in days_between(*SPRING):
        assigned: Counter[tuple[str, str]] = Counter()
        for row in read(spring, "license_assignments", day):
            assigned[row["subscription_id"], row["product"]] += int(row["assigned_licenses"])
        in_use = {
            row["subscription_id"]
            for row in read(spring, "subscriptions", day)
            if row["status"] == "active" and row["start_date"] <= day.isoformat() <= (row["end_date"] or "9999")
        }
        holders = Counter((row["subscription_id"], row["product"]) for row in read(spring, "license_usage", day))
        assert all(count <= assigned[key] for key, count in holders.items())
        assert {subscription for subscription, _ in holders} <= in_use


def test_holders_are_a_stable_population(spring: Path) -> None:
    """In two weeks, hardly more people are seen than licences are assigned: the same ones come back."""
    last = SPRING[1]
    assigned = sum(
        int(row["assigned_licenses"])
        for row in read(spring, "license_assignments", last)
        if row["product"] == "meetings"
    )
    seen = {
        (row["subscription_id"], row["user_id"])
        for day in days_between(*SPRING)
        for row in read(spring, "license_usage", day)
        if row["product"] == "meetings"
    }
    assert 0.6 * assigned < len(seen) < 1.05 * assigned


def test_weekends_are_quiet(spring: Path) -> None:
    by_weekday = defaultdict(list)
    for day in days_between(*SPRING):
        by_weekday[day.weekday() >= 5].append(len(read(spring, "license_usage", day)))
    assert mean(by_weekday[True]) < 0.2 * mean(by_weekday[False])
    assert max(by_weekday[True]) < min(by_weekday[False])


def test_holidays_are_quiet(tmp_path: Path) -> None:
    simulate(tmp_path, date(2025, 12, 23), date(2025, 12, 25), customers=40, seed=3)  # Tuesday to Thursday
    tuesday, _, christmas = (
        len(read(tmp_path, "license_usage", day)) for day in days_between(date(2025, 12, 23), date(2025, 12, 25))
    )
    assert christmas < 0.2 * tuesday


def test_partners_share_the_customers(spring: Path) -> None:
    counts = Counter(row["partner_id"] for row in read(spring, "customers", SPRING[0]))
    assert len(counts) == 2
    assert 54 <= sum(counts.values()) <= 62
    assert min(counts.values()) >= 25


def test_names_need_quoting_and_unicode(spring: Path) -> None:
    names = [row["customer_name"] for row in read(spring, "customers", SPRING[0])]
    assert all(any(character in name for name in names) for character in ',"&')
    assert any(not name.isascii() for name in names)


def test_both_products_and_others_exist(spring: Path) -> None:
    products = Counter(row["product"] for row in read(spring, "license_assignments", SPRING[0]))
    assert set(products) == PRODUCTS - {"other"}
    assert min(products["meetings"], products["calling"]) >= 10
    assert "call_on_webex" in {row["product"] for row in read(spring, "license_usage", SPRING[0])}


def test_customer_sizes_are_skewed(spring: Path) -> None:
    sizes: Counter[str] = Counter()
    for row in read(spring, "license_assignments", SPRING[0]):
        sizes[row["customer_id"]] += int(row["total_licenses"])
    assert mean(sizes.values()) > 1.4 * median(sizes.values())


@pytest.mark.parametrize("seats", [3000, 30000])
def test_seats_scale_the_portfolio(tmp_path: Path, seats: int) -> None:
    day = date(2026, 3, 2)
    simulate(tmp_path, day, day, customers=300, seed=2, seats=seats)
    in_force = {row["subscription_id"] for row in read(tmp_path, "subscriptions", day) if row["status"] == "active"}
    bought = sum(
        int(row["total_licenses"])
        for row in read(tmp_path, "license_assignments", day)
        if row["product"] in ("meetings", "calling") and row["subscription_id"] in in_force
    )
    assert 0.75 * seats < bought < 1.25 * seats
