"""Which partitions an as-of day looks back on, and which days lost theirs when something was pruned.

Everything is derived from how the datasets declare that they serve (`expectations.contract`).
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from expectations.contract import DATASETS, Snapshot
from planning.days import EARLIEST_PARTITION, days_between

MARTS = "marts"
"""The horizon of pruned as-of days; the others are named by their dataset."""


def snapshot_datasets() -> tuple[str, ...]:
    """The datasets whose partitions are the full state of their day."""
    return tuple(name for name, dataset in DATASETS.items() if dataset.is_snapshot)


def required_snapshots() -> tuple[str, ...]:
    """The snapshot datasets without which there is no as-of day."""
    return tuple(name for name in snapshot_datasets() if DATASETS[name].serves.required_for_days)


def activity_datasets() -> tuple[str, ...]:
    """The datasets whose partitions are what happened on their day."""
    return tuple(name for name, dataset in DATASETS.items() if not dataset.is_snapshot)


def snapshots_in_marts() -> tuple[str, ...]:
    """The snapshot datasets that as-of days are made from."""
    return tuple(name for name in snapshot_datasets() if is_in_marts(name))


def is_in_marts(dataset: str) -> bool:
    """Whether as-of days are made from the dataset."""
    serves = DATASETS[dataset].serves
    return not isinstance(serves, Snapshot) or serves.in_marts


def compared_days(dataset: str) -> tuple[int, ...]:
    """How many days before an as-of date a snapshot is looked at, the farthest first and 0 at the end."""
    serves = DATASETS[dataset].serves
    return (*sorted(serves.compared_days, reverse=True), 0) if isinstance(serves, Snapshot) else (0,)


def look_back_days(dataset: str, max_snapshot_age_days: int) -> int:
    """How many days before an as-of date a dataset's partitions count for it.

    Activity counts for its window; a snapshot for its age, also on the days before that are compared with.
    """
    return DATASETS[dataset].serves.look_back_days(max_snapshot_age_days)


def snapshot_look_back_days(max_snapshot_age_days: int) -> int:
    """The most days before an as-of date on which a snapshot may count for it."""
    return max(look_back_days(name, max_snapshot_age_days) for name in snapshot_datasets())


def activity_look_back_days() -> int:
    """The most days before an as-of date on which activity may count for it."""
    return max(look_back_days(name, 0) for name in activity_datasets())


def looked_back_from(first: date, max_snapshot_age_days: int) -> date:
    """The first partition date that the as-of date looks back on, of any dataset."""
    return first - timedelta(days=max(look_back_days(name, max_snapshot_age_days) for name in DATASETS))


def compared_from(first: date) -> date:
    """The first as-of date that the date is compared with."""
    return first - timedelta(days=max(max(compared_days(name)) for name in snapshot_datasets()))


def looked_back_on(days: Iterable[date], max_snapshot_age_days: int) -> Mapping[str, list[date]]:
    """The partition dates, by dataset, that the as-of days from the first to the last look back on."""
    days = list(days)
    first, last = min(days), max(days)
    starts = {name: first - timedelta(days=look_back_days(name, max_snapshot_age_days)) for name in DATASETS}
    return {name: list(days_between(max(start, EARLIEST_PARTITION), last)) for name, start in starts.items()}


def pruned_days(days: Iterable[date], kept_from: Mapping[str, date], max_snapshot_age_days: int) -> dict[date, str]:
    """Those of the days that can't be built since something was pruned, each with what that was.

    Args:
        kept_from: the first kept day of what was pruned, by dataset or `MARTS`.
    """
    starts = {
        kind: day + timedelta(days=0 if kind == MARTS else look_back_days(kind, max_snapshot_age_days))
        for kind, day in kept_from.items()
        if kind == MARTS or DATASETS[kind].serves.required_for_days
    }
    last_first = sorted(starts, key=lambda kind: starts[kind], reverse=True)
    pruned = {}
    for day in days:
        kind = next((kind for kind in last_first if day < starts[kind]), None)
        if kind is not None:
            pruned[day] = f"{kind} before {kept_from[kind]} {'was' if kind in activity_datasets() else 'were'} pruned"
    return pruned
