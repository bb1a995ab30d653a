"""Run requests for ranges of as-of days; ranges that nothing can be built of are left out."""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from assets.resources import Workspace
from planning.days import ranges

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
DAYS = "days"
"""The tag that names a run's days in lists of runs: the web interface shows none of Dagster's own there."""


def range_tags(first: date, last: date) -> dict[str, str]:
    """The tags that give a run its partition range, and name it."""
    return {RANGE_START: first.isoformat(), RANGE_END: last.isoformat(), DAYS: named_days(str(first), str(last))}


def named_days(first: str, last: str) -> str:
    """A range of days in as few letters as say it: of the last, the year and month that differ. Lists have little room.

    Such as 2026-03-01, 2026-03-01…31, 2026-03-01…05-20, 2025-12-01…2026-01-31.
    """
    if first == last:
        return first
    year, month = (first[:end] == last[:end] for end in (4, 7))
    return f"{first}…{last[8:] if month else last[5:] if year else last}"


def build_requests(workspace: Workspace, days: Sequence[date], longest: int, run_key: str) -> Iterator[dg.RunRequest]:
    """A request for each run of consecutive days, none longer than `longest`; days of a closed period are left out.

    Args:
        run_key: what the requests are for; Dagster runs the same one once.
    """
    closed_before = workspace.closed_before
    open_days = [day for day in days if closed_before is None or day >= closed_before]
    for first, last in ranges(open_days, longest):
        yield dg.RunRequest(run_key=f"{run_key} {first}…{last}", tags=range_tags(first, last))
