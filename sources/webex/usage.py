"""Reading usage: organisation by organisation who holds what, then meetings and calls of the days that are due."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as midnight
from typing import Any

from sources.webex.api import FOREIGN, Webex
from sources.webex.counting import (
    CALLING,
    MEETINGS,
    Seats,
    Usage,
    count_calls,
    count_meeting,
    day_of_meeting,
    host_of_meeting,
)
from sources.webex.errors import RefusedError, WebexError, WrongRegionError
from sources.webex.listing import Once, items_of
from sources.webex.models import Licence, email_of, moment_of
from sources.webex.plan import FRESH, WINDOW, Work, meeting_ranges
from sources.webex.progress import Read
from sources.webex.usage_report import UsageReport
from sources.webex.usage_state import Kind

Done = Callable[[str, Kind, Collection[date], Usage], None]
"""Told of an organisation (UUID) what was counted on the days of a kind."""


class UsageReader:
    """Reads the usage of organisations for one run."""

    def __init__(
        self,
        webex: Webex,
        codes: Mapping[str, str],
        now: Callable[[], datetime],
        report: UsageReport,
        windows_of: Callable[[date], Collection[datetime]],
        done: Done,
    ) -> None:
        self._webex = webex
        self._options = webex.client.options
        self._codes = codes
        self._now = now
        self._report = report
        self._windows_of = windows_of
        self._done = done

    def product(self, licence: Licence) -> str | None:
        """The product of a licence line whose usage is read; None for every other one."""
        product = self._codes.get(licence.code.upper())
        if licence.subscription is None or product not in (MEETINGS, CALLING):
            return None
        return None if product == MEETINGS and licence.site is None else product

    async def read(self, read: Read, work: Work) -> None:
        """Read an organisation's usage; what fails is noted, and stays to be read."""
        uuid = read.organisation.uuid
        try:
            seats = await self._seats(read, work)
        except WebexError as error:
            self._report.failed(uuid, f"licence holders: {error}")
            return
        if work.meetings:
            await self._attempt(uuid, "meetings", work.meetings, lambda: self._meetings(read, seats, work.meetings))
        if work.calls:
            await self._attempt(uuid, "calls", work.calls, lambda: self._calls(read, seats, work.calls))

    async def _attempt(self, uuid: str, kind: Kind, days: Collection[date], count: Callable[[], Any]) -> None:
        try:
            usage = await count()
        except WrongRegionError as error:
            what = "set PORTFOLIO_WEBEX_ANALYTICS_BASE, or name its host in PORTFOLIO_WEBEX_EXTRA_HOSTS"
            self._report.failed(uuid, f"{kind}: {error}; {what}")
        except WebexError as error:
            self._report.failed(uuid, f"{kind}: {error}")
        else:
            self._done(uuid, kind, days, usage)

    async def _seats(self, read: Read, work: Work) -> Seats:
        seats = Seats()
        for licence in read.licences:
            product = self.product(licence)
            wanted = work.meetings if product == MEETINGS else work.calls if product == CALLING else None
            if not wanted or licence.consumed_by_users == 0:
                continue
            held = await self._webex.holders(licence)
            if not held.agrees:
                self._report.other_holders(read.organisation.uuid, licence, len(held.holders), held.consumed_by_users)
            seats.add(licence, str(product), held.holders)
        return seats

    async def _meetings(self, read: Read, seats: Seats, days: Collection[date]) -> Usage:
        usage = Usage()
        sites = {str(one.site) for one in read.licences if self.product(one) == MEETINGS}
        for site in sorted(sites):
            try:
                for first, last in meeting_ranges(days):
                    within = {day for day in days if first <= day <= last}  # the range's end is midnight of the next
                    await self._site(usage, seats, site, first, last, within)
            except RefusedError as error:
                if error.status not in _NOT_ALLOWED:
                    raise
                self._report.refused_site(site, str(error))
        return usage

    async def _site(
        self, usage: Usage, seats: Seats, site: str, first: date, last: date, days: Collection[date]
    ) -> None:
        begin, end = _midnight(first), _midnight(last + timedelta(days=1))

        once, found = Once(self._webex.client), []
        async for body in self._webex.meetings(site, begin, end):  # to its end, before anything else is asked
            for item in items_of(body):
                meeting = str(item.get("meetingId") or sorted(item.items(), key=str))
                day = day_of_meeting(item, days)
                if once.is_new(meeting) and day is not None:
                    found.append((day, meeting, {name: item.get(name) for name in ("start", "hostEmail")}))
        for day, meeting, item in found:
            if self._options.meeting_count == "host":
                count_meeting(usage, seats, site, day, [host_of_meeting(item)], "hosts")
            else:
                emails = await self._joined(site, meeting, moment_of(item["start"]) or begin)
                count_meeting(usage, seats, site, day, emails, "people who joined")

    async def _joined(self, site: str, meeting: str, started: datetime) -> set[str]:
        now = self._now()
        first, last = max(started - timedelta(hours=1), now - _OLDEST), min(started + timedelta(days=2), now)

        return {
            email
            async for body in self._webex.attendees(site, meeting, first, last)
            for item in items_of(body)
            if item.get("meetingId") in (meeting, None) and (email := email_of(item.get("email")))
        }

    async def _calls(self, read: Read, seats: Seats, days: Collection[date]) -> Usage:
        base = self._options.analytics_base
        try:
            return await self._calls_at(base, read, seats, days)
        except WrongRegionError as error:
            if error.base is None or not self._webex.client.allows(error.base):
                raise
            return await self._calls_at(error.base, read, seats, days)
        except RefusedError as error:
            if error.status not in _NOT_ALLOWED:
                raise
            self._report.refused_calls(read.organisation.uuid, str(error))
            return Usage()

    async def _calls_at(self, base: str, read: Read, seats: Seats, days: Collection[date]) -> Usage:
        usage, once, foreign = Usage(), Once(self._webex.client), 0
        for begin in sorted({begin for day in days for begin in self._windows_of(day)}):
            now = self._now()
            first, last = max(begin, now - timedelta(days=30) + 2 * FRESH), min(begin + WINDOW, now - 2 * FRESH)
            if first >= last:
                continue
            self._report.asked_for_calls()
            async for body in self._webex.calls(base, read.organisation, first, last):
                foreign += count_calls(usage, seats, read.organisation.uuid, days, once, items_of(body))
        if foreign:
            self._webex.client.counts[FOREIGN] += foreign
            self._report.foreign_calls(read.organisation.uuid, foreign)
        return usage


_NOT_ALLOWED = (403, 404)
"""Whether a partner's token is enough for these reports is not documented; asking again every day would not help."""
_OLDEST = timedelta(days=90) - timedelta(minutes=10)


class Flush:
    """Holds what was counted until there is enough of it to land, or some time has passed."""

    MOST_ROWS, MOST_SECONDS = 200_000, 60.0
    MOST_SHARE = 0.1
    """Of the time, for landing what time makes due: the files of all days are written anew for it."""

    def __init__(self, land: Callable[[Mapping[date, Counter[Any]], list[tuple[Kind, date, str]]], None]) -> None:
        self._land = land
        self._rows: dict[date, Counter[Any]] = {}
        self._done: list[tuple[Kind, date, str]] = []
        self._count = 0
        self._due = time.monotonic() + self.MOST_SECONDS

    def add(self, organisation: str, kind: Kind, days: Collection[date], usage: Usage) -> None:
        """Hold an organisation's usage of some days; land all that is held where that is due."""
        for (day, subscription, product, user), count in usage.counts.items():
            self._rows.setdefault(day, Counter())[organisation, subscription, product, user] += count
        self._done += [(kind, day, organisation) for day in days]
        self._count += len(usage.counts)
        if self._count >= self.MOST_ROWS or time.monotonic() >= self._due:
            self.land()

    def land(self) -> None:
        """Land what is held."""
        rows, done, began = self._rows, self._done, time.monotonic()
        self._rows, self._done, self._count = {}, [], 0
        if done:
            self._land(rows, done)
        ended = time.monotonic()
        self._due = ended + max(self.MOST_SECONDS, (ended - began) / self.MOST_SHARE)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, midnight(), UTC)
