"""What happens to simulated subscriptions over time, and that every section of the dashboard has rows."""

import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from statistics import quantiles

import pytest

from sources.simulator import simulate

from .simulated import STATUSES, Row, days_between, read


def sections_on(subscriptions: list[Row], lines: list[Row], day: date) -> Counter[str]:
    """How many positions each dashboard section has, by the metric definitions (peers: all bands of a product)."""
    counts: Counter[str] = Counter()
    scope = {
        row["subscription_id"]: row
        for row in subscriptions
        if row["status"] in ("active", "suspended")
        and row["start_date"] <= day.isoformat() <= (row["end_date"] or "9999")
    }
    positions: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in lines:
        if row["product"] in ("meetings", "calling") and row["subscription_id"] in scope:
            positions[row["product"], row["subscription_id"]][0] += int(row["total_licenses"])
            positions[row["product"], row["subscription_id"]][1] += int(row["assigned_licenses"])
    for (_, subscription_id), (total, assigned) in positions.items():
        row = scope[subscription_id]
        ends_soon = bool(row["end_date"]) and (date.fromisoformat(row["end_date"]) - day).days <= 90
        renews = row["auto_renew"] == "true" and row["is_trial"] == "false"
        counts["recently_added"] += (day - date.fromisoformat(row["start_date"])).days <= 90
        counts["renewing"] += ends_soon and renews
        counts["expiring"] += ends_soon and not renews
        counts["over_limit"] += assigned > total
    for product in ("meetings", "calling"):
        ratios = [assigned / total for (name, _), (total, assigned) in positions.items() if name == product]
        quarter, middle, _ = quantiles(ratios, n=4, method="inclusive")
        counts["low_assignment"] += sum(ratio <= quarter and middle - ratio >= 0.1 for ratio in ratios)
    return counts


@pytest.mark.parametrize("seed", [1, 2, 42])
@pytest.mark.parametrize("first", [date(2020, 2, 1), date(2024, 8, 1), date(2026, 1, 1)])
def test_every_section_has_rows(tmp_path: Path, seed: int, first: date) -> None:
    last = first + timedelta(days=30)
    simulate(tmp_path, first, last, customers=60, seed=seed)
    for day in days_between(first, last, step=10):
        counts = sections_on(read(tmp_path, "subscriptions", day), read(tmp_path, "license_assignments", day), day)
        sections = ("recently_added", "expiring", "renewing", "low_assignment", "over_limit")
        assert all(counts[section] >= 3 for section in sections), (day, counts)


def test_assignment_ramps_up_after_the_start(tmp_path: Path) -> None:
    first, last = date(2026, 1, 1), date(2026, 4, 30)
    simulate(tmp_path, first, last, customers=60, seed=8)
    started = {
        row["subscription_id"]: date.fromisoformat(row["start_date"])
        for row in read(tmp_path, "subscriptions", last)
        if "2026-01-02" <= row["start_date"] <= "2026-02-28" and row["status"] == "active"
    }
    early = late = 0
    for subscription_id, start in started.items():
        for day, is_early in ((start, True), (last, False)):
            for row in read(tmp_path, "license_assignments", day):
                if row["subscription_id"] == subscription_id:
                    early += int(row["assigned_licenses"]) * is_early
                    late += int(row["assigned_licenses"]) * (not is_early)
    assert started
    assert early < 0.75 * late


def test_trials_convert_extend_and_lapse(years: dict[date, list[Row]]) -> None:
    ends: dict[str, set[str]] = defaultdict(set)
    starts: dict[str, set[str]] = defaultdict(set)
    owner: dict[str, str] = {}
    last_day_valid: dict[str, date] = {}
    paid_starts: dict[str, set[date]] = defaultdict(set)
    for day, rows in years.items():
        for row in rows:
            if row["is_trial"] == "false":
                paid_starts[row["customer_id"]].add(date.fromisoformat(row["start_date"]))
                assert re.fullmatch("Sub[0-9]{6,}", row["subscription_id"])
                continue
            assert row["subscription_id"].startswith("trialSub.")
            ends[row["subscription_id"]].add(row["end_date"])
            starts[row["subscription_id"]].add(row["start_date"])
            owner[row["subscription_id"]] = row["customer_id"]
            if row["status"] == "active":
                last_day_valid[row["subscription_id"]] = day
    over = {trial for trial, day in last_day_valid.items() if day < max(years) - timedelta(days=1)}
    converted = {trial for trial in over if last_day_valid[trial] + timedelta(days=1) in paid_starts[owner[trial]]}
    extended = {trial for trial in over if len(ends[trial]) > 1}
    assert all(len(days) == 1 for days in starts.values())
    assert len(converted) >= 10
    assert len(over - converted) >= 10
    assert len(extended) >= 5


def test_renewals_move_the_end_and_keep_the_start(years: dict[date, list[Row]]) -> None:
    ends: dict[str, list[str]] = defaultdict(list)
    starts: dict[str, set[str]] = defaultdict(set)
    flags: dict[str, set[str]] = defaultdict(set)
    statuses: Counter[str] = Counter()
    for rows in years.values():
        for row in rows:
            statuses[row["status"]] += 1
            if row["is_trial"] == "false":
                starts[row["subscription_id"]].add(row["start_date"])
                flags[row["subscription_id"]].add(row["auto_renew"])
                if row["end_date"] not in ends[row["subscription_id"]]:
                    ends[row["subscription_id"]].append(row["end_date"])
    assert all(len(days) == 1 for days in starts.values())
    assert all(days == sorted(days) for days in ends.values())
    assert sum(len(days) > 1 for days in ends.values()) >= 30
    assert sum(len(values) == 2 for values in flags.values()) >= 10
    assert any(days == [""] for days in ends.values())
    assert set(statuses) == STATUSES


def test_customers_come_and_go(tmp_path: Path) -> None:
    simulate(tmp_path, date(2025, 1, 1), date(2025, 12, 31), customers=60, seed=4, seats=300)
    january, december = (
        {row["customer_id"] for row in read(tmp_path, "customers", day)}
        for day in (date(2025, 1, 1), date(2025, 12, 31))
    )
    assert december - january
    assert january - december
    assert len(january & december) > 40
