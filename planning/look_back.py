"""Which partitions an as-of day looks back on, and which days lost theirs when something was pruned.

Everything is derived from how the datasets declare that they serve (`expectations.contract`).
"""

from collections.abc import Collection, Iterable, Mapping
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


def days_before(dataset: str) -> tuple[int, ...]:
    """How many days before an as-of date a dataset's day counts for it, the farthest first and 0 at the end."""
    return DATASETS[dataset].serves.days_before


def compared_days(dataset: str) -> tuple[int, ...]:
    """Those of them that an as-of day hinges on: it is not built again without, and refused usage takes one away."""
    serves = DATASETS[dataset].serves
    return (*sorted(serves.compared_days, reverse=True), 0) if isinstance(serves, Snapshot) else (0,)


def look_back_days(dataset: str, max_snapshot_age_days: int) -> int:
    """How many days before an as-of date a dataset's partitions count for it.

    Activity counts for its window; a snapshot for its age, also on the days before that are compared with.
    """
    return DATASETS[dataset].serves.look_back_days(max_snapshot_age_days)


def needed_look_back_days(dataset: str, max_snapshot_age_days: int) -> int:
    """The same for what an as-of day hinges on: it is not built without."""
    return DATASETS[dataset].serves.needed_look_back_days(max_snapshot_age_days)


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
    """The first as-of date whose rows the date's are compared with."""
    return first - timedelta(days=max(max(compared_days(name)) for name in snapshot_datasets()))


def looked_back_on(days: Iterable[date], max_snapshot_age_days: int) -> Mapping[str, list[date]]:
    """The partition dates, by dataset and in order, that the as-of days from the first to the last look back on."""
    days = list(days)
    return {
        name: partitions_of(name, min(days), max(days), max_snapshot_age_days, earliest=EARLIEST_PARTITION)
        for name in DATASETS
    }


def partitions_of(
    dataset: str, first: date, last: date, max_snapshot_age_days: int, earliest: date = date.min
) -> list[date]:
    """The dataset's partition dates that the as-of days first..last look back on, in order: nothing lies between.

    A snapshot counts on each day that it is looked at, and for those that it bridges; activity for its window.
    """
    serves = DATASETS[dataset].serves
    reach = max_snapshot_age_days if isinstance(serves, Snapshot) else serves.look_back_days(max_snapshot_age_days)
    found: set[date] = set()
    for before in serves.days_before:
        seen_from, seen_to = first - timedelta(days=before), last - timedelta(days=before)
        found.update(days_between(max(seen_from - timedelta(days=reach), earliest), seen_to))
    return sorted(found)


def pruned_days(
    days: Iterable[date],
    kept_from: Mapping[str, date],
    max_snapshot_age_days: int,
    published: Collection[date] = (),
) -> dict[date, str]:
    """Those of the days that are not built since something was pruned, each with what that was.

    A published day keeps its rows once any of its look-backs was pruned. One that was never published is built without
    those that nothing hinges on; their figures are null.

    Args:
        kept_from: the first kept day of what was pruned, by dataset or `MARTS`.
    """
    kinds = [kind for kind in kept_from if takes_days_away(kind)]
    needed = {kind: kept_from[kind] + _reach(kind, max_snapshot_age_days, needed=True) for kind in kinds}
    looked_at = {kind: kept_from[kind] + _reach(kind, max_snapshot_age_days, needed=False) for kind in kinds}
    pruned = {}
    for day in days:
        starts = looked_at if day in published else needed
        gone = [kind for kind in starts if day < starts[kind]]
        kind = max(gone, key=lambda kind: (day < needed[kind], starts[kind]), default=None)
        if kind is not None:
            pruned[day] = f"{kind} before {kept_from[kind]} {'was' if kind in activity_datasets() else 'were'} pruned"
    return pruned


def takes_days_away(kind: str) -> bool:
    """Whether days can't be built any more once some of this was pruned: a dataset, or `MARTS`."""
    return kind == MARTS or DATASETS[kind].serves.required_for_days


def _reach(kind: str, max_snapshot_age_days: int, *, needed: bool) -> timedelta:
    """How long after what was kept the first day lies that lost nothing: of what it needs, or of all that it sees."""
    if kind == MARTS:
        return timedelta(0)
    reach = needed_look_back_days if needed else look_back_days
    return timedelta(days=reach(kind, max_snapshot_age_days))
