"""What an operator is to know of: a failed run, partitions that are not let in, data that is too old."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from expectations.results import RAW
from pipelines.discreet import discreet
from planning.buildable import plan_days
from planning.days import ranges
from planning.freshness import Freshness, late_partners
from planning.look_back import snapshot_datasets
from storage.alerts import Condition
from storage.ledger.holds import grouped, held_partitions, remarked_results
from storage.ledger.ledger import Ledger
from storage.ledger.states import partition_states

_SNAPSHOTS = frozenset(RAW + name for name in snapshot_datasets())
_NEWS_DAYS = 7
"""Partitions of the last days that are news; before, whoever looks finds them in `portfolio status`."""
_RUN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PARTITION = re.compile(r"\b([a-z_]+) (\d{4}-\d{2}-\d{2})\b")


def failed_run(cause: str) -> Condition:
    """The last run failed; the same cause with another run's id or other counts in it is no news."""
    state = re.sub(r"\d+", "0", _RUN_ID.sub("", cause))
    return Condition("run", "run", state, f"run failed: {discreet(cause)}", "a run succeeded again")


def failed_digest(cause: str) -> Condition:
    """The weekly digest did not reach everybody; another week's, or for another cause, is news."""
    return Condition("digest", "digest", cause, f"digest: {discreet(cause)}", "the digest was sent to everybody")


def withheld_partitions(ledger: Ledger, first_date: date, newest: date, max_snapshot_age_days: int) -> list[Condition]:
    """Each partition that was refused or is held, with the as-of days up to `newest` that it blocks.

    A repair that fails for another cause is news; another day that the same partition blocks is none.
    """
    withheld = {key: ("held", cause) for key, cause in held_partitions(ledger).items()}
    withheld |= {(one.dataset, one.partition_date): ("refused", one.cause) for one in ledger.refusals()}
    if not withheld:
        return []
    blocked: dict[tuple[str, date], list[date]] = {}
    first = max(min(day for _, day in withheld), first_date)
    plan = plan_days(first, newest, partition_states(ledger, last=newest), max_snapshot_age_days)
    for day, cause in plan.blocked.items():
        for dataset, partition in set(_PARTITION.findall(cause)):
            blocked.setdefault((dataset, date.fromisoformat(partition)), []).append(day)
    return [
        Condition(
            "partition",
            f"{dataset} {day}",
            f"{state}: {cause}",
            f"{state}: {dataset} {day}: {discreet(cause)}{_blocks(blocked.get((dataset, day), []))}",
            f"{dataset} {day} is no longer {state}",
        )
        for (dataset, day), (state, cause) in sorted(withheld.items())
    ]


def informing_checks(ledger: Ledger) -> list[Condition]:
    """Each check that would hold a snapshot of the last seven days, had it more to compare with.

    Usage of few rows comes and goes; `portfolio status` tells of that.
    What is found on several days is one condition: a portfolio that is always like this is no news every day.
    """
    newest = ledger.newest_partition()
    if newest is None:
        return []
    found = remarked_results(ledger, newest - timedelta(days=_NEWS_DAYS - 1), newest)
    return [
        Condition(
            "partition",
            f"{last.asset.removeprefix(RAW)} {last.check_name}",
            last.severity.value,
            f"informs: {last.asset.removeprefix(RAW)} {last.first_date}: check {last.check_name}: "
            f"{discreet(last.message)}{f'; and {len(group) - 1} more' if len(group) > 1 else ''}",
            f"check {last.check_name} of {last.asset.removeprefix(RAW)} found nothing in {_NEWS_DAYS} days",
        )
        for group in grouped(one for one in found if one.result.would_block and one.result.asset in _SNAPSHOTS)
        for last in [group[-1].result]
    ]


def stale_data(freshness: Iterable[Freshness], last_complete: date) -> list[Condition]:
    """The publication and the feeds that are older than their limits, and partners that are late with snapshots.

    A partner without usage for some days is nothing to report: a small one may have none.
    """
    rows = list(freshness)
    stale = [row for row in rows if row.partner_id is None and row.is_stale(last_complete)]
    stale += [row for row in late_partners(rows, last_complete) if row.dataset in snapshot_datasets()]
    return [
        Condition(
            "freshness",
            row.name,
            "stale",
            f"stale: {discreet(row.name)}: data as of {row.newest_date}, {row.age_days(last_complete)} days behind"
            f" (limit {row.max_age_days})",
            f"{discreet(row.name)}: fresh again",
        )
        for row in stale
    ]


def _blocks(days: Iterable[date]) -> str:
    spans = [str(first) if first == last else f"{first}…{last}" for first, last in ranges(days, longest=10**6)]
    return f"; blocks {', '.join(spans)}" if spans else ""
