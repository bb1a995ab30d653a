"""What is to be landed: the inbox as it lies there, compared with what was delivered. Nothing is written."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sources.mapping.identity import KnownFeed
from sources.mapping.inbox import InboxFile, taken_names
from sources.mapping.memory import NO_FILE, Delivered, Landed, as_date
from sources.mapping.placing import carried_days


@dataclass(frozen=True)
class Candidate:
    """An inbox file that a feed takes, with its days."""

    feed: KnownFeed
    file: InboxFile
    content: str
    """As of `rows_mark`."""
    days: tuple[date, ...] = ()
    problem: str = ""
    """Why it has no days."""

    def landed(self, carried_from: str = "", rows: int = 0) -> Landed:
        """What is remembered of a landing file that came from it."""
        return Landed(self.file.relative, self.content, self.feed.fingerprint, self.file.mtime_ns, carried_from, rows)


@dataclass(frozen=True)
class Wanted:
    """A landing file that is to be written: of a candidate, or a copy of an earlier day's."""

    feed: KnownFeed
    day: date
    name: str
    candidate: Candidate | None = None
    carried_from: date | None = None

    @property
    def version(self) -> str:
        """Changes when there is something new to try."""
        return self.candidate.content[:12] if self.candidate else f"carried-{self.carried_from}"


IsThere = Callable[[str, date, str], bool]
"""Whether landing has a file: dataset, day, name."""


def wanted_files(
    candidates: Sequence[Candidate],
    feeds: Sequence[KnownFeed],
    delivered: Delivered,
    is_there: IsThere,
    last_over: date,
) -> list[Wanted]:
    """What is to be written, real files first, in the order of their inbox files' times."""
    found = []
    for feed in feeds:
        own = sorted((one for one in candidates if one.feed.key == feed.key), key=lambda one: one.file.age_order)
        landed = delivered.of(feed.key)
        if feed.feed.replaces:
            found += _snapshots(feed, own, landed, is_there)
        else:
            replaced = {(day, content) for key, day, content in delivered.replaced if key == feed.key}
            found += _usage(feed, own, landed, replaced, is_there)
        history = feed.feed.history
        if history is not None and history.carry_days is not None:
            found += _carried(feed, own, landed, is_there, history.carry_days, last_over)
    return sorted(found, key=_in_order)


def _in_order(wanted: Wanted) -> tuple[bool, tuple[int, str], str, date]:
    age = wanted.candidate.file.age_order if wanted.candidate else (0, "")
    return wanted.candidate is None, age, wanted.feed.key, wanted.day


def _snapshots(
    feed: KnownFeed, own: Sequence[Candidate], landed: Mapping[tuple[str, str], Landed], is_there: IsThere
) -> list[Wanted]:
    """Of each day the newest file, unless what is landed is newer or the same."""
    newest = {day: one for one in own for day in one.days}  # older ones come first
    name = feed.target("")
    wanted = []
    for day, one in newest.items():
        known = landed.get((str(day), name))
        if known is None or known.carried_from or _is_gone(known, feed, day, name, is_there):
            wanted.append(Wanted(feed, day, name, one))
            continue
        same = (known.content, known.fingerprint) == (one.content, feed.fingerprint)
        if not same and not _is_older(one, known):
            wanted.append(Wanted(feed, day, name, one))
    return wanted


def _is_older(one: Candidate, known: Landed) -> bool:
    """Whether a file is older than the other one that was landed."""
    return one.file.relative != known.relative and one.file.age_order < (known.mtime_ns, known.relative)


def _usage(
    feed: KnownFeed,
    own: Sequence[Candidate],
    landed: Mapping[tuple[str, str], Landed],
    replaced: Collection[tuple[str, str]],
    is_there: IsThere,
) -> list[Wanted]:
    """Of each day every file; of files with the same content one: a copy under another name adds nothing."""
    holders: dict[tuple[date, str], str] = {
        (as_date(day), known.content): known.relative for (day, _), known in landed.items()
    }
    wanted = []
    for one in own:
        name = feed.target(one.file.relative)
        for day in one.days:
            if holders.setdefault((day, one.content), one.file.relative) != one.file.relative:
                continue
            known = landed.get((str(day), name))
            if known is None and (str(day), one.content) in replaced:
                continue
            same = known is not None and (known.content, known.fingerprint) == (one.content, feed.fingerprint)
            if not same or _is_gone(known, feed, day, name, is_there):
                wanted.append(Wanted(feed, day, name, one))
    return wanted


def _is_gone(known: Landed | None, feed: KnownFeed, day: date, name: str, is_there: IsThere) -> bool:
    """Whether landing lacks a file that was delivered; one that had no row to land is not missed."""
    return known is None or (known.rows != NO_FILE and not is_there(feed.feed.dataset, day, name))


def _carried(
    feed: KnownFeed,
    own: Sequence[Candidate],
    landed: Mapping[tuple[str, str], Landed],
    is_there: IsThere,
    carry_days: int,
    last_over: date,
) -> list[Wanted]:
    """Days after a snapshot that have none of their own: copies of the newest before, as it will be landed."""
    name = feed.target("")
    real = {as_date(day): known for (day, _), known in landed.items() if not known.carried_from}
    for one in own:  # older ones come first
        for day in one.days:
            if day not in real or not _is_older(one, real[day]):
                real[day] = one.landed()
    origins: dict[date, date] = {}
    for day in sorted(real):
        origins |= dict.fromkeys(carried_days(day, carry_days, last_over), day)
    wanted = []
    for day, origin in sorted(origins.items()):
        if day in real:
            continue
        there, source = landed.get((str(day), name)), real[origin]
        as_it_is = (there.carried_from, there.content, there.fingerprint) if there else ()
        same = as_it_is == (str(origin), source.content, source.fingerprint)
        if not same or _is_gone(there, feed, day, name, is_there):
            wanted.append(Wanted(feed, day, name, None, origin))
    return wanted


def left_by_others(
    delivered: Delivered, declared: Collection[str], feed: KnownFeed, day: date, relative: str
) -> list[tuple[str, str]]:
    """Landing files of a day, as (feed, name), that a feed takes over: no feed that is declared writes them any more.

    Such are those of the same inbox file; and of any that the feed takes, where they were carried to the day, or where
    the newest file is the day.
    """
    left = {
        (key, name): known
        for (key, of, name), known in delivered.landed.items()
        if of == str(day)
        and delivered.datasets.get(key) == feed.feed.dataset
        and (key not in declared or (key == feed.key and name != feed.target(known.relative)))
    }
    own = taken_names(feed.feed, [known.relative for known in left.values()])
    return [
        place
        for place, known in left.items()
        if known.relative == relative or (known.relative in own and (feed.feed.replaces or known.carried_from))
    ]
