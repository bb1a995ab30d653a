"""Run requests for ranges of as-of days; ranges that nothing can be built of are left out."""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from assets.resources import Workspace
from planning.days import ranges

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def range_tags(first: date, last: date) -> dict[str, str]:
    """The tags that give a run its partition range."""
    return {RANGE_START: first.isoformat(), RANGE_END: last.isoformat()}


def build_requests(workspace: Workspace, days: Sequence[date], longest: int, run_key: str) -> Iterator[dg.RunRequest]:
    """A request for each run of consecutive days, none longer than `longest`; days of a closed period are left out.

    Args:
        run_key: what the requests are for; Dagster runs the same one once.
    """
    closed_before = workspace.closed_before
    open_days = [day for day in days if closed_before is None or day >= closed_before]
    for first, last in ranges(open_days, longest):
        yield dg.RunRequest(run_key=f"{run_key} {first}…{last}", tags=range_tags(first, last))
