"""What a right connector lands: the raw contract's rows, worked out from the world and from nothing that is served."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeVar

from sources.simulator import days
from sources.simulator.webex.codes import product_of
from sources.simulator.webex.events import Diary
from sources.simulator.webex.licences import Licence
from sources.simulator.webex.world import World

_T = TypeVar("_T")
Row = dict[str, Any]
Count = Literal["host", "join"]


@dataclass(frozen=True)
class Terms:
    """What a contract file says of a subscription; None where it says nothing."""

    start_date: date | None = None
    end_date: date | None = None
    auto_renew: bool | None = None
    status: str | None = None


class Answers:
    """The rows of each dataset and day."""

    def __init__(self, world: World, diary: Diary) -> None:
        self._world, self._diary = world, diary

    def customers(self, day: date) -> list[Row]:
        """Every organisation but the partner's own; Webex knows no country."""
        return [
            {
                "partner_id": self._world.partner,
                "customer_id": org.uuid,
                "customer_name": org.name,
                "country_code": None,
                "created_on": org.created,
            }
            for org in self._world.organisations_on(day)
        ]

    def license_assignments(self, day: date) -> list[Row]:
        """A row per subscription, product and code: lines on several sites apart, others added up; null with a null."""
        number = days.number(day)
        lines = self._lines(day)
        sites: dict[tuple[str | None, str], set[str | None]] = {}
        for line in lines:
            sites.setdefault((line.subscription_id, line.code), set()).add(line.site)
        rows: dict[tuple[str | None, str, str], Row] = {}
        for line in lines:
            several = len(sites[line.subscription_id, line.code]) > 1
            code = f"{line.code}:{line.site}" if several else line.code
            counts = line.counts[number]
            row = rows.setdefault(
                (line.subscription_id, product_of(line.code), code),
                {
                    "partner_id": self._world.partner,
                    "customer_id": line.organisation,
                    "subscription_id": line.subscription_id,
                    "product": product_of(line.code),
                    "license_code": code,
                    "license_name": line.name,
                    "total_licenses": 0,
                    "assigned_licenses": 0,
                },
            )
            total = row["total_licenses"]
            row["total_licenses"] = None if total is None or counts.total is None else total + counts.total
            row["assigned_licenses"] += counts.consumed
        return list(rows.values())

    def contract(self, day: date) -> dict[str, Terms]:
        """All that a contract file can say on a day, by subscription."""
        table = self._world.subscriptions_table(day)
        return {
            row["subscription_id"]: Terms(row["start_date"], row["end_date"], row["auto_renew"], row["status"])
            for row in table.to_pylist()
        }

    def subscriptions(self, day: date, contract: Mapping[str, Terms], first_seen: Mapping[str, date]) -> list[Row]:
        """A row per subscription that has a line.

        Args:
            contract: what the contract file says.
            first_seen: the first day whose snapshot had a subscription, where that is not this day.
        """
        rows = []
        shown = {(str(line.subscription_id), line.organisation) for line in self._lines(day)}
        for subscription_id, org in sorted(shown):
            terms, tagged = contract.get(subscription_id, Terms()), self._world.tagged.get(subscription_id)
            guessed = min(first_seen.get(subscription_id, day), terms.end_date or day)
            rows.append(
                {
                    "partner_id": self._world.partner,
                    "customer_id": org,
                    "subscription_id": subscription_id,
                    "is_trial": subscription_id.startswith("trialSub.") or (tagged is not None and tagged.is_trial),
                    "status": terms.status or "active",
                    "start_date": terms.start_date or guessed,
                    "end_date": terms.end_date,
                    "auto_renew": bool(terms.auto_renew),
                }
            )
        return rows

    def license_usage(
        self,
        day: date,
        reads: Sequence[datetime],
        *,
        count: Count = "host",
        calls: bool = True,
        unheard: Collection[str] = (),
    ) -> list[Row]:
        """What was landed of a day after it was read at these times, in order; rows of several files added up.

        A meeting (per person) or call counts once, at the first read that shows it and whose day has one subscription
        for the person. `unheard` are organisations whose calls can't be read.
        """
        counted: set[object] = set()
        found: Counter[tuple[str, str, str, str]] = Counter()
        for read in reads:
            seats = _Seats(self._lines(read.date()), self._world, days.number(read.date()))
            for org in self._world.organisations_on(read.date()):
                events = self._diary.on(org, days.number(day))
                for meeting in events.meetings:
                    emails = [join.email for join in meeting.joins] if count == "join" else [meeting.host_email]
                    for email in {email.lower() for email in emails} if meeting.end <= read else ():
                        seat = seats.of_meeting(meeting.site, email)
                        if seat is not None and (meeting.identity, email) not in counted:
                            counted.add((meeting.identity, email))
                            found[org.uuid, seat[0], "meetings", seat[1]] += 1
                for leg in events.legs if calls and org.uuid not in unheard else ():
                    is_own = leg.direction == "ORIGINATING" and leg.user_type == "User" and leg.seen_from <= read
                    subscription = seats.of_calls(org.uuid, leg.user_uuid) if is_own else None
                    if subscription is not None and leg.report_id not in counted:
                        counted.add(leg.report_id)
                        found[org.uuid, subscription, "calling", leg.user_uuid] += 1
        return [
            {
                "partner_id": self._world.partner,
                "customer_id": org,
                "subscription_id": subscription,
                "product": product,
                "user_id": user,
                "activity_count": number,
            }
            for (org, subscription, product, user), number in found.items()
        ]

    def _lines(self, day: date) -> list[Licence]:
        """The licence lines of a day that belong to a subscription."""
        number = days.number(day)
        return [
            line
            for org in self._world.organisations_on(day)
            for line in org.licences_on(number)
            if line.subscription_id is not None
        ]


class _Seats:
    """Whose subscription a person's meetings and calls count for, by the licences of one day."""

    def __init__(self, lines: Iterable[Licence], world: World, day: int) -> None:
        self._meetings: dict[tuple[str, str], set[tuple[str, str]]] = {}
        self._calls: dict[tuple[str, str], set[str]] = {}
        for line in lines:
            product = product_of(line.code)
            org = world.organisations[line.organisation]
            for number in line.listed(day) if product in ("meetings", "calling") else ():
                person, subscription = org.person(number), str(line.subscription_id)
                if product == "calling":
                    self._calls.setdefault((org.uuid, person.uuid), set()).add(subscription)
                elif line.site is not None:
                    place = (line.site, person.email.lower())
                    self._meetings.setdefault(place, set()).add((subscription, person.uuid))

    def of_meeting(self, site: str, email: str) -> tuple[str, str] | None:
        """Subscription and user of an address on a site; None where there is none, or more than one."""
        return _only(self._meetings.get((site, email), ()))

    def of_calls(self, org: str, user: str) -> str | None:
        """The subscription of a caller; None where there is none, or more than one."""
        return _only(self._calls.get((org, user), ()))


def _only(values: Collection[_T]) -> _T | None:
    return next(iter(values)) if len(values) == 1 else None


def reads_of(day: date, runs: Iterable[datetime]) -> Iterator[datetime]:
    """The runs that read a day's usage: those of the three days after it."""
    for run in runs:
        if 1 <= (run.date() - day).days <= 3:
            yield run
