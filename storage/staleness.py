"""Which as-of days can be built, and why the others can't: plain functions over what the ledger knows.

A day looks back on usage and snapshots (docs/metrics.md). A refused partition, and one that a failed check holds,
blocks the days whose newest snapshot it is, or whose own usage it is; a day for which no partner has all three
snapshots has no rows. A day whose look-back was pruned is never built from what is left.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from expectations.contract import DATASETS, LICENSE_USAGE
from storage.ledger.check_results import held_partitions
from storage.ledger.horizons import MARTS, horizons
from storage.ledger.ledger import Ledger

EARLIEST_AS_OF_DATE = date(2020, 1, 1)
EARLIEST_PARTITION = EARLIEST_AS_OF_DATE - timedelta(days=92)
"""Fixed, so that assets need no settings to exist; early enough for what the first as-of date looks back on."""
USAGE_LOOK_BACK_DAYS = 89
"""Days before an as-of date whose usage counts (`used_licenses_90d`)."""
WEEKLY_CHANGE_DAYS = 7
"""Days between the two as-of dates that a weekly change compares."""
SNAPSHOT_DATASETS = tuple(name for name, dataset in DATASETS.items() if dataset.is_snapshot)


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
    """Blocked days among those that the weekly changes of first..last compare with."""
    pruned: Mapping[date, str] = field(default_factory=dict)

    @property
    def blocked_days(self) -> tuple[date, ...]:
        """Every blocked day that the build may touch, in order."""
        return tuple(sorted({*self.blocked, *self.blocked_look_back}))


def partition_states(ledger: Ledger, first: date | None = None, last: date | None = None) -> PartitionStates:
    """The states of the partitions of first..last.

    A refused partition counts as refused, whatever the lake holds; so does one that a failed check holds.
    """
    states: dict[str, dict[date, frozenset[str] | None]] = {name: {} for name in DATASETS}
    for record in ledger.partitions(first=first, last=last):
        states[record.dataset][record.partition_date] = frozenset(record.partners)
    for refusal in ledger.refusals(first=first, last=last):
        states[refusal.dataset][refusal.partition_date] = None
    held = {}
    for (dataset, day), cause in held_partitions(ledger, first, last).items():
        if states[dataset].get(day) is not None:
            states[dataset][day] = None
            held[dataset, day] = cause.partition(":")[0]
    return PartitionStates(states, horizons(ledger), held)


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day from first to last, both included; none when last is before first."""
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def look_back_days(dataset: str, max_snapshot_age_days: int) -> int:
    """How many days before an as-of date a dataset's partitions count for it.

    Usage counts for 90 days; a snapshot for its age, also a week earlier (the weekly change).
    """
    if dataset == LICENSE_USAGE.name:
        return USAGE_LOOK_BACK_DAYS
    return WEEKLY_CHANGE_DAYS + max_snapshot_age_days


def looked_back_on(days: Iterable[date], max_snapshot_age_days: int) -> Mapping[str, list[date]]:
    """The partition dates, by dataset, that the as-of days from the first to the last look back on."""
    days = list(days)
    first, last = min(days), max(days)
    starts = {name: first - timedelta(days=look_back_days(name, max_snapshot_age_days)) for name in DATASETS}
    return {name: list(days_between(max(start, EARLIEST_PARTITION), last)) for name, start in starts.items()}


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


def pruned_days(days: Iterable[date], kept_from: Mapping[str, date], max_snapshot_age_days: int) -> dict[date, str]:
    """Those of the days that can't be built since something was pruned, each with what that was."""
    starts = {
        kind: day + timedelta(days=0 if kind == MARTS else look_back_days(kind, max_snapshot_age_days))
        for kind, day in kept_from.items()
    }
    last_first = sorted(starts, key=lambda kind: starts[kind], reverse=True)
    pruned = {}
    for day in days:
        kind = next((kind for kind in last_first if day < starts[kind]), None)
        if kind is not None:
            pruned[day] = f"{kind} before {kept_from[kind]} {'were' if kind != LICENSE_USAGE.name else 'was'} pruned"
    return pruned


def plan_days(first: date, last: date, states: PartitionStates, max_snapshot_age_days: int) -> DayPlan:
    """Decide which days of first..last can be built.

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
    week = timedelta(days=WEEKLY_CHANGE_DAYS)
    look_back = (day - week for day in days_between(first, last))
    return DayPlan(
        first=first,
        last=last,
        days=tuple(days),
        blocked=blocked,
        without_snapshot=without_snapshot,
        blocked_look_back=tuple(day for day in look_back if _blocked_by(day, states, max_snapshot_age_days)),
        pruned=pruned,
    )


def ranges(days: Iterable[date], longest: int) -> list[tuple[date, date]]:
    """Join days into runs of consecutive days, none longer than `longest`."""
    joined: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if joined and (day - joined[-1][1]).days == 1 and (day - joined[-1][0]).days < longest:
            joined[-1] = (joined[-1][0], day)
        else:
            joined.append((day, day))
    return joined


def _blocked_by(day: date, states: PartitionStates, max_age: int) -> str | None:
    refused = []
    for dataset in SNAPSHOT_DATASETS:
        newest = states.newest_existing(dataset, day - timedelta(days=max_age), day)
        if newest is not None and states.is_refused(dataset, newest):
            refused.append((dataset, newest))
    if states.is_refused(LICENSE_USAGE.name, day):
        refused.append((LICENSE_USAGE.name, day))
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
        for dataset in SNAPSHOT_DATASETS
    }


def _lacks_snapshot(day: date, states: PartitionStates, max_age: int) -> str | None:
    partners = _partners_seen(day, states, max_age)
    window = list(days_between(day - timedelta(days=max_age), day))
    if frozenset.intersection(*partners.values()):
        return None
    missing = [dataset for dataset in SNAPSHOT_DATASETS if not partners[dataset]]
    if missing:
        return f"no {' or '.join(missing)} snapshot in {window[0]}…{day}"
    return f"no partner has all three snapshots in {window[0]}…{day}"
