"""Where a mapping's files are, and what is seen of its inbox."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sources.mapping.identity import KnownFeed
from sources.mapping.inbox import InboxFile, Listing
from sources.mapping.memory import Delivered
from sources.mapping.plan import Candidate, Wanted
from sources.readers.limits import ReadLimits


@dataclass(frozen=True)
class MappingPlace:
    """Where the mapping and its files are, and how much they may take."""

    mapping: Path
    """The mapping file."""
    inbox: Path
    state: Path
    """A folder for what it remembers."""
    scratch: Callable[[], AbstractContextManager[Path]]
    """Gives an empty folder for what is written meanwhile."""
    limits: ReadLimits
    memory: int
    """Bytes that may be used."""
    today: Callable[[], date]
    """The UTC day that is not over."""
    given_day: date | None = None
    """The day of files whose feed says of none."""
    waits: bool = True
    """Whether files that changed just now wait."""
    terms: Path | None = None
    """Where the feeds of subscriptions go, as a contract file for the source beside this one; None: to landing."""


@dataclass(frozen=True)
class InboxState:
    """What the inbox holds, and what is to be done with it."""

    feeds: Sequence[KnownFeed]
    listing: Listing
    candidates: Sequence[Candidate]
    wanted: Sequence[Wanted]
    untaken: Sequence[InboxFile]
    """Files that no feed takes."""
    delivered: Delivered

    @property
    def not_looked_at(self) -> dict[str, str]:
        """Files of which nothing is read, with the cause."""
        return {
            **{file.relative: "no feed's `files` matches it" for file in self.untaken},
            **{file.relative: "waits: it may still be written; run again in a minute" for file in self.listing.waiting},
            **dict(self.listing.unusable),
        }

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Files that have no day, with the cause."""
        return [(one.file.relative, one.problem) for one in self.candidates if one.problem]


@dataclass(frozen=True)
class Carried:
    """Partitions that hold an earlier day's snapshot of a feed."""

    dataset: str
    files: str
    """The feed's pattern."""
    since: date
    """The day of the snapshot."""
    days: Sequence[date]
