"""Who and what there is: /people/me, /organizations, /licenses, /partner/tags."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sources.simulator import days
from sources.simulator.webex.behaviour import Behaviour
from sources.simulator.webex.codes import Counted
from sources.simulator.webex.ids import decoded, encoded
from sources.simulator.webex.licences import Counts, Licence
from sources.simulator.webex.messages import ProblemError, Reply, Request, offset_of, paged
from sources.simulator.webex.people import Person
from sources.simulator.webex.world import Organisation, Tagged, World

_CREATED = "T14:26:16+00:00"
_TAG_ROWS = 100


class Directory:
    """Answers what is asked of organisations, licences and tags, as they are on a day."""

    def __init__(self, world: World, behaviour: Behaviour) -> None:
        self._world, self._behaviour = world, behaviour
        self._looked_at: set[str] = set()

    def me(self) -> Reply:
        """The person whose token it is: an administrator of the partner."""
        admin = self._world.admin
        return Reply(
            {
                "id": admin.identity,
                "emails": [admin.email],
                "displayName": admin.name,
                "orgId": encoded("ORGANIZATION", self._world.partner),
                "type": "person",
            }
        )

    def organizations(self, today: date) -> Reply:
        """All of them, on one page."""
        listed = [_organization(org) for org in self._world.organisations_on(today)]
        if self._behaviour.lists_own_organisation:
            listed.insert(len(listed) // 2, self._own())
        return Reply({"items": listed})

    def organization(self, identity: str, today: date) -> Reply:
        """One of them; from then on its licences can be asked for."""
        bare = decoded(identity, "ORGANIZATION")
        if bare == self._world.partner:
            return Reply(self._own())
        org = self.customer(identity, today)
        self._looked_at.add(org.uuid)
        return Reply(_organization(org))

    def licenses(self, request: Request, today: date) -> Reply:
        """An organisation's licence lines; without `orgId` the partner's own, which has none."""
        identity = request.query.get("orgId")
        if identity is None or decoded(identity, "ORGANIZATION") == self._world.partner:
            return Reply({"items": []})
        org = self.customer(identity, today)
        if self._behaviour.details_first and org.uuid not in self._looked_at:
            raise ProblemError(403, "Unable to retrieve licenses of the organization.")
        number = days.number(today)
        return Reply({"items": [_license(item, item.counts[number]) for item in org.licences_on(number)]})

    def license(self, identity: str, request: Request, today: date) -> Reply:
        """A licence line, and where they are asked for a page of those who hold it."""
        licence, number = self._world.licences.get(identity), days.number(today)
        if licence is None or number not in licence.counts:
            raise ProblemError(404, "License not found.")
        body = _license(licence, licence.counts[number])
        if "includeAssignedTo" not in request.query:
            return Reply(body)
        if request.query["includeAssignedTo"] != "user":
            raise ProblemError(400, "includeAssignedTo is not one of the allowed values")
        size = request.number("limit", 300)
        if not 1 <= size <= 300:
            raise ProblemError(400, "limit cannot be more than 300")
        size = min(size, self._behaviour.holder_page)
        start = offset_of(request.query.get("next", "after-0"))
        org = self._world.organisations[licence.organisation]
        holders = [_holder(org.person(person)) for person in licence.listed(number)]
        body["users"] = users = holders[start : start + size]
        following = {"next": f"after-{start + size}"} if start + size < len(holders) else None
        before = holders[start - 1] if 0 < start <= len(holders) else None
        return paged(request, body, users, before, following, "includeAssignedTo")

    def tags(self, request: Request) -> Reply:
        """The tags in use: those of subscriptions alone."""
        if request.query.get("type", "ORGANIZATION") != "SUBSCRIPTION":
            return Reply([])
        names = dict.fromkeys(tag for item in self._world.tagged.values() for tag in item.tags)
        return Reply([{"name": name, "description": f"Subscriptions of {name}"} for name in names])

    def tagged(self, request: Request, today: date) -> Reply:
        """Subscriptions that have one of the tags: at the most `max`, and no page after them."""
        if not request.query.get("tags"):
            raise ProblemError(400, "tags is required")
        most = request.number("max", _TAG_ROWS)
        if not 1 <= most <= _TAG_ROWS:
            raise ProblemError(400, "max must be between 1 and 100")
        wanted = {tag.strip() for tag in request.query["tags"].split(",")}
        present = {org.uuid: org for org in self._world.organisations_on(today)}
        found = [
            _tagged(item, present[item.organisation])
            for item in self._world.tagged.values()
            if wanted & set(item.tags) and item.organisation in present
        ]
        return Reply(found[:most])

    def subscription(self, identity: str, subscription_id: str, today: date) -> Reply:
        """One subscription of an organisation with its tags, also where it has none."""
        org = self.customer(identity, today)
        if subscription_id not in org.subscriptions:
            raise ProblemError(404, "Subscription not found.")
        is_trial = subscription_id.startswith("trialSub.")
        item = self._world.tagged.get(subscription_id) or Tagged(subscription_id, org.uuid, (), is_trial)
        return Reply(_tagged(item, org))

    def customer(self, identity: str, today: date) -> Organisation:
        """The customer organisation of an id; 404 where the partner has no such customer on the day."""
        org = self._world.organisations.get(decoded(identity, "ORGANIZATION") or "")
        if org is None or not org.first <= days.number(today) <= org.last:
            raise ProblemError(404, "Organization not found.")
        return org

    def _own(self) -> dict[str, Any]:
        identity = encoded("ORGANIZATION", self._world.partner)
        return {"id": identity, "displayName": self._world.partner_name, "created": f"2012-04-02{_CREATED}"}


def _organization(org: Organisation) -> dict[str, Any]:
    known = {"id": encoded("ORGANIZATION", org.uuid), "displayName": org.name}
    return known if org.created is None else {**known, "created": f"{org.created}{_CREATED}"}


def _license(licence: Licence, counts: Counts) -> dict[str, Any]:
    """A licence line; what does not apply to it is left out."""
    said = licence.counted is not Counted.UNSAID
    optional: Mapping[str, Any] = {
        "subscriptionId": licence.subscription_id,
        "siteUrl": licence.site,
        "siteType": licence.site and "Control Hub managed site",
    }
    return {
        "id": licence.identity,
        "name": licence.name,
        "totalUnits": counts.total,
        "consumedUnits": counts.consumed,
        "consumedByUsers": counts.users if said else None,
        "consumedByWorkspaces": counts.workspaces if said else None,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _holder(person: Person) -> dict[str, Any]:
    kind = "EXTERNAL" if person.is_external else "INTERNAL"
    return {"id": person.identity, "type": kind, "displayName": person.name, "email": person.email}


def _tagged(item: Tagged, org: Organisation) -> dict[str, Any]:
    return {
        "orgName": org.name,
        "orgId": encoded("ORGANIZATION", org.uuid),
        "tags": list(item.tags),
        "subscriptionId": item.subscription_id,
        "trial": "true" if item.is_trial else "false",
    }
