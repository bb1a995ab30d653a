"""Which organisations' usage a run reads of which days: everything that is due, as far as a token may ask for calls.

Plain functions. Yesterday goes before the days that are read again, and those before older ones, of which an hour's
worth is read a day: a first run must not last for days.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sources.webex.usage_state import READ_DAYS, Kind, UsageState, kinds_within_reach

WINDOW = timedelta(hours=12)
"""The longest span of calls that Webex gives at a time."""
FRESH = timedelta(minutes=5)
"""Calls that ended later than so long ago can't be asked for."""
WINDOWS_A_DAY = 2
MINUTES_A_DAY, OLDER_MINUTES = 1440, 60
MOST_OLDER = 6000
"""Requests a day for calls of days before, however many a token may make: the newest days come first."""


@dataclass
class Work:
    """The days to read of an organisation."""

    meetings: set[date] = field(default_factory=set)
    calls: set[date] = field(default_factory=set)


@dataclass
class Plan:
    """What a run reads, by organisation, and what it leaves for want of requests."""

    work: dict[str, Work] = field(default_factory=dict)
    left_new: int = 0
    """Organisations whose calls of yesterday are not read."""
    left_again: int = 0
    """Organisations and days whose late calls are not looked for."""
    left_older: int = 0
    """Organisations and days before, whose calls are read by later runs."""
    past_midnight: bool = True
    """Whether calls of yesterday that ended today are looked for at once, and not only when the day is read again."""

    def leave(self, age: int) -> None:
        """Count an organisation and day, so many days ago, that is not read."""
        if age == 1:
            self.left_new += 1
        elif age <= READ_DAYS:
            self.left_again += 1
        else:
            self.left_older += 1

    def windows_of(self, day: date, today: date) -> set[datetime]:
        """Where the windows begin that are asked for to read a day."""
        windows = windows_of(day)
        return set(windows if self.past_midnight or (today - day).days > 1 else windows[:WINDOWS_A_DAY])


@dataclass(frozen=True)
class Organisations:
    """Who is to be asked (UUIDs)."""

    meetings: frozenset[str]
    """Those with a licence for meetings on a site."""
    calls: frozenset[str]
    """Those with a licence for calling."""
    unread: frozenset[str]
    """Those whose licences could not be read today; whatever they have is read later."""

    def of(self, kind: Kind) -> frozenset[str]:
        """Those with what a kind of usage needs."""
        return self.meetings if kind == "meetings" else self.calls


def plan_usage(
    state: UsageState,
    days: Collection[date],
    today: date,
    organisations: Organisations,
    *,
    calls: bool,
    per_minute: int,
) -> Plan:
    """What is read of the days, and the state's days begun.

    Args:
        calls: whether calls are read at all.
        per_minute: first requests for calls that a token may make in a minute.
    """
    plan = Plan()
    pairs: list[tuple[date, str]] = []
    for day in days:
        for kind in kinds_within_reach(day, today, calls=calls):
            for one in state.begin(kind, day, today, organisations.of(kind) | organisations.unread):
                if kind == "calls":
                    pairs.append((day, one))
                elif one not in organisations.unread:
                    plan.work.setdefault(one, Work()).meetings.add(day)
    _share_out(plan, pairs, organisations.unread, today, per_minute, state)
    return plan


def _share_out(
    plan: Plan, pairs: list[tuple[date, str]], unread: Collection[str], today: date, per_minute: int, state: UsageState
) -> None:
    """Give the requests that a token has left today to organisations and days, in order of their urgency.

    Those that are unread are read by the next run of the day; of older days, their share is kept for them.
    """
    left = MINUTES_A_DAY * per_minute - state.requests_on(today)
    left_older = min(OLDER_MINUTES * per_minute, MOST_OLDER)
    chosen = state.older[1] if state.older[0] == today else None
    older: set[tuple[date, str]] = set()
    taken: dict[str, set[datetime]] = {}
    newest = sum((today - day).days == 1 and one not in unread for day, one in pairs)
    plan.past_midnight = len(windows_of(today)) * newest <= left
    for day, one in sorted(pairs, key=lambda pair: (-pair[0].toordinal(), _turn(*pair))):
        age = (today - day).days
        asked = taken.setdefault(one, set())
        wanted = plan.windows_of(day, today)
        cost = len(wanted - asked)
        is_older = age > READ_DAYS
        may = (day, one) in chosen if is_older and chosen is not None else not is_older or cost <= left_older
        if one in unread:
            if may:
                asked |= wanted
            if is_older and may:
                left_older -= cost
                older.add((day, one))
        elif cost <= left and may:
            left -= cost
            if is_older:
                left_older -= cost
                older.add((day, one))
            asked |= wanted
            plan.work.setdefault(one, Work()).calls.add(day)
        else:
            plan.leave(age)
    if chosen is None:
        state.older = today, older


def windows_of(day: date) -> tuple[datetime, datetime, datetime]:
    """Where the windows begin in which calls of a day end: its halves, and the half day after midnight."""
    midnight = datetime.combine(day, time(), UTC)
    return midnight, midnight + WINDOW, midnight + 2 * WINDOW


def meeting_ranges(days: Collection[date], longest: int = 29) -> list[tuple[date, date]]:
    """The days in spans of at most `longest` days, each from its first to its last one."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and (day - found[-1][0]).days < longest:
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found


def _turn(day: date, organisation: str) -> str:
    """Another order each day, so that those who are left out are not the same ones."""
    return hashlib.sha256(f"{day} {organisation}".encode()).hexdigest()
