"""Which inbox files a mapping's feeds take, and of which days they are; what a look has found out is kept."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sources.mapping.identity import KnownFeed, rows_mark
from sources.mapping.inbox import InboxFile, content_of, taken
from sources.mapping.mapper import file_days, find_days
from sources.mapping.memory import Delivered, Look, as_date
from sources.mapping.plan import Candidate
from sources.mapping.surroundings import Surroundings
from sources.readers.errors import UnreadableFileError
from sources.readers.reading import attempt


@dataclass
class Eyes:
    """Looks at inbox files. One is read where that is the only way to its days, and once for each content and feed."""

    near: Surroundings
    """Without a scratch folder of its own."""
    scratch: Callable[[], AbstractContextManager[Path]]
    delivered: Delivered
    looks: Mapping[str, Look]
    """What was known before."""
    given: date | None
    """The day of files whose feed says of none."""
    known: dict[str, Look] = field(default_factory=dict)
    """What is known of the files that were looked at."""

    def candidates(self, feeds: Sequence[KnownFeed], files: Sequence[InboxFile]) -> list[Candidate]:
        """The files that feeds take, with their days or why they have none."""
        return [self._candidate(feed, file) for feed in feeds for file in taken(feed.feed, files)]

    def _candidate(self, feed: KnownFeed, file: InboxFile) -> Candidate:
        try:
            if file.relative not in self.known:
                self.known[file.relative] = self._look(file)
            look = self.known[file.relative]
            days, problem = self._days(feed, file, look)
        except OSError as error:
            return Candidate(feed, file, "", problem=f"cannot be read: {error.strerror}")
        return Candidate(feed, file, rows_mark(feed.feed, file.relative, look.content), tuple(days), problem)

    def _look(self, file: InboxFile) -> Look:
        before = self.looks.get(file.relative)
        if before is not None and before.facts == file.facts:
            return Look(before.facts, before.content, dict(before.days))
        content = content_of(self.near.inbox / file.relative)
        return Look(file.facts, content, dict(before.days) if before is not None and before.content == content else {})

    def _days(self, feed: KnownFeed, file: InboxFile, look: Look) -> tuple[list[date], str]:
        """A file's days, or else why it has none."""
        if self.given is None and (before := self._days_given_before(feed, file, look)):
            return before, ""
        key = f"{feed.fingerprint} {self.near.limits.digest()}, memory {self.near.memory}"
        remembered = look.days.get(key)
        if isinstance(remembered, list):
            return [day for text in remembered if (day := as_date(text)) <= self.near.today], ""
        if isinstance(remembered, str):
            return [], remembered
        try:
            days = file_days(feed.feed, file.relative, self.near, self.given)
        except UnreadableFileError as error:
            return [], str(error)
        if days is not None:
            if feed.feed.day is not None:
                look.days[key] = [str(day) for day in days]
            return days, ""
        with self.scratch() as folder:
            near = replace(self.near, scratch=folder)
            found, problem = attempt(lambda: find_days(feed.feed, file.relative, near), file.relative)
        if problem is None and not found:
            problem = "has no row with a day that can be read"
        look.days[key] = problem or [str(day) for day in found or ()]
        return found or [], problem or ""

    def _days_given_before(self, feed: KnownFeed, file: InboxFile, look: Look) -> list[date]:
        """The day that was given on the command line when the file was delivered."""
        if feed.feed.day is not None or (feed.feed.history is not None and feed.feed.history.makes_days):
            return []
        mark = rows_mark(feed.feed, file.relative, look.content)
        return [
            as_date(day)
            for (day, _), known in self.delivered.of(feed.key).items()
            if (known.relative, known.content) == (file.relative, mark) and not known.carried_from
        ]
