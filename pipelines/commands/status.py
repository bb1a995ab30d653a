"""What `portfolio status` tells of a home folder, before it is drawn: what is published, what is not, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from expectations.contract import DATASETS
from pipelines.commands.partition_states import Partitions
from pipelines.rules import rules_in_force
from pipelines.settings import Settings
from planning.buildable import plan_days
from planning.days import days_between
from planning.look_back import looked_back_on, required_snapshots
from storage.ledger.ledger import Ledger
from storage.ledger.states import find_stale_days, partition_states
from storage.reading.opening import MartSummary, NothingPublishedError, Row, open_publication

NOT_BUILT_YET = "not built yet"
BLOCKED = "blocked: "
"""Begins the cause of a day that a refused or held partition blocks."""


@dataclass(frozen=True)
class Published:
    """The current publication, as it was read."""

    facts: Row
    marts: Sequence[MartSummary]
    days: frozenset[date]


def read_published(serving: Path) -> Published | None:
    """The current publication; None where nothing is published."""
    try:
        with open_publication(serving) as marts:
            return Published(marts.publication(), marts.summaries(), frozenset(marts.days()))
    except NothingPublishedError:
        return None


def unpublished(
    settings: Settings, ledger: Ledger | None, known: Partitions, published: frozenset[date], newest: date
) -> dict[date, str]:
    """The as-of days from the first snapshot to `newest` that are not published, in order, each with the cause.

    A refused partition's days are named though they are published: they hold what was delivered before.
    """
    if known.first_snapshot is None:
        return {}
    first = max(known.first_snapshot, settings.first_date)
    if first > newest:
        return {}
    if ledger is None:
        return dict.fromkeys(days_between(first, newest), NOT_BUILT_YET)
    causes: dict[date, str] = {}
    states = partition_states(ledger, last=newest, published=published)
    plan = plan_days(first, newest, states, settings.max_snapshot_age_days)
    *needed, last = required_snapshots()
    waiting = frozenset().union(*(known.waiting(name) for name in required_snapshots()))
    for day in days_between(first, newest):
        window = days_between(day - timedelta(days=settings.max_snapshot_age_days), day)
        if day in plan.blocked:
            kept = "; the rows published before stay until the next run" if day in published else ""
            cause = f"{BLOCKED}{plan.blocked[day]} was refused{kept}"
        elif day in published or day in plan.pruned:
            continue
        elif day in plan.without_snapshot and waiting.isdisjoint(window):
            cause = f"no snapshot: {', '.join(needed)} and {last} of one partner are needed"
        else:
            cause = NOT_BUILT_YET
        causes[day] = cause
    return causes


def stale_days(settings: Settings, ledger: Ledger | None, published: Published | None) -> dict[date, str]:
    """The published days that would come out differently now, each with the cause."""
    if ledger is None:
        return {}
    days, since = (published.days, published.facts["published_at"]) if published else (frozenset(), None)
    provisional = published.facts.get("provisional_as_of_date") if published else None
    rules, max_age = rules_in_force(settings).by_name(), settings.max_snapshot_age_days
    return find_stale_days(ledger, days, since, rules, max_age, provisional)


def waits_for_published(known: Partitions, published: frozenset[date], settings: Settings) -> int:
    """How many landing partitions that published days look back on the next run reads."""
    if not published:
        return 0
    looked_at = looked_back_on(published, settings.max_snapshot_age_days)
    return sum(len(known.waiting(name).intersection(looked_at[name])) for name in DATASETS)
