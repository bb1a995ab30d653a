"""Calling detail records: /cdr_feed of a region."""

import re
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sources.simulator import days
from sources.simulator.webex.behaviour import Behaviour
from sources.simulator.webex.directory import Directory
from sources.simulator.webex.events import Diary, Leg
from sources.simulator.webex.ids import encoded
from sources.simulator.webex.messages import Page, ProblemError, Reply, Request, address_of
from sources.simulator.webex.world import World

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_SPAN, _OLDEST, _NEWEST = timedelta(hours=12), timedelta(days=30), timedelta(minutes=5)
_FIRST_A_MINUTE, _FURTHER_A_MINUTE = 1, 10
_CURSOR = ("startTimeForNextFetch",)


class CallRecords:
    """Answers what is asked of calls, by the time at which they ended."""

    def __init__(self, world: World, diary: Diary, behaviour: Behaviour, directory: Directory) -> None:
        self._world, self._diary, self._behaviour, self._directory = world, diary, behaviour, directory
        self._lock = threading.Lock()
        self._asked: dict[tuple[str, bool], list[float]] = {}

    def feed(self, request: Request, region: str, now: datetime) -> Reply:
        """A page of the records of calls that ended from startTime to before endTime and that came by now."""
        following = request.query.get("startTimeForNextFetch")
        self._limit(request.headers.get("authorization", ""), is_first=following is None)
        first, last = _time(request, "startTime"), _time(request, "endTime")
        if last <= first or last - first > _SPAN:
            raise ProblemError(400, "startTime and endTime must be in order and at most 12 hours apart")
        if first < now - _OLDEST or last > now - _NEWEST:
            raise ProblemError(400, "startTime and endTime must be between 5 minutes and 30 days ago")
        begin = first if following is None else _time(request, "startTimeForNextFetch")
        least, most = self._behaviour.record_page
        size = min(max(request.number("max", least), least), most)
        legs = self._legs(request, region, first, last, now, is_next=following is not None)
        start = sum(leg.end < begin for leg in legs)
        end = start + size
        while start < end < len(legs) and legs[end].end == legs[end - 1].end:
            end += 1  # the next page begins at a time, so that none may be cut in two
        items = [_record(leg) for leg in legs[start:end]]
        before = _record(legs[start - 1]) if start else None
        return self._page(request, items, before, legs[end].end if end < len(legs) else None)

    def _legs(
        self, request: Request, region: str, first: datetime, last: datetime, now: datetime, *, is_next: bool
    ) -> list[Leg]:
        org = self._organisation(request, region, now, is_next=is_next)
        if org is None:
            return []
        begun = range(days.number(first.date()) - 1, days.number(last.date()) + 1)
        legs = [
            leg
            for day in begun
            for leg in self._diary.on(self._world.organisations[org], day).legs
            if first <= leg.end < last and leg.seen_from <= now
            for _ in range(1 + leg.is_repeated)
        ]
        return sorted(legs, key=lambda leg: (leg.end, leg.report_id))

    def _organisation(self, request: Request, region: str, now: datetime, *, is_next: bool) -> str | None:
        """Whose records: the organisation that is named; None for the partner's own, which makes no calls.

        A next page whose `orgId` was lost gives another organisation's.
        """
        identity = request.query.get("orgId")
        if identity is None and is_next:
            return next(iter(self._world.organisations))
        if identity is None or not self._behaviour.records_by_organisation:
            return None
        if identity == encoded("ORGANIZATION", self._world.partner):
            return None
        org = self._directory.customer(identity, now.date())
        home = self._behaviour.regions.get(org.uuid, "us")
        if home != region:
            raise OtherRegionError(home)
        return org.uuid

    def _page(self, request: Request, items: list[Any], before: Any, following: datetime | None) -> Reply:
        here = request.base + request.address
        headers, address = {}, None
        if following is not None:
            query = {**request.query, "startTimeForNextFetch": _text(following)}
            query.setdefault("orgId", encoded("ORGANIZATION", self._world.partner))
            address = request.base + address_of(request.path, query)
            headers["Link"] = f'<{address}>; rel="next"'
        return Reply({"items": items}, headers=headers, page=Page(items, before, here, address, ("orgId",), _CURSOR))

    def _limit(self, token: str, *, is_first: bool) -> None:
        """429 for a token that asked often enough within the last minute."""
        if not self._behaviour.records_limited:
            return
        most = _FIRST_A_MINUTE if is_first else _FURTHER_A_MINUTE
        now, minute = time.monotonic(), self._behaviour.minute_seconds
        with self._lock:
            asked = [then for then in self._asked.get((token, is_first), []) if then > now - minute]
            if len(asked) >= most:
                wait = max(1, -int(-(asked[0] + minute - now) // 1)) if minute >= 1 else 0
                raise ProblemError(429, "Too many requests.", {"Retry-After": str(wait)})
            self._asked[token, is_first] = [*asked, now]


class OtherRegionError(Exception):
    """The records lie in another region."""

    def __init__(self, region: str) -> None:
        super().__init__(region)
        self.region = region


def _time(request: Request, name: str) -> datetime:
    text = request.query.get(name, "")
    if not _TIME.fullmatch(text):
        raise ProblemError(400, f"{name} must be in the format YYYY-MM-DDTHH:MM:SS.mmmZ")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise ProblemError(400, f"{name} is no time") from None


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _record(leg: Leg) -> dict[str, Any]:
    """A record; what it has nothing to say of is empty or NA."""
    answered = _text(leg.start) if leg.answered else "NA"
    return {
        "Start time": _text(leg.start),
        "Answer time": answered,
        "Duration": int((leg.end - leg.start).total_seconds()) if leg.answered else 0,
        "Calling number": "NA",
        "Called number": "",
        "User": leg.user,
        "Calling line ID": "NA",
        "Called line ID": "",
        "Correlation ID": leg.call_id,
        "Location": "Main office",
        "Inbound trunk": "",
        "Outbound trunk": "NA",
        "Client type": "WXC_CLIENT" if leg.user_type == "User" else "",
        "Sub client type": "",
        "OS type": "NA",
        "Device MAC": "",
        "Model": "NA",
        "Answered": "true" if leg.answered else "false",
        "International country": "",
        "Original reason": "Unknown",
        "Related reason": "",
        "Redirect reason": "NA",
        "Site main number": "",
        "Site timezone": "0",
        "User type": leg.user_type,
        "Call type": "SIP_ENTERPRISE",
        "Direction": leg.direction,
        "Redirecting number": "",
        "Report ID": leg.report_id,
        "Report time": _text(leg.end),
        "Release time": _text(leg.end),
        "Call transfer time": "NA",
        "Call outcome": "Success" if leg.answered else "Refusal",
        "Org UUID": leg.organisation,
        "User UUID": leg.user_uuid,
        "Department ID": "",
    }
