"""What took place on a site: /meetingReports/usage and /meetingReports/attendees."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sources.simulator import days
from sources.simulator.webex.behaviour import Behaviour
from sources.simulator.webex.events import Diary, Join, Meeting
from sources.simulator.webex.messages import ProblemError, Reply, Request, offset_of, paged
from sources.simulator.webex.world import Organisation, World

_WEEK, _MONTH, _QUARTER = timedelta(days=7), timedelta(days=30), timedelta(days=90)
_SERVICES = ("MeetingCenter", "EventCenter", "SupportCenter", "TrainingCenter")


class MeetingReports:
    """Answers what is asked of meetings that have ended."""

    def __init__(self, world: World, diary: Diary, behaviour: Behaviour) -> None:
        self._world, self._diary, self._behaviour = world, diary, behaviour

    def usage(self, request: Request, now: datetime) -> Reply:
        """A site's meetings that began from `from` to `to`, newest first; all of them are of MeetingCenter."""
        first, last = _between(request, now)
        if request.query.get("serviceType", _SERVICES[0]) not in _SERVICES:
            raise ProblemError(400, "serviceType is not one of the allowed values")
        zone = _zone(request)
        found = [
            _usage(meeting, zone)
            for org, site in self._sites(request)
            for meeting in self._meetings(org, site, first, last, now)
            if request.query.get("serviceType", _SERVICES[0]) == _SERVICES[0]
        ]
        found.sort(key=lambda item: (datetime.fromisoformat(item["start"]), item["meetingId"]), reverse=True)
        return self._page(request, found)

    def attendees(self, request: Request, now: datetime) -> Reply:
        """Who was in a meeting, a row a time, last joined first."""
        first, last = _between(request, now)
        asked: Callable[[Meeting], bool]
        query = request.query
        if "meetingId" in query:
            asked = lambda meeting: meeting.identity == query["meetingId"]  # noqa: E731
        elif "meetingNumber" in query:
            asked = lambda meeting: str(meeting.number) == query["meetingNumber"]  # noqa: E731
        elif "meetingTitle" in query:
            asked = lambda meeting: meeting.title == query["meetingTitle"]  # noqa: E731
        else:
            raise ProblemError(400, "one of meetingId, meetingNumber and meetingTitle is required")
        zone = _zone(request)
        rows = [
            (meeting, join)
            for org, site in self._sites(request)
            for meeting in self._meetings(org, site, first - timedelta(days=1), last, now)
            if asked(meeting)
            for join in meeting.joins
            if first <= join.joined <= last
        ]
        rows.sort(key=lambda row: (row[0].start, row[0].identity, row[1].joined, row[1].email), reverse=True)
        return self._page(request, [self._attendee(meeting, join, zone) for meeting, join in rows])

    def _sites(self, request: Request) -> list[tuple[Organisation, str]]:
        """The site that is asked for. A next page whose site was lost is of every site of some organisation."""
        site = request.query.get("siteUrl")
        if site is None and "cursor" in request.query:
            org = next(org for org in self._world.organisations.values() if org.sites)
            return [(org, site) for site in org.sites]
        if site is None:
            raise ProblemError(400, "siteUrl is required")
        if site not in self._world.sites:
            raise ProblemError(403, "The site is not one of the caller's.")
        return [(self._world.sites[site], site)]

    def _meetings(self, org: Organisation, site: str, first: datetime, last: datetime, now: datetime) -> list[Meeting]:
        return [
            meeting
            for day in range(days.number(first.date()), days.number(last.date()) + 1)
            for meeting in self._diary.on(org, day).meetings
            if meeting.site == site and first <= meeting.start <= last and meeting.end <= now
        ]

    def _page(self, request: Request, rows: list[dict[str, Any]]) -> Reply:
        size = request.number("max", 10)
        if not 1 <= size <= 1000:
            raise ProblemError(400, "max must be greater than 0 and equal to or less than 1000")
        size = min(size, self._behaviour.meeting_page)
        start = offset_of(request.query.get("cursor", "after-0"))
        items = rows[start : start + size]
        following = {"cursor": f"after-{start + size}"} if start + size < len(rows) else None
        before = rows[start - 1] if 0 < start <= len(rows) else None
        return paged(request, {"items": items}, items, before, following, "siteUrl", "from", "to")

    def _attendee(self, meeting: Meeting, join: Join, zone: tzinfo) -> dict[str, Any]:
        role = "host" if join.is_host else "attendee"
        return {
            "meetingId": meeting.identity,
            "meetingNumber": meeting.number,
            "meetingTitle": meeting.title,
            "displayName": join.name,
            "email": join.email,
            "joinedTime": _text(join.joined, zone),
            "leftTime": _text(join.left, zone),
            "duration": _minutes(join.joined, join.left),
            "participantType": role.upper() if self._behaviour.spells_roles_large else role,
            "clientAgent": "WINDOWS,Teams",
            "registered": False,
            "invited": join.is_host,
        }


def _usage(meeting: Meeting, zone: tzinfo) -> dict[str, Any]:
    people = len({join.email.lower() for join in meeting.joins})
    minutes = _minutes(meeting.start, meeting.end)
    return {
        "meetingId": meeting.identity,
        "meetingNumber": str(meeting.number),
        "meetingTitle": meeting.title,
        "start": _text(meeting.start, zone),
        "end": _text(meeting.end, zone),
        "duration": minutes,
        "scheduledType": "meeting",
        "hostDisplayName": meeting.host_name,
        "hostEmail": meeting.host_email,
        "totalPeopleMinutes": minutes * people,
        "totalVoipMinutes": minutes * people,
        "totalParticipants": people,
        "totalParticipantsVoip": people,
        "peakAttendee": people,
        "serviceType": _SERVICES[0],
        "trackingCodes": [{"name": "Department", "value": "Engineering"}],
    }


def _between(request: Request, now: datetime) -> tuple[datetime, datetime]:
    """The times that are asked for, by the documented defaults; 400 beyond the limits."""
    given = {name: _time(request.query[name], name) for name in ("from", "to") if name in request.query}
    first = given.get("from", given.get("to", now) - _WEEK)
    last = given.get("to", first + _WEEK if "from" in given else now)
    if last < first:
        raise ProblemError(400, "from cannot be after to")
    if last - first > _MONTH:
        raise ProblemError(400, "the interval between to and from cannot exceed 30 days")
    if first < now - _QUARTER:
        raise ProblemError(400, "from cannot be earlier than 90 days ago")
    return first, last


def _time(text: str, name: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ProblemError(400, f"{name} is not in ISO 8601 format") from None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _zone(request: Request) -> tzinfo:
    """The zone of the `timezone` header; UTC by default."""
    try:
        return ZoneInfo(request.headers.get("timezone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        raise ProblemError(400, "timezone is not valid") from None


def _text(time: datetime, zone: tzinfo) -> str:
    return time.astimezone(zone).isoformat(timespec="seconds").replace("+00:00", "Z")


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)
