"""An optional dataset: days are planned, hashed and pruned as if it did not exist, but for what it holds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from expectations.contract import CUSTOMERS, DATASETS, Activity, Dataset, Snapshot
from planning.buildable import PartitionStates, partners_with_snapshots, plan_days
from planning.inputs import Inputs, input_hashes, used_partitions
from planning.look_back import (
    activity_look_back_days,
    look_back_days,
    looked_back_on,
    pruned_days,
    required_snapshots,
    snapshot_look_back_days,
)
from planning.retention import Retention

D = date(2026, 6, 30)
MAX_AGE = 3
REQUIRED = ("customers", "subscriptions", "license_assignments", "license_usage")
RECORDED = {
    -2: "39a579efdb69adbfcbb419c8042c87e9",
    -1: "75b71034639dfca1ed7f34faafa3325b",
    0: "002bd162d81dfd954cba012a2bd338c3",
    1: "df388273672f3f256b85ea7e385f70a7",
}
"""Hashes of `portfolio()` as ledgers hold them, from before datasets declared how they serve."""
PINNED_BEFORE = ("customers", "subscriptions", "license_assignments")
"""The snapshots, which were looked at on the day and a week before: they are declared so for what was recorded then."""

Contents = Mapping[tuple[str, int], tuple[frozenset[str] | None, str]]


def day(offset: int) -> date:
    return D + timedelta(days=offset)


@pytest.fixture(autouse=True)
def _as_recorded(monkeypatch):
    for name in PINNED_BEFORE:
        serves = replace(DATASETS[name].serves, looked_at_days=())
        monkeypatch.setitem(DATASETS, name, replace(DATASETS[name], serves=serves))


def optional(name: str, serves: Snapshot | Activity) -> Dataset:
    return Dataset(name, "", "", "snapshot_date", CUSTOMERS.columns, CUSTOMERS.key, serves)


@pytest.fixture
def notes(monkeypatch):
    """An optional snapshot dataset, declared before all others: its place makes no difference."""
    before = dict(DATASETS)
    monkeypatch.setitem(DATASETS, "notes", optional("notes", Snapshot(required_for_days=False)))
    for name, dataset in before.items():
        del DATASETS[name]
        DATASETS[name] = dataset


def portfolio() -> dict[tuple[str, int], tuple[frozenset[str] | None, str]]:
    """Fourteen days of two partners, one on every other day; a lost snapshot and a refused one."""
    both, one = frozenset("pq"), frozenset("p")
    found = {
        (name, offset): (both if offset % 2 else one, f"{name} {offset}")
        for offset in range(-12, 2)
        for name in REQUIRED
    }
    del found["customers", -1]
    return found | {("subscriptions", -8): (None, "refused")}


def inputs(contents: Contents) -> Inputs:
    """Partitions as {(dataset, offset): (partners, or None for refused, and content)}."""
    states: dict[str, dict[date, frozenset[str] | None]] = {}
    for (name, offset), (partners, _) in contents.items():
        states.setdefault(name, {})[day(offset)] = partners
    return Inputs(PartitionStates(states), {(name, day(o)): text for (name, o), (_, text) in contents.items()}, {})


def hashes(contents: Contents) -> dict[int, str]:
    given = inputs(contents)
    plan = plan_days(day(-2), day(1), given.states, MAX_AGE)
    return {(when - D).days: found for when, found in input_hashes(plan, given, MAX_AGE).items()}


def test_recorded_hashes_are_still_the_same():
    assert hashes(portfolio()) == RECORDED


def test_recorded_hashes_are_told_from_what_days_look_at_today(monkeypatch):
    """With the snapshots as they are declared, and an optional partition: what was recorded before had neither."""
    monkeypatch.undo()
    given = inputs(portfolio() | {("accounts", -1): (frozenset("p"), "a")})
    plan = plan_days(day(-2), day(1), given.states, MAX_AGE)
    found = input_hashes(plan, given, MAX_AGE, hinges_alone=True)
    assert {(when - D).days: text for when, text in found.items()} == RECORDED
    now = {(when - D).days: text for when, text in input_hashes(plan, given, MAX_AGE).items()}
    # Of -2 a refused snapshot hides D-6, and nothing else that is new was delivered.
    assert {offset for offset in now if now[offset] != RECORDED[offset]} == {-1, 0, 1}


@pytest.mark.parametrize("name", ["contract_lines", "accounts"])
def test_what_no_mart_reads_is_part_of_no_day(name, monkeypatch):
    loaded = portfolio() | {(name, -1): (frozenset("p"), "a"), (name, 0): (None, "b")}
    assert looked_back_on([D], MAX_AGE)[name] == [day(offset) for offset in range(-3, 1)]
    # Marts read it: it is part of the days that see it.
    assert {offset for offset in RECORDED if hashes(loaded)[offset] != RECORDED[offset]} == {-1, 0, 1}
    assert hashes(portfolio()) == RECORDED
    unread = replace(DATASETS[name], serves=replace(DATASETS[name].serves, in_marts=False))
    monkeypatch.setitem(DATASETS, name, unread)
    assert hashes(loaded) == RECORDED


def test_an_optional_dataset_without_partitions_changes_no_hash(notes):
    assert hashes(portfolio()) == RECORDED


def test_its_content_is_part_of_the_days_that_see_it(notes):
    one = portfolio() | {("notes", -2): (frozenset("p"), "a")}
    other = portfolio() | {("notes", -2): (frozenset("p"), "b")}
    assert {offset for offset in RECORDED if hashes(one)[offset] != RECORDED[offset]} == {-2, -1, 0, 1}
    assert {offset for offset in RECORDED if hashes(one)[offset] != hashes(other)[offset]} == {-2, -1, 0, 1}
    late = portfolio() | {("notes", 0): (frozenset("p"), "a")}
    assert {offset for offset in RECORDED if hashes(late)[offset] != RECORDED[offset]} == {0, 1}
    old = portfolio() | {("notes", -6): (frozenset("p"), "a")}
    assert hashes(old) == RECORDED


def test_it_is_not_seen_a_week_before_unless_it_says_so(notes, monkeypatch):
    contents = portfolio() | {("notes", -7): (frozenset("p"), "a")}
    assert hashes(contents) == RECORDED
    monkeypatch.setitem(DATASETS, "notes", optional("notes", Snapshot(required_for_days=False, compared_days=(28, 7))))
    given = inputs(portfolio() | {("notes", -7): (frozenset("p"), "a"), ("notes", -28): (frozenset("p"), "b")})
    plan = plan_days(D, D, given.states, MAX_AGE)
    seen = [found for found in used_partitions(D, plan, given.states, MAX_AGE) if found[0].startswith("notes")]
    assert seen == [("notes of D-28", day(-28)), ("notes of D-7", day(-7))]
    assert look_back_days("notes", MAX_AGE) == 31
    assert snapshot_look_back_days(MAX_AGE) == 31


@pytest.mark.parametrize("partitions", [{}, {0: None}, {0: frozenset("p")}, {-1: frozenset("p"), 0: None}])
def test_loaded_missing_or_refused_it_decides_nothing_about_a_day(notes, partitions):
    contents = portfolio() | {("notes", offset): (partners, "a") for offset, partners in partitions.items()}
    without, given = inputs(portfolio()).states, inputs(contents).states
    assert plan_days(day(-9), day(1), given, MAX_AGE) == plan_days(day(-9), day(1), without, MAX_AGE)
    assert partners_with_snapshots(D, given, MAX_AGE) == partners_with_snapshots(D, without, MAX_AGE)


def test_a_refused_partition_is_as_one_that_is_missing(notes):
    before = portfolio() | {("notes", -2): (frozenset("p"), "a")}
    assert hashes(before | {("notes", 0): (None, "b")}) == hashes(before)


def test_it_alone_makes_no_day(notes):
    plan = plan_days(D, D, inputs({("notes", 0): (frozenset("p"), "a")}).states, MAX_AGE)
    assert dict(plan.without_snapshot) == {
        D: "no customers or subscriptions or license_assignments snapshot in 2026-06-27…2026-06-30"
    }
    assert required_snapshots() == ("customers", "subscriptions", "license_assignments")


def test_it_is_looked_back_on_for_its_age_and_its_pruning_takes_no_day_away(notes):
    assert looked_back_on([D], MAX_AGE)["notes"] == [day(offset) for offset in range(-3, 1)]
    assert pruned_days([D], {"notes": day(1)}, MAX_AGE) == {}
    assert Retention(usage_days=90, snapshot_days=20).partition_days("notes") == 20


def test_optional_activity_blocks_no_day_and_counts_in_its_window(monkeypatch):
    monkeypatch.setitem(DATASETS, "calls", optional("calls", Activity(window_days=365, required_for_days=False)))
    refused = portfolio() | {("calls", 0): (None, "a")}
    assert hashes(refused) == RECORDED
    counted = portfolio() | {("calls", -360): (frozenset("p"), "a")}
    assert {offset for offset in RECORDED if hashes(counted)[offset] != RECORDED[offset]} == {-2, -1, 0, 1}
    assert hashes(portfolio() | {("calls", -367): (frozenset("p"), "a")}) == RECORDED
    assert activity_look_back_days() == 364
