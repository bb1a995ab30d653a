"""What is asked of Webex: its endpoints, one function each."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from sources.webex.client import Client
from sources.webex.errors import WebexError
from sources.webex.ids import bare_uuid
from sources.webex.listing import Once, has_items, items_of, pages
from sources.webex.models import Count, Holder, Licence, Organisation, count_of, holder_of, licence_of, organisation_of

HOLDERS_PER_PAGE, MEETINGS_PER_PAGE, CALLS_PER_PAGE, TAGGED_MOST = 300, 1000, 5000, 100
_T = TypeVar("_T")
_UTC = {"timezone": "UTC"}
UNREADABLE_IDS, FOREIGN = "items without a readable id", "items that belong to nothing that was asked for"


@dataclass(frozen=True)
class Held:
    """A licence's holders as they are listed, and how many users Webex counts for it."""

    holders: tuple[Holder, ...]
    consumed_by_users: Count

    @property
    def agrees(self) -> bool:
        """Whether as many are listed as are counted; without a count there is nothing to compare with."""
        return not isinstance(self.consumed_by_users, int) or self.consumed_by_users == len(self.holders)


@dataclass(frozen=True)
class Tagged:
    """The subscriptions of a tag: whether each is a trial, and whether there may be more than Webex lists."""

    trials: dict[str, bool]
    cut_off: bool


class Webex:
    """The endpoints, asked through a client."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._base = client.options.api_base

    async def own_organisation(self) -> str:
        """The partner's own organisation: a bare UUID."""
        answer = await self.client.get(
            f"{self._base}/people/me", shape=lambda body: bool(bare_uuid(_get(body, "orgId")))
        )
        return str(bare_uuid(answer.body["orgId"]))

    async def organisations(self) -> list[Organisation]:
        """Every organisation that the token sees, the partner's own perhaps among them."""
        answer = await self.client.get(f"{self._base}/organizations", shape=has_items)
        return list(self._each(items_of(answer.body), organisation_of, lambda one: one.uuid, Once(self.client)))

    async def organisation(self, listed: Organisation) -> Organisation:
        """One organisation. Without this request Webex may refuse the next ones for a managed customer."""
        address = f"{self._base}/organizations/{quote(listed.raw_id, safe='')}"
        answer = await self.client.get(address, shape=lambda body: bare_uuid(_get(body, "id")) == listed.uuid)
        found = organisation_of(answer.body) or listed
        return Organisation(
            listed.raw_id, listed.uuid, found.name or listed.name, found.created_on or listed.created_on
        )

    async def licences(self, organisation: Organisation) -> list[Licence]:
        """The licence lines of an organisation, as they are now."""
        address = f"{self._base}/licenses"
        answer = await self.client.get(address, {"orgId": organisation.raw_id}, shape=has_items)
        found = list(self._each(items_of(answer.body), licence_of, lambda one: one.raw_id, Once(self.client)))
        self.client.counts[FOREIGN] += sum(one.organisation not in (None, organisation.uuid) for one in found)
        return found

    async def holders(self, licence: Licence) -> Held:
        """The users who hold a licence; read once more where they are not as many as Webex counts.

        Where they are not so then either, everybody counts whom one of the two lists has: either may lack somebody.
        """
        first = await self._held(licence)
        if first.agrees:
            return first
        second = await self._held(licence)
        if second.agrees:
            return second
        everybody = {one.uuid: one for one in (*first.holders, *second.holders)}
        return Held(tuple(everybody.values()), second.consumed_by_users)

    async def _held(self, licence: Licence) -> Held:
        once, counted = Once(self.client), None
        found: list[Holder] = []
        params: dict[str, str | int] = {"includeAssignedTo": "user", "limit": HOLDERS_PER_PAGE}
        address = f"{self._base}/licenses/{quote(licence.raw_id, safe='')}"
        listing = pages(self.client, address, params, kept=("includeAssignedTo",), shape=_has_users(licence.raw_id))
        async for body in listing:
            counted = count_of(body.get("consumedByUsers")) if "consumedByUsers" in body else counted
            found += self._each(body.get("users") or (), holder_of, lambda one: one.uuid, once)
        return Held(tuple(found), counted if counted is not None else licence.consumed_by_users)

    async def tags(self) -> list[str]:
        """The names of the tags that subscriptions have."""
        answer = await self.client.get(f"{self._base}/partner/tags", {"type": "SUBSCRIPTION"}, shape=has_items)
        names = (item.get("name") for item in items_of(answer.body))
        return sorted({name for name in names if isinstance(name, str) and name.strip()})

    async def tagged(self, tag: str) -> Tagged:
        """The subscriptions of a tag, of which Webex lists 100 at the most."""
        params: dict[str, str | int] = {"tags": tag, "max": TAGGED_MOST}
        answer = await self.client.get(f"{self._base}/partner/tags/subscriptions", params, shape=has_items)
        items = items_of(answer.body)
        trials = {str(item["subscriptionId"]): is_trial(item) for item in items if item.get("subscriptionId")}
        return Tagged(trials, len(items) >= TAGGED_MOST)

    async def is_tagged_trial(self, organisation: Organisation, subscription: str) -> bool:
        """Whether one subscription is a trial by its tags."""
        address = (
            f"{self._base}/partner/tags/organizations/{quote(organisation.raw_id, safe='')}"
            f"/subscriptions/{quote(subscription, safe='')}"
        )
        answer = await self.client.get(address, shape=lambda body: isinstance(body, dict))
        return is_trial(answer.body)

    def meetings(self, site: str, first: datetime, last: datetime) -> AsyncIterator[Any]:
        """The pages of meetings that were started on a site from `first` to `last` and have ended."""
        params: dict[str, str | int] = {
            "siteUrl": site,
            "from": _seconds(first),
            "to": _seconds(last),
            "max": MEETINGS_PER_PAGE,
        }
        address = f"{self._base}/meetingReports/usage"
        return pages(self.client, address, params, kept=("siteUrl", "from", "to"), shape=has_items, headers=_UTC)

    def attendees(self, site: str, meeting: str, first: datetime, last: datetime) -> AsyncIterator[Any]:
        """The pages of who joined a meeting."""
        params: dict[str, str | int] = {
            "siteUrl": site,
            "meetingId": meeting,
            "from": _seconds(first),
            "to": _seconds(last),
            "max": MEETINGS_PER_PAGE,
        }
        address = f"{self._base}/meetingReports/attendees"
        return pages(self.client, address, params, kept=("siteUrl", "meetingId"), shape=has_items, headers=_UTC)

    def calls(self, base: str, organisation: Organisation, first: datetime, last: datetime) -> AsyncIterator[Any]:
        """The pages of the legs of calls that ended from `first` to `last`, 12 hours at the most."""
        params: dict[str, str | int] = {
            "startTime": _milliseconds(first),
            "endTime": _milliseconds(last),
            "max": CALLS_PER_PAGE,
            "orgId": organisation.raw_id,
        }
        return pages(self.client, f"{base}/cdr_feed", params, kept=("orgId",), shape=has_items, calls=True)

    def _each(
        self,
        items: Iterable[dict[str, Any]],
        read: Callable[[dict[str, Any]], _T | None],
        key: Callable[[_T], str],
        once: Once,
    ) -> Iterator[_T]:
        """What items say, each that was not there yet; those without a readable id are counted."""
        for item in items:
            found = read(item)
            if found is None:
                self.client.counts[UNREADABLE_IDS] += 1
            elif once.is_new(key(found)):
                yield found


def is_trial(item: dict[str, Any]) -> bool:
    """Whether a tagged subscription is a trial; the flag may be a text."""
    return str(item.get("trial", "")).strip().lower() == "true"


def failure(what: str, error: WebexError) -> str:
    """A failure in one line: what was asked for, and why it did not come."""
    return f"{what}: {error}"


def _has_users(raw_id: str) -> Any:
    def shape(body: Any) -> bool:
        """A page of this very licence: a next address may have lost what it was for."""
        if not isinstance(body, dict) or body.get("id") != raw_id:
            return False
        users = body.get("users")
        return users is None or (isinstance(users, list) and all(isinstance(user, dict) for user in users))

    return shape


def _get(body: Any, name: str) -> Any:
    return body.get(name) if isinstance(body, dict) else None


def _seconds(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _milliseconds(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"
