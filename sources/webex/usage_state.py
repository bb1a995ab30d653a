"""Which days' usage was read when, and of which organisations it is still to be read: a file of the memory folder.

It names organisations and no person. What was landed is not here but in landing: losing this file doubles nothing.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from planning.days import days_between
from sources.small_files import read_json, replacing_text

Kind = Literal["meetings", "calls"]
REACH: Mapping[Kind, int] = {"meetings": 89, "calls": 29}
"""How many days back Webex tells of whole days."""
_VERSION = 2
READ_DAYS = 3
"""On how many days after it a day is read: the first, and two more for what comes late."""


@dataclass
class DayState:
    """A day's usage of one kind."""

    read_on: date
    """The day of the newest reading."""
    pending: set[str]
    """Organisations that it has not come to yet, or that failed."""


@dataclass
class UsageState:
    """All days within reach."""

    file: Path
    partner: str = ""
    days: dict[tuple[Kind, date], DayState] = field(default_factory=dict)
    first_requests: tuple[date, int] = (date.min, 0)
    """First requests for calls that were made on the day."""
    older: tuple[date, set[tuple[date, str]]] = (date.min, set())
    """The days and organisations before, whose calls are read on the day: runs that follow each other read the same."""
    said: Mapping[str, Any] = field(default_factory=dict)
    """What there is to say of what the newest day's runs have read: saved with it, it counts nothing twice or never."""

    def is_due(self, kind: Kind, day: date, today: date) -> bool:
        """Whether a day is to be read, wholly or for some organisations."""
        known = self.days.get((kind, day))
        return known is None or known.read_on < reading_day(day, today) or bool(known.pending)

    def due_days(self, today: date, *, calls: bool) -> Iterator[date]:
        """The days of which something is to be read, in order."""
        for day in days_between(today - timedelta(days=max(REACH.values())), today - timedelta(days=1)):
            if any(self.is_due(kind, day, today) for kind in kinds_within_reach(day, today, calls=calls)):
                yield day

    def begin(self, kind: Kind, day: date, today: date, organisations: Collection[str]) -> set[str]:
        """The organisations to read a day of: all of them where the day is due, or those that are pending."""
        known = self.days.get((kind, day))
        if known is None or known.read_on < reading_day(day, today):
            known = self.days[kind, day] = DayState(today, set(organisations))
        known.pending &= set(organisations)
        return known.pending

    def done(self, kind: Kind, day: date, organisation: str) -> None:
        """An organisation's day lies in landing."""
        self.days[kind, day].pending.discard(organisation)

    def pending(self, day: date) -> set[str]:
        """The organisations of which something of a day is still to be read."""
        return set().union(*(one.pending for (_, of), one in self.days.items() if of == day))

    def all_pending(self) -> set[str]:
        """The organisations of which anything is still to be read."""
        return set().union(*(one.pending for one in self.days.values()))

    def requests_on(self, today: date) -> int:
        """First requests for calls that were made today."""
        return self.first_requests[1] if self.first_requests[0] == today else 0

    def save(self, today: date) -> None:
        """Write the file; days out of reach are left out."""
        kept = {key: one for key, one in self.days.items() if (today - key[1]).days <= REACH[key[0]]}
        named = sorted(set().union(*(one.pending for one in kept.values()), (one for _, one in self.older[1])))
        number = {one: place for place, one in enumerate(named)}  # of thousands, each is pending on a hundred days
        fields: dict[str, Any] = {
            "version": _VERSION,
            "partner": self.partner,
            "first_requests": [self.first_requests[0].isoformat(), self.first_requests[1]],
            "organisations": named,
            "older": [self.older[0].isoformat(), sorted([day.isoformat(), number[one]] for day, one in self.older[1])],
            "days": [
                [kind, day.isoformat(), one.read_on.isoformat(), sorted(number[each] for each in one.pending)]
                for (kind, day), one in sorted(kept.items())
            ],
            "said": self.said,
        }
        replacing_text(self.file, json.dumps(fields) + "\n")


def reading_day(day: date, today: date) -> date:
    """The day on which, or after which, a day has to have been read by now."""
    return min(today, day + timedelta(days=READ_DAYS))


def kinds_within_reach(day: date, today: date, *, calls: bool) -> list[Kind]:
    """What Webex still tells of a day that is over."""
    kinds: list[Kind] = ["meetings", "calls"] if calls else ["meetings"]
    return [kind for kind in kinds if 1 <= (today - day).days <= REACH[kind]]


def usage_state(file: Path) -> UsageState:
    """What the file says; nothing was ever read where there is none, or another version's."""
    found = read_json(file)
    if found.get("version") != _VERSION:
        return UsageState(file)
    state = UsageState(file, found["partner"], said=found["said"])
    named = found["organisations"]
    for kind, day, read_on, pending in found["days"]:
        waiting = {named[number] for number in pending}
        state.days[kind, date.fromisoformat(day)] = DayState(date.fromisoformat(read_on), waiting)
    chosen_on, pairs = found["older"]
    state.older = date.fromisoformat(chosen_on), {(date.fromisoformat(day), named[number]) for day, number in pairs}
    day, count = found["first_requests"]
    state.first_requests = date.fromisoformat(day), int(count)
    return state
