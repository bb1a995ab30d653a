"""How a home folder is, for programs that watch it: what `portfolio status` shows, judged.

Causes are without what tools quote, as in alerts: a monitoring system is read by others than the data is.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Literal

from pipelines.alerting.conditions import stale_data
from pipelines.commands.partition_states import Partitions, partitions
from pipelines.commands.status import (
    BLOCKED,
    Published,
    read_published,
    stale_days,
    unpublished,
    waits_for_published,
)
from pipelines.discreet import discreet
from pipelines.freshness import freshness_of
from pipelines.settings import Settings
from pipelines.sources import source_of
from planning.freshness import Freshness
from sources.errors import SourceError
from storage import clock
from storage.ledger.holds import held_partitions
from storage.ledger.ledger import Ledger

Kind = Literal["never_published", "held", "blocked", "refused", "stale_data", "stale_days", "provisional", "source"]


class State(IntEnum):
    """The states of a monitoring plugin, by exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True)
class Problem:
    """Something that is not as it should be, in one line."""

    state: State
    kind: Kind
    message: str


@dataclass(frozen=True)
class Health:
    """What is known of a home folder at one moment, worst problems first."""

    looked_at: datetime
    last_complete_day: date
    partitions: Partitions
    held: Mapping[tuple[str, date], str]
    """Held partitions and why."""
    published: Published | None
    freshness: Sequence[Freshness]
    unpublished: Mapping[date, str]
    """As-of days that are over and not published, or blocked, each with the cause."""
    stale: Mapping[date, str]
    waiting: int
    """Landing partitions that published days look back on, and that the next run reads."""
    problems: Sequence[Problem] = ()

    @property
    def state(self) -> State:
        """The worst problem's; OK where there is none."""
        return max((problem.state for problem in self.problems), default=State.OK)

    @property
    def blocked(self) -> list[date]:
        """The as-of days that refused or held partitions block, in order."""
        return [day for day, cause in self.unpublished.items() if cause.startswith(BLOCKED)]

    @property
    def provisional(self) -> date | None:
        """The published day that was built before it was over."""
        return self.published.facts.get("provisional_as_of_date") if self.published else None


def look(settings: Settings) -> Health:
    """Look at landing, ledger and publication, as they are while a run writes.

    Raises:
        StorageError: ledger or publication can't be read.
        SourceError: the landing folder can't be listed.
    """
    source, path, newest = source_of(settings), settings.folders.ledger, clock.last_complete_day()
    trouble = ""
    try:
        source.check()
    except SourceError as error:
        trouble = str(error)
    with Ledger(path, "look") if path.exists() else nullcontext() as ledger:
        known = partitions(ledger, source, newest)
        published = read_published(settings.folders.serving.path)
        days = published.days if published else frozenset()
        stale = stale_days(settings, ledger, published)
        found = Health(
            looked_at=clock.now(),
            last_complete_day=newest,
            partitions=known,
            held=held_partitions(ledger) if ledger else {},
            published=published,
            freshness=freshness_of(settings, ledger),
            unpublished=unpublished(settings, ledger, known, days, newest),
            stale={day: cause for day, cause in stale.items() if day <= newest},
            waiting=waits_for_published(known, frozenset(day for day in days if day <= newest), settings),
        )
    return judged(found, trouble)


def judged(found: Health, trouble: str = "") -> Health:
    """The same with its problems.

    Args:
        trouble: why the source can't be used, in one line.
    """
    problems = sorted(_problems(found, trouble), key=lambda problem: -problem.state)
    return Health(**{**vars(found), "problems": tuple(problems)})


def _problems(found: Health, trouble: str) -> Iterator[Problem]:
    if found.published is None:
        yield Problem(State.CRITICAL, "never_published", "nothing is published yet")
    for (dataset, day), cause in found.held.items():
        yield Problem(State.CRITICAL, "held", f"held: {dataset} {day}: {discreet(cause)}")
    if blocked := found.blocked:
        cause = discreet(found.unpublished[blocked[0]].removeprefix(BLOCKED))
        yield Problem(State.CRITICAL, "blocked", f"blocked: {_span(blocked)}: {cause}")
    for states in found.partitions.by_dataset.values():
        for refusal in states.refused:
            line = f"refused: {refusal.dataset} {refusal.partition_date}: {discreet(refusal.cause)}"
            yield Problem(State.WARNING, "refused", line)
    for condition in stale_data(found.freshness, found.last_complete_day):
        yield Problem(State.WARNING, "stale_data", condition.message)
    if found.stale:
        days = sorted(found.stale)
        yield Problem(State.WARNING, "stale_days", f"stale: {_span(days)}: {discreet(found.stale[days[0]])}")
    if found.provisional is not None:
        line = f"provisional: {found.provisional}: it was built before it was over (UTC)"
        yield Problem(State.WARNING, "provisional", line)
    if trouble:
        yield Problem(State.WARNING, "source", f"source: {discreet(trouble)}")


def _span(days: Sequence[date]) -> str:
    if len(days) == 1:
        return str(days[0])
    return f"{len(days):,} days, {days[0]} to {days[-1]}"
