"""The seam between data and pipeline: a source says what it can deliver, and delivers it into its landing folder.

docs/sources.md says how to add one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, final

from sources.landing.folder import LandingFolder


@dataclass(frozen=True)
class Offer:
    """A partition that a source can deliver now: landing lacks it, or holds an older version of it."""

    dataset: str
    day: date
    version: str = ""
    """What tells it from an earlier offer of the partition: a file's size and time, say. A delivery that failed is
    tried again by itself when this has changed; a word without blanks or secrets."""


@dataclass(frozen=True)
class Delivery:
    """What became of an offer: the partition lies in landing, or there is a problem and landing is as it was."""

    dataset: str
    day: date
    came: str = ""
    """What came, in one line: files, rows, what was left out."""
    problem: str = ""
    """Why nothing came, in one line; empty where the partition came."""
    nothing: str = ""
    """Why there was nothing to bring, in one line: landing is as it was, and that is no problem."""


class Source(ABC):
    """Where raw data comes from. Commands and runs make their own; what it must remember is in files."""

    name: ClassVar[str]
    """What `PORTFOLIO_SOURCE` calls it."""

    landing: LandingFolder
    """Where its partitions lie, and what ingestion reads."""

    @abstractmethod
    def check(self) -> None:
        """Raise `SourceError` where it can't be used at all: a setting or a folder. It asks nobody over a network."""

    @abstractmethod
    def offers(self, dataset: str, first: date | None = None, last: date | None = None) -> Sequence[Offer]:
        """The partitions of first..last (UTC days; None: no limit) that `deliver` would bring now, by day.

        What lies in landing as the source has it is none, nor is anything while `check` raises. Asked for by each
        command and every five minutes: it has to be cheap.
        """

    @abstractmethod
    def deliver(self, offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
        """Bring the offered partitions into landing, each whole or not at all, and say what became of each.

        It may bring partitions that nobody asked for, and says so of them too. What fails for one partition is that
        delivery's problem, and the next one is brought; `SourceError` ends the whole.

        Args:
            note: told, in one line, what whoever waits should know meanwhile.
        """

    @final
    def days(self, dataset: str) -> list[date]:
        """The days of a dataset that landing holds or that are offered, in order."""
        return sorted({*self.landing.days(dataset), *(offer.day for offer in self.offers(dataset))})

    def newest_day(self, today: date) -> date:
        """The newest as-of day that it is for: commands without dates, schedule and sensor go up to it.

        Yesterday, where a day's snapshots come once it is over; today, where they are of the day itself.

        Args:
            today: the UTC day that is not over.
        """
        return today - timedelta(days=1)

    def nothing_to_start_from(self) -> str:
        """What is to be said where there is no snapshot of any day, in one line."""
        return f"source {self.name} offers no snapshot partition, and {self.landing.root} holds none"
