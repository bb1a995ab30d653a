"""What the people of an organisation did on a day: meetings and calls, drawn alike whenever they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

from sources.simulator import days
from sources.simulator.draws import Draws
from sources.simulator.webex.ids import uuid_of
from sources.simulator.webex.licences import Licence
from sources.simulator.webex.people import UNLICENSED, Person
from sources.simulator.webex.world import Organisation, World

_STREAM = 3_000_000
_ODDS_HOSTS, _ODDS_CALLS = 0.4, 0.5
_LATE = 0.04
"""Share of call records that come hours after the call."""
_DAY_SECONDS = 86_400
_EDGES = (0, 0, 1, _DAY_SECONDS - 1, _DAY_SECONDS - 1, _DAY_SECONDS - 120)
"""Seconds of a day at which windows meet."""


@dataclass(frozen=True, slots=True)
class Join:
    """A person in a meeting, from when until when; who rejoins has several."""

    email: str
    name: str
    joined: datetime
    left: datetime
    is_host: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that took place."""

    identity: str
    number: int
    title: str
    site: str
    start: datetime
    end: datetime
    host_email: str
    host_name: str
    joins: tuple[Join, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """One call record."""

    report_id: str
    call_id: str
    organisation: str
    user_uuid: str
    """Empty for a service."""
    user: str
    user_type: str
    direction: str
    start: datetime
    end: datetime
    answered: bool
    seen_from: datetime
    """When the feed has it."""
    is_repeated: bool
    """Whether the feed has it twice."""


@dataclass(frozen=True, slots=True)
class Events:
    """An organisation's day: what began on it."""

    meetings: tuple[Meeting, ...]
    legs: tuple[Leg, ...]


class Diary:
    """What was done in a world, by organisation and UTC day."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.on = lru_cache(maxsize=20_000)(self._on)
        """The events that began on a day (a day number) in an organisation; none on days that the world lacks."""

    def _on(self, org: Organisation, day: int) -> Events:
        if day not in self._world.days:
            return Events((), ())
        drawn = _Day(self._world, org, day)
        return Events(tuple(drawn.meetings()), tuple(drawn.legs()))


class _Day:
    def __init__(self, world: World, org: Organisation, day: int) -> None:
        self._world, self._org, self._day = world, org, day
        self._draws = Draws(world.seed, _STREAM, UUID(org.uuid).int >> 64, day)
        date = days.from_number(day)
        self._midnight = datetime.combine(date, time(), UTC)
        self._factor = days.activity_factor(date)

    def meetings(self) -> Iterator[Meeting]:
        for licence in self._used("EE"):
            site = licence.site or ""
            for number in self._active(licence, _ODDS_HOSTS):
                for turn in range(self._draws.between(1, 3)):
                    yield self._meeting(site, self._org.person(number), (licence.identity, number, turn))
            if self._world.odd and self._draws.chance(0.3):
                yield self._meeting(site, self._visitor(), (licence.identity, "visitor"))

    def legs(self) -> Iterator[Leg]:
        for licence in self._used("BCSTD"):
            for number in self._active(licence, _ODDS_CALLS):
                for turn in range(self._draws.between(1, 4)):
                    yield from self._call(self._org.person(number), (licence.identity, number, turn))
            if self._world.odd and self._draws.chance(0.3):
                yield from self._call(self._visitor(), (licence.identity, "visitor"))
            counts = licence.counts[self._day]
            if counts.workspaces and self._draws.chance(self._factor):
                yield self._leg(("place", licence.identity), "ORIGINATING", "Place", None, self._start(), "Lobby")
            if counts.users and self._draws.chance(self._factor):
                kind = self._draws.pick(("AutomatedAttendantVideo", "HuntGroup", "CallQueue"))
                yield self._leg(("service", licence.identity), "TERMINATING", kind, None, self._start(), kind)
                yield self._leg(("onward", licence.identity), "ORIGINATING", kind, None, self._start(), kind)

    def _used(self, code: str) -> Iterator[Licence]:
        for licence in self._org.licences_on(self._day):
            if licence.code == code and self._day in licence.in_use:
                yield licence

    def _active(self, licence: Licence, odds: float) -> list[int]:
        """Who of a licence's holders does something; in a world that is not odd, who holds it on all of the days."""
        numbers = licence.holders(self._day)
        if not self._world.odd:
            steady = min((len(licence.holders(day)) for day in self._world.days), default=0)
            numbers = numbers[:steady]
        return [number for number in numbers if self._draws.chance(odds * self._factor)]

    def _visitor(self) -> Person:
        """Somebody without a licence."""
        return self._org.person(UNLICENSED + self._draws.between(0, 2))

    def _start(self) -> datetime:
        draws = self._draws
        second = draws.pick(_EDGES) if draws.chance(0.05) else draws.between(5 * 3600, _DAY_SECONDS - 1)
        return self._midnight + timedelta(seconds=second)

    def _meeting(self, site: str, host: Person, parts: tuple[object, ...]) -> Meeting:
        draws, start = self._draws, self._start()
        end = start + timedelta(minutes=draws.between(5, 100))
        name = uuid_of("meeting", *parts, self._day).replace("-", "")
        email = host.email.upper() if draws.chance(0.2) else host.email
        return Meeting(
            identity=f"{name}_I_{int(name[:12], 16)}",
            number=int(name[12:19], 16),
            title=f'{host.name}\'s "weekly"',
            site=site,
            start=start,
            end=end,
            host_email=email,
            host_name=host.name,
            joins=tuple(self._joins(host, email, start, end)),
        )

    def _joins(self, host: Person, email: str, start: datetime, end: datetime) -> Iterator[Join]:
        draws = self._draws
        yield Join(email, host.name, start, end, is_host=True)
        for guest in range(draws.between(0, 3)):
            if draws.chance(0.3):
                address, name = f"guest.{guest}@outside.example", "A guest"
            else:
                person = self._org.person(draws.between(0, 9))
                address, name = person.email, person.name
            middle = start + (end - start) / 2
            if draws.chance(0.2):
                yield Join(address.upper(), name, middle, end, is_host=False)
                yield Join(address, name, start, middle, is_host=False)
            else:
                yield Join(address, name, middle, end, is_host=False)

    def _call(self, person: Person, parts: tuple[object, ...]) -> Iterator[Leg]:
        start = self._start()
        yield self._leg(("caller", *parts), "ORIGINATING", "User", person, start, person.name)
        if self._draws.chance(0.4):
            callee = self._org.person(self._draws.between(0, 9))
            yield self._leg(("callee", *parts), "TERMINATING", "User", callee, start, callee.name)

    def _leg(
        self, parts: tuple[object, ...], direction: str, kind: str, person: Person | None, start: datetime, user: str
    ) -> Leg:
        draws = self._draws
        end = start + timedelta(seconds=draws.between(1, 3000), milliseconds=draws.between(0, 999))
        late = timedelta(hours=draws.uniform(1, 23.9)) if draws.chance(_LATE) else timedelta(minutes=2)
        is_place = kind == "Place"
        return Leg(
            report_id=uuid_of("report", *parts, self._day),
            call_id=uuid_of("call", *parts[1:], self._day),
            organisation=self._org.uuid,
            user_uuid=person.uuid if person else uuid_of("place", *parts) if is_place else "",
            user=user,
            user_type=kind,
            direction=direction,
            start=start,
            end=end,
            answered=draws.chance(0.8),
            seen_from=end + late,
            is_repeated=draws.chance(0.03),
        )
