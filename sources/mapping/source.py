"""The mapping as a source: it offers what the inbox has and landing has not, and delivers it."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

from sources.errors import SourceError
from sources.landing.folder import LandingFolder
from sources.landing.writing import put_in_partition
from sources.mapping.candidates import Eyes
from sources.mapping.identity import KnownFeed, known_feeds, rows_mark
from sources.mapping.inbox import content_of, list_inbox, untaken
from sources.mapping.loading import load_mapping
from sources.mapping.lookups import lookup_path
from sources.mapping.mapper import Account, MappedFile, map_file
from sources.mapping.memory import NO_FILE, as_date, load_delivered, load_looks, save_delivered, save_looks
from sources.mapping.model import Mapping
from sources.mapping.places import Carried, InboxState, MappingPlace
from sources.mapping.plan import Candidate, Wanted, left_by_others, wanted_files
from sources.mapping.surroundings import Surroundings
from sources.mapping.terms import delivers_terms, write_terms
from sources.readers.reading import attempt
from sources.source import Delivery, Offer, Source

_SAVED_AFTER_SECONDS = 2


class MappingSource(Source):
    """Exports in an inbox, brought into landing as a mapping file says."""

    name: ClassVar[str] = "mapping"

    def __init__(self, place: MappingPlace, landing: LandingFolder) -> None:
        self._place, self.landing = place, landing
        self.on_mapped: Callable[[Candidate, Account], None] = lambda one, account: None
        """Told what became of the rows of each file that was mapped."""
        self.unmapped: dict[str, str] = {}
        """Files that `deliver` could not map, with the cause."""
        self._saved_at = 0.0
        self._parsed: tuple[tuple[int, int, int], Mapping] | None = None

    def check(self) -> None:
        """Raise `SourceError` unless the mapping file can be read, and the inbox is a folder."""
        self._mapping()
        if not self._place.inbox.is_dir():
            raise SourceError(f"inbox {self._place.inbox} is no folder; make it, or name another one (PORTFOLIO_INBOX)")
        if self._place.terms is not None:
            files = list_inbox(self._place.inbox, waits=self._place.waits).files
            near = self._near(self._place.state)
            write_terms(self._feeds(), files, near, self._place.scratch, self._place.terms)

    def offers(self, dataset: str, first: date | None = None, last: date | None = None) -> Sequence[Offer]:
        """What is to be landed; a file that has no day is offered as of the last day that is over."""
        try:
            self.check()
            state = self.look()
        except SourceError:
            return ()
        found: dict[date, set[str]] = {}
        for wanted in state.wanted:
            if wanted.feed.feed.dataset == dataset:
                found.setdefault(wanted.day, set()).add(wanted.version)
        for one in state.candidates:
            if one.problem and one.feed.feed.dataset == dataset:
                found.setdefault(self._last_over(), set()).add(one.content[:12])
        return [
            Offer(dataset, day, "+".join(sorted(found[day])))
            for day in sorted(found)
            if (first or date.min) <= day <= (last or date.max)
        ]

    def deliver(self, offers: Sequence[Offer], note: Callable[[str], None]) -> Iterator[Delivery]:
        """Bring the days that are offered, and whatever else their files have; a file that can't be mapped is named."""
        asked = {(offer.dataset, offer.day) for offer in offers}
        state = self.look()
        for one in state.candidates:
            if one.problem and (one.feed.feed.dataset, self._last_over()) in asked:
                yield Delivery(one.feed.feed.dataset, self._last_over(), problem=_said(one, one.problem))
        broken: set[tuple[str, str]] = set()
        try:
            while True:
                before = len(broken)
                yield from self._deliver(state, asked, broken)
                if len(broken) == before:
                    return
                self._save(state)
                state = self.look(broken)  # where a newer file is broken, the one before it counts
        finally:
            self._save(state)

    def look(self, without: Collection[tuple[str, str]] = ()) -> InboxState:
        """What the inbox holds, compared with what was delivered.

        Args:
            without: files that are left out, as (feed, path).

        Raises:
            SourceError: the mapping or the inbox can't be read.
        """
        mapping, place = self._mapping(), self._place
        feeds = [feed for feed in self._feeds() if place.terms is None or not delivers_terms(feed)]
        listing = list_inbox(place.inbox, waits=place.waits)
        delivered, looks = load_delivered(place.state), load_looks(place.state)
        eyes = Eyes(self._near(place.state), place.scratch, delivered, looks, place.given_day)
        candidates = eyes.candidates(feeds, listing.files)
        if eyes.known != looks:
            with suppress(OSError):  # whoever may only read here looks again the next time
                save_looks(place.state, eyes.known)
        usable = [one for one in candidates if not one.problem and (one.feed.key, one.file.relative) not in without]
        wanted = wanted_files(usable, feeds, delivered, self._is_there, self._last_over())
        tables = [
            path
            for feed in mapping.feeds
            for column in feed.all_columns()
            for lookup in column.lookups()
            if (path := lookup_path(lookup, place.mapping.parent)) is not None
        ]
        left = untaken(listing.files, mapping.feeds, [*tables, place.mapping], place.inbox)
        return InboxState(feeds, listing, candidates, wanted, left, delivered)

    def carried(self) -> list[Carried]:
        """What was carried forward and no real file has replaced, newest snapshots of each feed last.

        That of feeds which are declared no more comes behind: it counts until something takes its place.
        """
        try:
            declared = {feed.key: feed.feed.files for feed in self._feeds()}
            delivered = load_delivered(self._place.state)
        except SourceError:
            return []
        found: dict[tuple[str, str, str], list[date]] = {}
        for key in [*declared, *sorted(delivered.datasets.keys() - declared.keys())]:
            for (day, _), known in delivered.of(key).items():
                if known.carried_from:
                    dataset = delivered.datasets[key]
                    files = declared.get(key, key.removeprefix(f"{dataset} "))
                    found.setdefault((dataset, files, known.carried_from), []).append(as_date(day))
        return [Carried(name, files, as_date(since), sorted(days)) for (name, files, since), days in found.items()]

    def nothing_to_start_from(self) -> str:
        """Where exports are expected."""
        return f"the inbox {self._place.inbox} holds no export of a snapshot that the mapping takes"

    def _deliver(
        self, state: InboxState, asked: Collection[tuple[str, date]], broken: set[tuple[str, str]]
    ) -> Iterator[Delivery]:
        groups: dict[tuple[str, str], list[Wanted]] = {}
        for wanted in state.wanted:
            relative = wanted.candidate.file.relative if wanted.candidate else f"carried {wanted.carried_from}"
            groups.setdefault((wanted.feed.key, relative), []).append(wanted)
        for group in groups.values():
            if not any((wanted.feed.feed.dataset, wanted.day) in asked for wanted in group):
                continue
            one = group[0].candidate
            if one is None:
                yield from self._carry(state, group)
                continue
            with self._place.scratch() as folder:
                mapped, problem = self._mapped(one, self._near(folder))
                if mapped is not None:
                    self.on_mapped(one, mapped.account)
                    yield from self._land(state, one, group, mapped)
                    continue
            broken.add((one.feed.key, one.file.relative))
            self.unmapped[one.file.relative] = problem or ""
            for wanted in group:
                yield Delivery(wanted.feed.feed.dataset, wanted.day, problem=_said(one, problem or ""))

    def _mapped(self, one: Candidate, near: Surroundings) -> tuple[MappedFile | None, str | None]:
        """The file, mapped; or what is wrong with it."""
        path = near.inbox / one.file.relative
        try:
            day = one.days[0] if one.feed.feed.day is None else None
            mapped, problem = attempt(lambda: map_file(one.feed.feed, one.file.relative, near, day), path.name)
            if mapped is not None and rows_mark(one.feed.feed, one.file.relative, content_of(path)) != one.content:
                return None, "changed while it was read; it is read again next time"
        except OSError as error:
            return None, f"cannot be read: {error.strerror}"
        return mapped, problem

    def _land(
        self, state: InboxState, one: Candidate, group: Sequence[Wanted], mapped: MappedFile
    ) -> Iterator[Delivery]:
        dataset, done = one.feed.feed.dataset, []
        for wanted in group:
            if wanted.day not in mapped.files:
                continue  # its rows were dropped, all of that day
            put_in_partition(self.landing.root, dataset, wanted.day, wanted.name, mapped.files[wanted.day])
            self._take_over(state, wanted, one.file.relative)
            rows = mapped.rows[wanted.day]
            state.delivered.put(one.feed.key, dataset, str(wanted.day), wanted.name, one.landed(rows=rows))
            done.append(Delivery(dataset, wanted.day, came=f"{one.file.relative}: {rows:,} rows"))
        for wanted in group:
            if wanted.day not in mapped.files:
                place = (one.feed.key, str(wanted.day), wanted.name)
                state.delivered.landed.setdefault(place, replace(one.landed(), rows=NO_FILE))
        self._save_now_and_then(state)
        yield from done

    def _carry(self, state: InboxState, group: Sequence[Wanted]) -> Iterator[Delivery]:
        for wanted in group:
            dataset, origin = wanted.feed.feed.dataset, wanted.carried_from
            known = state.delivered.landed.get((wanted.feed.key, str(origin), wanted.name))
            path = self.landing.root / dataset / str(origin) / wanted.name
            if known is None or not path.is_file():
                problem = f"the snapshot of {origin} that is to be carried did not come"
                yield Delivery(dataset, wanted.day, problem=problem)
                continue
            put_in_partition(self.landing.root, dataset, wanted.day, wanted.name, path)
            self._take_over(state, wanted, known.relative)
            landed = replace(known, carried_from=str(origin))
            state.delivered.put(wanted.feed.key, dataset, str(wanted.day), wanted.name, landed)
            self._save_now_and_then(state)
            yield Delivery(dataset, wanted.day, came=f"{known.relative} of {origin}, carried forward")

    def _take_over(self, state: InboxState, wanted: Wanted, relative: str) -> None:
        """Take away what feeds that are declared no more landed of a day in the place of what was landed now."""
        declared = {feed.key for feed in state.feeds}
        for key, name in left_by_others(state.delivered, declared, wanted.feed, wanted.day, relative):
            (self.landing.root / wanted.feed.feed.dataset / str(wanted.day) / name).unlink(missing_ok=True)
            del state.delivered.landed[key, str(wanted.day), name]

    def _save_now_and_then(self, state: InboxState) -> None:
        """What a killed process had not saved is delivered once more, and comes out the same."""
        if time.monotonic() - self._saved_at > _SAVED_AFTER_SECONDS:
            self._save(state)

    def _save(self, state: InboxState) -> None:
        if state.delivered.changed:
            save_delivered(self._place.state, state.delivered)
        self._saved_at = time.monotonic()

    def _is_there(self, dataset: str, day: date, name: str) -> bool:
        return (self.landing.root / dataset / str(day) / name).is_file()

    def _last_over(self) -> date:
        """The last day that is over: a file without a day is offered as of it, so that each run names it."""
        return self._place.today() - timedelta(days=1)

    def _mapping(self) -> Mapping:
        """The mapping file as it is now; parsed once while nobody writes to it."""
        try:
            facts = self._place.mapping.stat()
        except OSError:
            return load_mapping(self._place.mapping)  # says what is wrong
        key = facts.st_mtime_ns, facts.st_size, facts.st_ino
        if self._parsed is None or self._parsed[0] != key:
            self._parsed = key, load_mapping(self._place.mapping)
        return self._parsed[1]

    def _feeds(self) -> list[KnownFeed]:
        return known_feeds(self._mapping().feeds, self._place.mapping.parent)

    def _near(self, scratch: Path) -> Surroundings:
        place = self._place
        return Surroundings(place.inbox, place.mapping.parent, scratch, place.today(), place.limits, place.memory)


def _said(one: Candidate, problem: str) -> str:
    return f"{one.file.relative} {problem}"
