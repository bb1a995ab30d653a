"""Which as-of days can be built, and why the others can't: decided from the states of the partitions.

A day looks back on usage and snapshots (docs/metrics.md). A refused partition, and one that a failed check holds,
blocks the days whose newest snapshot it is, or whose own usage it is; a day for which no partner has all three
snapshots has no rows. A day whose look-back was pruned is never built from what is left, but for one that was never
published and lost nothing that it hinges on.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from expectations.contract import DATASETS
from planning.days import days_between
from planning.look_back import activity_datasets, compared_days, days_before, pruned_days, required_snapshots


@dataclass(frozen=True)
class PartitionStates:
    """The existing partitions by dataset and day: the partners of a loaded one, None for a refused one."""

    by_dataset: Mapping[str, Mapping[date, frozenset[str] | None]]
    kept_from: Mapping[str, date] = field(default_factory=dict)
    """The first day that was kept of what was pruned: a dataset's partitions, or the marts' as-of days."""
    held: Mapping[tuple[str, date], str] = field(default_factory=dict)
    """The partitions that count as refused since a check of them failed: its name."""
    published: Collection[date] = ()
    """The published as-of days, which keep their rows once a look-back was pruned; of no interest where none was."""

    def is_refused(self, dataset: str, day: date) -> bool:
        """Whether the partition exists and was refused."""
        days = self.by_dataset.get(dataset, {})
        return day in days and days[day] is None

    def is_loaded(self, dataset: str, day: date) -> bool:
        """Whether the partition is loaded; a refused one is not, whatever the lake holds."""
        return self.by_dataset.get(dataset, {}).get(day) is not None

    def partners(self, dataset: str, day: date) -> frozenset[str]:
        """The partners that a loaded partition has rows of; empty when it is refused or missing."""
        return self.by_dataset.get(dataset, {}).get(day) or frozenset()

    def newest_existing(self, dataset: str, first: date, last: date) -> date | None:
        """The newest day in first..last with a loaded or refused partition."""
        days = self.by_dataset.get(dataset, {})
        return next((day for day in reversed(list(days_between(first, last))) if day in days), None)

    def loaded_days(self, dataset: str, first: date, last: date) -> list[date]:
        """The days in first..last whose partition is loaded."""
        return [day for day in days_between(first, last) if self.is_loaded(dataset, day)]


@dataclass(frozen=True)
class DayPlan:
    """What a build of first..last can do: the days to build, and the others with their cause.

    Pruned days are none of them: a build leaves them as they are. Those that the window would begin with lie before
    `first`, which is after `last` when all of them are pruned.
    """

    first: date
    last: date
    days: tuple[date, ...]
    blocked: Mapping[date, str] = field(default_factory=dict)
    without_snapshot: Mapping[date, str] = field(default_factory=dict)
    blocked_look_back: tuple[date, ...] = ()
    """Blocked days among those that first..last are compared with (the weekly changes)."""
    unseen_look_back: tuple[date, ...] = ()
    """Days among the others that first..last look at, of which a refused snapshot, whatever their usage, hides all."""
    pruned: Mapping[date, str] = field(default_factory=dict)

    @property
    def blocked_days(self) -> tuple[date, ...]:
        """Every blocked day that the build may touch, in order."""
        return tuple(sorted({*self.blocked, *self.blocked_look_back}))


def days_to_build(snapshots: Iterable[date], first_date: date, newest: date) -> list[date]:
    """The as-of days that are meant where none are named: from the first snapshot's day to the newest.

    Args:
        snapshots: days with a partition of a snapshot dataset; without one there is nothing to build.
        first_date: no day before it is ever built.
    """
    start = min(snapshots, default=None)
    return [] if start is None else list(days_between(max(start, first_date), newest))


def closed_days(days: Iterable[date], closed_before: date | None) -> list[date]:
    """The days of a closed period."""
    return [day for day in days if closed_before is not None and day < closed_before]


def plan_days(first: date, last: date, states: PartitionStates, max_snapshot_age_days: int) -> DayPlan:
    """Decide which days of first..last can be built; an optional dataset neither blocks a day nor is wanted for one.

    A day is blocked when its newest existing partition of a snapshot dataset is refused, or its own usage
    partition is. Otherwise it needs one partner that has all three snapshots no older than the limit. A day that looks
    back on what was pruned is not in the plan.
    """
    pruned = pruned_days(days_between(first, last), states.kept_from, max_snapshot_age_days, states.published)
    first = next((day for day in days_between(first, last) if day not in pruned), last + timedelta(days=1))
    blocked: dict[date, str] = {}
    without_snapshot: dict[date, str] = {}
    days: list[date] = []
    for day in days_between(first, last):
        if day in pruned:
            continue
        if cause := _blocked_by(day, states, max_snapshot_age_days):
            blocked[day] = cause
        elif cause := _lacks_snapshot(day, states, max_snapshot_age_days):
            without_snapshot[day] = cause
        else:
            days.append(day)
    compared = {before for name in required_snapshots() for before in compared_days(name)} - {0}
    looked_at = {before for name in required_snapshots() for before in days_before(name)} - compared - {0}
    return DayPlan(
        first=first,
        last=last,
        days=tuple(days),
        blocked=blocked,
        without_snapshot=without_snapshot,
        blocked_look_back=tuple(
            day for day in _days_before(compared, first, last) if _blocked_by(day, states, max_snapshot_age_days)
        ),
        unseen_look_back=tuple(
            day for day in _days_before(looked_at, first, last) if _hidden_by(day, states, max_snapshot_age_days)
        ),
        pruned=pruned,
    )


def _days_before(offsets: Iterable[int], first: date, last: date) -> list[date]:
    """The days that lie so many days before one of first..last, in order."""
    window = list(days_between(first, last))
    return sorted({day - timedelta(days=offset) for offset in offsets for day in window})


def _hidden_by(day: date, states: PartitionStates, max_age: int) -> list[tuple[str, date]]:
    """The refused snapshots that are the newest ones of a day."""
    refused = []
    for dataset in required_snapshots():
        newest = states.newest_existing(dataset, day - timedelta(days=max_age), day)
        if newest is not None and states.is_refused(dataset, newest):
            refused.append((dataset, newest))
    return refused


def _blocked_by(day: date, states: PartitionStates, max_age: int) -> str | None:
    refused = _hidden_by(day, states, max_age)
    refused += [
        (dataset, day)
        for dataset in activity_datasets()
        if DATASETS[dataset].serves.required_for_days and states.is_refused(dataset, day)
    ]
    causes = [
        f"{name} {seen}" + (f" ({states.held[name, seen]})" if (name, seen) in states.held else "")
        for name, seen in refused
    ]
    return ", ".join(causes) or None


def partners_with_snapshots(day: date, states: PartitionStates, max_snapshot_age_days: int) -> frozenset[str]:
    """The partners that have all three snapshots on a day that is not blocked: each has rows of it in the KPI marts."""
    return frozenset.intersection(*_partners_seen(day, states, max_snapshot_age_days).values())


def _partners_seen(day: date, states: PartitionStates, max_age: int) -> dict[str, frozenset[str]]:
    window = list(days_between(day - timedelta(days=max_age), day))
    return {
        dataset: frozenset[str]().union(*(states.partners(dataset, seen) for seen in window))
        for dataset in required_snapshots()
    }


def _lacks_snapshot(day: date, states: PartitionStates, max_age: int) -> str | None:
    partners = _partners_seen(day, states, max_age)
    window = list(days_between(day - timedelta(days=max_age), day))
    if frozenset.intersection(*partners.values()):
        return None
    missing = [dataset for dataset in required_snapshots() if not partners[dataset]]
    if missing:
        return f"no {' or '.join(missing)} snapshot in {window[0]}…{day}"
    return f"no partner has all three snapshots in {window[0]}…{day}"
