"""Which days can be built: every rule of blocking and bridging, by hand."""

from datetime import date, timedelta

from planning.buildable import PartitionStates, plan_days

D = date(2026, 3, 10)
P = frozenset({"p"})


def day(offset: int) -> date:
    return D + timedelta(days=offset)


def states(**datasets) -> PartitionStates:
    """Datasets' partitions as {offset from D: partners, or None for refused}."""
    given = {key: {0: P} for key in ("customers", "subscriptions", "license_assignments")} | datasets
    return PartitionStates(
        {name: {day(offset): partners for offset, partners in days.items()} for name, days in given.items()}
    )


def plan(states_, first=0, last=0):
    return plan_days(day(first), day(last), states_, 3)


def test_a_day_with_all_three_snapshots_is_built():
    assert plan(states()).days == (D,)


def test_a_snapshot_serves_its_own_day_and_three_more():
    result = plan(states(), first=-1, last=4)
    assert result.days == (D, day(1), day(2), day(3))
    assert result.without_snapshot.keys() == {day(-1), day(4)}
    assert result.without_snapshot[day(4)] == (
        "no customers or subscriptions or license_assignments snapshot in 2026-03-11…2026-03-14"
    )


def test_a_refused_snapshot_blocks_every_day_whose_newest_existing_partition_it_is():
    result = plan(states(customers={0: P, 1: None, 3: P}), first=0, last=3)
    assert result.days == (D, day(3))
    assert dict(result.blocked) == {day(1): "customers 2026-03-11", day(2): "customers 2026-03-11"}


def test_a_refused_snapshot_that_is_too_old_blocks_nothing():
    result = plan(states(customers={-4: None}), first=0)
    assert result.blocked == {}
    assert dict(result.without_snapshot) == {D: "no customers snapshot in 2026-03-07…2026-03-10"}


def test_refused_usage_blocks_its_own_day_only():
    result = plan(states(license_usage={0: None}), first=0, last=1)
    assert result.days == (day(1),)
    assert dict(result.blocked) == {D: "license_usage 2026-03-10"}


def test_the_day_a_week_before_is_named_when_it_is_blocked():
    result = plan(states(license_usage={-7: None}))
    assert result.days == (D,)
    assert result.blocked == {}
    assert result.blocked_look_back == (day(-7),)
    assert result.blocked_days == (day(-7),)


def test_all_three_snapshots_must_be_of_one_partner():
    result = plan(states(customers={0: frozenset({"q"})}))
    assert dict(result.without_snapshot) == {D: "no partner has all three snapshots in 2026-03-07…2026-03-10"}


def test_partners_may_be_served_by_different_partitions():
    result = plan(states(customers={0: frozenset({"q"}), -2: P}))
    assert result.days == (D,)
