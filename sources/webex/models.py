"""What Webex answers, as far as it is used: read with leave for what is missing or of another type.

A count stays what was delivered, whatever that is: what is no count goes to quarantine, and takes nothing else along.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sources.webex.ids import bare_uuid, licence_id

Count = int | str | None
_TOO_MANY = 10**18
_DIGITS = re.compile("[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer organisation."""

    raw_id: str
    """The id as Webex writes it, to ask with."""
    uuid: str
    name: str | None
    created_on: str | None
    """ISO date."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence line of an organisation."""

    raw_id: str
    code: str
    """Of the decoded id; where that names none, what the id spells."""
    organisation: str | None
    """Whose it is by its id (a UUID); None where the id does not say, nor a code."""
    name: str | None
    total: Count
    consumed: Count
    consumed_by_users: Count
    subscription: str | None
    site: str | None


@dataclass(frozen=True, slots=True)
class Holder:
    """A person who holds a licence."""

    uuid: str
    email: str
    """In lower case; empty where there is none."""


def text_of(value: object) -> str | None:
    """A text that says something; None for any other value."""
    return value if isinstance(value, str) and value.strip() else None


def count_of(value: object) -> Count:
    """A whole number as such, null as None, and what is neither as its text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_MANY):
        return value
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        return int(value)
    return str(value)


def moment_of(value: object) -> datetime | None:
    """A time in UTC; one without a zone is UTC's; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and last days of the calendar, in a zone that leads beyond
        return None


def day_of(value: object) -> date | None:
    """The UTC day of a time; None where it is none."""
    found = moment_of(value)
    return found.date() if found is not None else None


def organisation_of(item: Mapping[str, Any]) -> Organisation | None:
    """An organisation; None where its id can't be read."""
    uuid = bare_uuid(item.get("id"))
    if uuid is None:
        return None
    created = day_of(item.get("created"))
    return Organisation(item["id"], uuid, text_of(item.get("displayName")), created.isoformat() if created else None)


def licence_of(item: Mapping[str, Any]) -> Licence | None:
    """A licence line; None where it has no id."""
    raw = text_of(item.get("id"))
    if raw is None:
        return None
    found = licence_id(raw)
    code = found.code if found is not None else (bare_uuid(raw) or raw)
    site = text_of(item.get("siteUrl")) or (found.site if found is not None else None)
    return Licence(
        raw_id=raw,
        code=code,
        organisation=found.organisation if found is not None else None,
        name=text_of(item.get("name")),
        total=count_of(item.get("totalUnits")),
        consumed=count_of(item.get("consumedUnits")),
        consumed_by_users=count_of(item.get("consumedByUsers")),
        subscription=text_of(item.get("subscriptionId")),
        site=site.strip().lower() if site is not None else None,
    )


def holder_of(item: Mapping[str, Any]) -> Holder | None:
    """A licence's holder; None where the id can't be read."""
    uuid = bare_uuid(item.get("id"))
    return Holder(uuid, email_of(item.get("email"))) if uuid is not None else None


def email_of(value: object) -> str:
    """An e-mail address as it is compared: without regard to case."""
    return value.strip().casefold() if isinstance(value, str) else ""
