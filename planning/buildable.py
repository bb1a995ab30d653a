"""Which as-of days can be built, and why the others can't: decided from the states of the partitions.

A day looks back on usage and snapshots (docs/metrics.md). A refused partition, and one that a failed check holds,
blocks the days whose newest snapshot it is, or whose own usage it is; a day for which no partner has all three
snapshots has no rows. A day whose look-back was pruned is never built from what is left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from expectations.contract import DATASETS
from planning.days import days_between
from planning.look_back import activity_datasets, compared_days, pruned_days, required_snapshots


@dataclass(frozen=True)
class PartitionStates:
    """The existing partitions by dataset and day: the partners of a loaded one, None for a refused one."""

    by_dataset: Mapping[str, Mapping[date, frozenset[str] | None]]
    kept_from: Mapping[str, date] = field(default_factory=dict)
    """The first day that was kept of what was pruned: a dataset's partitions, or the marts' as-of days."""
    held: Mapping[tuple[str, date], str] = field(default_factory=dict)
    """The partitions that count as refused since a check of them failed: its name."""

    def is_refused(self, dataset: str, day: date) -> bool:
        """Whether the partition exists and was refused."""
        days = self.by_dataset.get(dataset, {})
        return day in days and days[day] is None

    def partners(self, dataset: str, day: date) -> frozenset[str]:
        """The partners that a loaded partition has rows of; empty when it is refused or missing."""
        return self.by_dataset.get(dataset, {}).get(day) or frozenset()

    def newest_existing(self, dataset: str, first: date, last: date) -> date | None:
        """The newest day in first..last with a loaded or refused partition."""
        days = self.by_dataset.get(dataset, {})
        return next((day for day in reversed(list(days_between(first, last))) if day in days), None)

    def loaded_days(self, dataset: str, first: date, last: date) -> list[date]:
        """The days in first..last whose partition is loaded."""
        days = self.by_dataset.get(dataset, {})
        return [day for day in days_between(first, last) if days.get(day) is not None]


@dataclass(frozen=True)
class DayPlan:
    """What a build of first..last can do: the days to build, and the others with their cause.

    Pruned days lie before `first`: a build leaves them as they are. `first` is after `last` when all of them are.
    """

    first: date
    last: date
    days: tuple[date, ...]
    blocked: Mapping[date, str] = field(default_factory=dict)
    without_snapshot: Mapping[date, str] = field(default_factory=dict)
    blocked_look_back: tuple[date, ...] = ()
    """Blocked days among those that first..last are compared with (the weekly changes)."""
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
    pruned = pruned_days(days_between(first, last), states.kept_from, max_snapshot_age_days)
    first += timedelta(days=len(pruned))
    blocked: dict[date, str] = {}
    without_snapshot: dict[date, str] = {}
    days: list[date] = []
    for day in days_between(first, last):
        if cause := _blocked_by(day, states, max_snapshot_age_days):
            blocked[day] = cause
        elif cause := _lacks_snapshot(day, states, max_snapshot_age_days):
            without_snapshot[day] = cause
        else:
            days.append(day)
    offsets = sorted({offset for name in required_snapshots() for offset in compared_days(name)} - {0}, reverse=True)
    look_back = [day - timedelta(days=offset) for offset in offsets for day in days_between(first, last)]
    return DayPlan(
        first=first,
        last=last,
        days=tuple(days),
        blocked=blocked,
        without_snapshot=without_snapshot,
        blocked_look_back=tuple(day for day in look_back if _blocked_by(day, states, max_snapshot_age_days)),
        pruned=pruned,
    )


def _blocked_by(day: date, states: PartitionStates, max_age: int) -> str | None:
    refused = []
    for dataset in required_snapshots():
        newest = states.newest_existing(dataset, day - timedelta(days=max_age), day)
        if newest is not None and states.is_refused(dataset, newest):
            refused.append((dataset, newest))
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
