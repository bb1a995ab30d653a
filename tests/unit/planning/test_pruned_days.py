"""Which as-of days something pruned takes the look-back from, and that no plan has them."""

from datetime import date, timedelta

import pytest

from planning.buildable import PartitionStates, plan_days
from planning.look_back import pruned_days

D = date(2026, 3, 10)


def day(offset: int) -> date:
    return D + timedelta(days=offset)


@pytest.mark.parametrize(
    ("kind", "first", "cause"),
    [
        ("license_usage", 89, "license_usage before 2026-03-10 was pruned"),
        ("customers", 10, "customers before 2026-03-10 were pruned"),
        ("marts", 0, "marts before 2026-03-10 were pruned"),
    ],
)
def test_the_first_day_that_can_be_built(kind, first, cause):
    days = [day(first - 2), day(first - 1), day(first)]
    assert pruned_days(days, {kind: D}, 3) == {day(first - 2): cause, day(first - 1): cause}


def test_a_longer_bridge_looks_further_back():
    assert list(pruned_days([day(14), day(15)], {"subscriptions": D}, 8)) == [day(14)]


def test_a_plan_begins_after_the_pruned_days():
    partners = frozenset({"p"})
    snapshots = {
        name: {day(offset): partners for offset in range(3)}
        for name in ("customers", "subscriptions", "license_assignments")
    }
    plan = plan_days(D, day(2), PartitionStates(snapshots, {"marts": day(1)}), 3)
    assert (plan.first, plan.days, list(plan.pruned)) == (day(1), (day(1), day(2)), [D])
    everything = plan_days(D, day(2), PartitionStates(snapshots, {"marts": day(9)}), 3)
    assert everything.first > everything.last
    assert everything.days == ()
