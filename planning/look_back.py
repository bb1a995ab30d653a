"""Which partitions an as-of day looks back on, and which days lost theirs when something was pruned."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from expectations.contract import DATASETS, LICENSE_USAGE
from expectations.windows import LONG_USED_WINDOW_DAYS, WEEKLY_CHANGE_DAYS
from planning.days import EARLIEST_PARTITION, days_between

USAGE_LOOK_BACK_DAYS = LONG_USED_WINDOW_DAYS - 1
"""Days before an as-of date whose usage counts (`used_licenses_90d`)."""
SNAPSHOT_DATASETS = tuple(name for name, dataset in DATASETS.items() if dataset.is_snapshot)
MARTS = "marts"
"""The horizon of pruned as-of days; the others are named by their dataset."""


def snapshot_look_back_days(max_snapshot_age_days: int) -> int:
    """The most days before an as-of date on which a snapshot may be of use to it."""
    return max(look_back_days(name, max_snapshot_age_days) for name in SNAPSHOT_DATASETS)


def look_back_days(dataset: str, max_snapshot_age_days: int) -> int:
    """How many days before an as-of date a dataset's partitions count for it.

    Usage counts for the longer window; a snapshot for its age, also a week earlier (the weekly change).
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


def pruned_days(days: Iterable[date], kept_from: Mapping[str, date], max_snapshot_age_days: int) -> dict[date, str]:
    """Those of the days that can't be built since something was pruned, each with what that was.

    Args:
        kept_from: the first kept day of what was pruned, by dataset or `MARTS`.
    """
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
