"""What a day looks at long before: part of its hash, null where it is not to be had, and never what blocks a day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from planning.buildable import PartitionStates, plan_days
from planning.inputs import Inputs, input_hashes, used_partitions
from planning.look_back import pruned_days
from planning.records import DayRecord
from planning.staleness import stale_days, stale_published_days

D = date(2026, 3, 10)
MAX_AGE = 3
SNAPSHOTS = ("customers", "subscriptions", "license_assignments")
LONG = (6, 28, 90, 118, 180, 208, 365)
P = frozenset("p")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def day(offset: int) -> date:
    return D + timedelta(days=offset)


def inputs(changed: dict[tuple[str, int], frozenset[str] | str | None] | None = None, days: int = 400) -> Inputs:
    """Every snapshot and usage of D and the days before; a changed one is refused (None), or has another content."""
    found: dict[str, dict[date, frozenset[str] | None]] = {
        name: {day(-before): P for before in range(days)} for name in (*SNAPSHOTS, "license_usage")
    }
    contents = {(name, when): f"{name} {when}" for name, listed in found.items() for when in listed}
    for (name, offset), value in (changed or {}).items():
        if isinstance(value, str):
            contents[name, day(offset)] = value
        else:
            found.setdefault(name, {})[day(offset)] = value
            contents[name, day(offset)] = "new"
    return Inputs(PartitionStates(found), contents, {})


def hashes(given: Inputs, first: int = -400) -> dict[int, str]:
    plan = plan_days(day(first), D, given.states, MAX_AGE)
    return {(when - D).days: found for when, found in input_hashes(plan, given, MAX_AGE).items()}


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_a_changed_snapshot_makes_the_days_stale_that_look_at_it(name):
    before, after = hashes(inputs()), hashes(inputs({(name, -380): "other"}))
    changed = {offset + 380 for offset in before if before[offset] != after[offset]}
    assert changed == {0, 6, 7, 28, 90, 118, 180, 208, 365}


@pytest.mark.parametrize("name", ["contract_lines", "accounts"])
def test_an_optional_partition_makes_the_days_stale_that_see_it(name):
    before, after = hashes(inputs()), hashes(inputs({(name, -20): P}))
    assert {offset + 20 for offset in before if before[offset] != after[offset]} == {0, 1, 2, 3}
    assert hashes(inputs({(name, -20): None})) == before


def test_changed_usage_makes_no_long_look_back_stale():
    before, after = hashes(inputs()), hashes(inputs({("license_usage", -380): "other"}))
    assert {offset + 380 for offset in before if before[offset] != after[offset]} == set(range(90))


@pytest.mark.parametrize("before", LONG)
def test_a_refused_snapshot_hides_the_day_looked_at_and_blocks_nothing(before):
    given = inputs({("subscriptions", -before): None})
    plan = plan_days(D, D, given.states, MAX_AGE)
    assert plan.days == (D,)
    assert (plan.blocked, plan.blocked_days) == ({}, ())
    assert plan.unseen_look_back == (day(-before),)
    roles = {role for role, _ in used_partitions(D, plan, given.states, MAX_AGE)}
    assert not [role for role in roles if role.endswith(f"of D-{before}")]
    assert f"customers of D-{7 if before != 7 else 28}" in roles


@pytest.mark.parametrize("before", LONG)
def test_a_bridged_day_is_hidden_as_well(before):
    """The refused partition is the newest of the day that is looked at, three days after it."""
    given = inputs({("customers", -before - 3): None})
    del given.states.by_dataset["customers"][day(-before)]  # type: ignore[attr-defined]
    del given.states.by_dataset["customers"][day(-before - 1)]  # type: ignore[attr-defined]
    del given.states.by_dataset["customers"][day(-before - 2)]  # type: ignore[attr-defined]
    plan = plan_days(D, D, given.states, MAX_AGE)
    assert day(-before) in plan.unseen_look_back


@pytest.mark.parametrize("before", LONG)
def test_refused_usage_hides_no_day_that_is_looked_at(before):
    given = inputs({("license_usage", -before): None})
    plan = plan_days(D, D, given.states, MAX_AGE)
    assert plan.unseen_look_back == ()
    assert f"customers of D-{before}" in {role for role, _ in used_partitions(D, plan, given.states, MAX_AGE)}


def test_a_day_of_the_window_that_usage_blocks_is_looked_at_all_the_same():
    given = inputs({("license_usage", -28): None})
    plan = plan_days(day(-28), D, given.states, MAX_AGE)
    assert list(plan.blocked) == [day(-28)]
    roles = {role for role, _ in used_partitions(D, plan, given.states, MAX_AGE)}
    assert {"customers of D-28", "customers of D-7"} <= roles
    week_after = {role for role, _ in used_partitions(day(-21), plan, given.states, MAX_AGE)}
    assert "customers of D-7" not in week_after
    assert "customers of D-6" in week_after


def test_what_was_never_delivered_is_no_input():
    plan = plan_days(D, D, inputs(days=12).states, MAX_AGE)
    roles = {role for role, _ in used_partitions(D, plan, inputs(days=12).states, MAX_AGE)}
    assert plan.days == (D,)
    assert {role for role in roles if role.startswith("customers")} == {
        "customers of D",
        "customers of D-6",
        "customers of D-7",
    }


@pytest.mark.parametrize(
    ("rules", "changed", "cause"),
    [
        ({"models": "new"}, {}, "models changed"),
        ({"models": "new"}, {("customers", -365): "other"}, "models changed"),
        ({"models": "new"}, {("customers", -7): "other"}, "its inputs changed"),
        ({"models": "old"}, {("customers", -365): "other"}, "its inputs changed"),
    ],
)
def test_a_day_that_an_earlier_version_built_is_stale_for_its_rules(rules, changed, cause):
    plan = plan_days(D, D, inputs().states, MAX_AGE)
    recorded = input_hashes(plan, inputs(), MAX_AGE, hinges_alone=True)[D]
    record = DayRecord("built", recorded, '{"models": "old"}', LONG_AGO)
    assert stale_days({D: record}, inputs(changed), rules, MAX_AGE) == {D: cause}


PRUNED = "customers before 2026-03-10 were pruned"


@pytest.mark.parametrize(
    ("first", "published", "pruned"),
    [
        (9, False, True),
        (10, False, False),
        (10, True, True),
        (367, True, True),
        (368, True, False),
        (367, False, False),
    ],
)
def test_a_pruned_look_back_leaves_published_days_as_they_are(first, published, pruned):
    given = [day(first)] if published else []
    found = pruned_days([day(first)], {"customers": D}, MAX_AGE, given)
    assert found == ({day(first): PRUNED} if pruned else {})


def test_usage_and_optional_datasets_take_days_away_as_before():
    days = [day(88), day(89), day(367)]
    assert list(pruned_days(days, {"license_usage": D}, MAX_AGE, days)) == [day(88)]
    assert pruned_days(days, {"accounts": D, "contract_lines": D}, MAX_AGE, days) == {}


def test_a_plan_leaves_published_days_out_and_builds_those_between():
    given = inputs()
    states = PartitionStates(given.states.by_dataset, {"customers": day(-200)}, published=[day(-2), day(-4)])
    plan = plan_days(day(-4), D, states, MAX_AGE)
    assert (plan.first, plan.days) == (day(-3), (day(-3), day(-1), D))
    assert list(plan.pruned) == [day(-4), day(-2)]


def test_a_published_day_whose_long_look_back_was_pruned_is_never_stale():
    given = inputs()
    record = DayRecord("built", "recorded by other inputs", "{}", LONG_AGO)
    for kept_from, stale in ((day(-200), []), (day(-400), [D])):
        states = PartitionStates(given.states.by_dataset, {"customers": kept_from}, published=frozenset([D]))
        now = Inputs(states, given.hashes, {})
        found = stale_published_days({D: record}, now, frozenset([D]), None, {}, MAX_AGE)
        assert list(found) == stale
        unfinished = stale_published_days({}, now, frozenset([D]), None, {}, MAX_AGE)
        assert list(unfinished) == stale
