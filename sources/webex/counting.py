"""Whose usage a meeting or a call is: by the licences that the organisation's people hold on the day of the run."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sources.webex.ids import bare_uuid
from sources.webex.listing import Once
from sources.webex.models import Holder, Licence, day_of, email_of

MEETINGS, CALLING = "meetings", "calling"
Used = tuple[date, str, str, str]
"""Day, subscription, product and user id."""


@dataclass
class Seats:
    """Who of an organisation holds which subscription's licences."""

    by_email: dict[tuple[str, str], set[tuple[str, str]]] = field(default_factory=dict)
    """Subscription and user id, by site and e-mail."""
    by_user: dict[str, set[str]] = field(default_factory=dict)
    """Subscriptions of calling licences, by user id."""

    def add(self, licence: Licence, product: str, holders: Iterable[Holder]) -> None:
        """Note who holds a licence line."""
        subscription = licence.subscription or ""
        for holder in holders:
            if product == CALLING:
                self.by_user.setdefault(holder.uuid, set()).add(subscription)
            elif holder.email:
                place = licence.site or "", holder.email
                self.by_email.setdefault(place, set()).add((subscription, holder.uuid))


@dataclass
class Usage:
    """What was counted of an organisation, and what could not be, by day and cause."""

    counts: Counter[Used] = field(default_factory=Counter)
    uncounted: Counter[tuple[date, str]] = field(default_factory=Counter)

    def count(self, day: date, product: str, seats: Collection[tuple[str, str]], who: str) -> None:
        """One more for whoever has the seats (subscription and user id); where they are several, for nobody."""
        if len(seats) == 1:
            ((subscription, user),) = seats
            self.counts[day, subscription, product, user] += 1
        else:
            self.uncounted[day, f"{who} with several subscriptions" if seats else f"{who} without a licence"] += 1


def count_meeting(usage: Usage, seats: Seats, site: str, day: date, emails: Iterable[str], who: str) -> None:
    """Count a meeting once for each person, for the licence on its site."""
    for email in sorted(set(emails)):
        usage.count(day, MEETINGS, seats.by_email.get((site, email), ()), who)


def host_of_meeting(item: Mapping[str, Any]) -> str:
    """The host's e-mail, as it is compared."""
    return email_of(item.get("hostEmail"))


def day_of_meeting(item: Mapping[str, Any], wanted: Collection[date]) -> date | None:
    """The UTC day on which a meeting was started; None where it is none of the wanted ones."""
    day = day_of(item.get("start"))
    return day if day in wanted else None


def count_calls(
    usage: Usage, seats: Seats, organisation: str, wanted: Collection[date], once: Once, items: Iterable[dict[str, Any]]
) -> int:
    """Count the calls that records tell of, on the day on which they were started.

    Returns:
        how many records are of another organisation.
    """
    foreign = 0
    for item in items:
        owner = bare_uuid(_said(item, "Org UUID"))
        if owner is not None and owner != organisation:
            foreign += 1
            continue
        day = day_of(_said(item, "Start time"))
        if _said(item, "Direction").upper() != "ORIGINATING" or day not in wanted or day is None:
            continue
        report = _said(item, "Report ID")
        if not report:
            usage.uncounted[day, "calls without a Report ID"] += 1
        elif once.is_new(report):
            _count_call(usage, seats, day, item)
    return foreign


def _count_call(usage: Usage, seats: Seats, day: date, item: Mapping[str, Any]) -> None:
    kind = _said(item, "User type").upper()
    if kind == "PLACE":
        usage.uncounted[day, "calls of workspaces"] += 1
    elif kind != "USER":
        usage.uncounted[day, "calls of services"] += 1
    else:
        text = _said(item, "User UUID")
        user = bare_uuid(text) or text
        usage.count(day, CALLING, [(one, user) for one in seats.by_user.get(user, ())], "callers")


def _said(item: Mapping[str, Any], name: str) -> str:
    """A field's text; empty where it says nothing."""
    text = item.get(name)
    return text.strip() if isinstance(text, str) and text.strip() != "NA" else ""
