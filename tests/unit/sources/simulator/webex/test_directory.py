"""Organisations, licences and tags as they are asked for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sources.simulator.webex.ids import encoded
from sources.simulator.webex.server import WebexServer

from .asking import Asking
from .reading import bare, code_of


def test_who_asks_belongs_to_the_partner(webex: WebexServer, asking: Asking) -> None:
    assert bare(asking.body("/people/me")["orgId"]) == webex.world.partner


@pytest.mark.parametrize("lists_own", [True, False])
def test_organisations_are_customers_and_perhaps_the_partner(
    webex: WebexServer, asking: Asking, lists_own: bool
) -> None:
    webex.behaviour.lists_own_organisation = lists_own
    answer = asking.get("/organizations")
    listed = [bare(item["id"]) for item in answer.json()["items"]]
    assert "Link" not in answer.headers
    customers = [org.uuid for org in webex.world.organisations_on(webex.now.date())]
    assert sorted(listed) == sorted([*customers, *([webex.world.partner] if lists_own else [])])
    assert {*answer.json()["items"][0]} <= {"id", "displayName", "created"}


def test_licences_of_a_customer_whose_details_were_not_asked_for(webex: WebexServer, asking: Asking) -> None:
    identity = encoded("ORGANIZATION", webex.world.organisations_on(webex.now.date())[0].uuid)
    assert asking.get("/licenses", orgId=identity).status_code == 403
    assert asking.get(f"/organizations/{identity}").status_code == 200
    assert asking.get("/licenses", orgId=identity).status_code == 200
    webex.behaviour.details_first = False
    other = encoded("ORGANIZATION", webex.world.organisations_on(webex.now.date())[1].uuid)
    assert asking.get("/licenses", orgId=other).status_code == 200


def lines_of_all(webex: WebexServer, asking: Asking) -> list[dict[str, Any]]:
    webex.behaviour.details_first = False
    identities = [encoded("ORGANIZATION", org.uuid) for org in webex.world.organisations_on(webex.now.date())]
    return [line for identity in identities for line in asking.body("/licenses", orgId=identity)["items"]]


def test_lines_are_as_they_were_recorded(webex: WebexServer, asking: Asking) -> None:
    lines = lines_of_all(webex, asking)
    by_code: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        by_code.setdefault(code_of(line), []).append(line)
    for line in by_code["EE"]:
        assert bare(line["id"]).endswith(f"_{line['siteUrl']}")
        assert line["siteType"] == "Control Hub managed site"
    for code in ("FMS", "FSS", "FTM"):
        for line in by_code[code]:
            assert "subscriptionId" not in line
            assert line["totalUnits"] == line["consumedUnits"] == line["consumedByUsers"]
    assert {"subscriptionId" in line for line in by_code["FTC"]} == {True, False}
    for line in by_code["BCRLC"]:
        assert (line["consumedByUsers"], line["consumedByWorkspaces"], line["consumedUnits"]) == (None, None, 0)
    for code in ("BCCA", "SD"):
        assert all(line["consumedByUsers"] == 0 for line in by_code[code])
        assert any(line["consumedByWorkspaces"] for line in by_code[code])
    for line in lines:
        if line["consumedByUsers"] is not None:
            assert line["consumedUnits"] == line["consumedByUsers"] + line["consumedByWorkspaces"]
        assert "siteUrl" in line or code_of(line) != "EE"
    assert any(line["subscriptionId"].startswith("trialSub.") for line in lines if "subscriptionId" in line)


def test_holders_come_in_pages(webex: WebexServer, asking: Asking) -> None:
    lines = lines_of_all(webex, asking)
    for line in [line for line in lines if code_of(line) == "EE"][:6]:
        path = f"/licenses/{line['id']}"
        whole = asking.pages(path, "users", includeAssignedTo="user")
        pages = asking.pages(path, "users", includeAssignedTo="user", limit=2)
        users = [user for page in pages for user in page]
        assert users == whole[0] and len(whole) == 1
        assert all(len(page) == 2 for page in pages[:-1])
        assert len({user["id"] for user in users}) == len(users)
        assert len(users) in (line["consumedByUsers"], line["consumedByUsers"] - 1)
        assert asking.body(path) == line
    webex.behaviour.holder_page = 1
    larger = next(line for line in lines if code_of(line) == "EE" and line["consumedByUsers"] > 3)
    assert len(asking.pages(f"/licenses/{larger['id']}", "users", includeAssignedTo="user", limit=300)) > 2


def test_some_holders_are_of_elsewhere(webex: WebexServer, asking: Asking) -> None:
    lines = [line for line in lines_of_all(webex, asking) if (line["consumedByUsers"] or 0) > 40]
    users = asking.every(f"/licenses/{lines[0]['id']}", "users", includeAssignedTo="user")
    assert {user["type"] for user in users} == {"INTERNAL", "EXTERNAL"}
    assert {"id", "type", "displayName", "email"} == set(users[0])


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/licenses/nothing", {}, 404),
        ("/organizations/nothing", {}, 404),
        ("/licenses", {"orgId": "nothing"}, 404),
        ("/partner/tags/subscriptions", {"tags": "Watch", "max": 101}, 400),
        ("/partner/tags/subscriptions", {"max": 10}, 400),
        ("/nothing", {}, 404),
    ],
)
def test_what_is_refused(asking: Asking, path: str, query: dict[str, Any], status: int) -> None:
    answer = asking.get(path, **query)
    assert answer.status_code == status
    assert {"message", "errors", "trackingId"} == set(answer.json())


def test_more_than_300_holders_a_page_are_refused(webex: WebexServer, asking: Asking) -> None:
    line = lines_of_all(webex, asking)[0]
    path = f"/licenses/{line['id']}"
    assert asking.get(path, includeAssignedTo="user", limit=301).status_code == 400
    assert asking.get(path, includeAssignedTo="user", limit=300).status_code == 200
    assert asking.get(path, includeAssignedTo="device").status_code == 400


def test_tags_say_trial_as_text_and_have_no_second_page(webex: WebexServer, asking: Asking) -> None:
    names = [tag["name"] for tag in asking.body("/partner/tags", type="SUBSCRIPTION")]
    assert asking.body("/partner/tags", type="ORGANIZATION") == []
    answer = asking.get("/partner/tags/subscriptions", tags=",".join(names), max=3)
    assert len(answer.json()) == 3 and "Link" not in answer.headers
    every = asking.body("/partner/tags/subscriptions", tags=",".join(names))
    assert {item["trial"] for item in every} == {"true", "false"}
    assert {tag for item in every for tag in item["tags"]} == set(names)
    for item in every[:3]:
        path = f"/partner/tags/organizations/{item['orgId']}/subscriptions/{item['subscriptionId']}"
        assert asking.body(path) == item
    org = next(org for org in webex.world.organisations_on(webex.now.date()) if org.subscriptions)
    untagged = next(name for org in [org] for name in org.subscriptions if name not in webex.world.tagged)
    identity = encoded("ORGANIZATION", org.uuid)
    assert asking.body(f"/partner/tags/organizations/{identity}/subscriptions/{untagged}")["tags"] == []
    assert asking.get(f"/partner/tags/organizations/{identity}/subscriptions/nothing").status_code == 404


def test_another_day_has_other_counts(webex: WebexServer, asking: Asking) -> None:
    today = lines_of_all(webex, asking)
    webex.now = datetime(2026, 3, 9, 6, tzinfo=UTC)
    assert lines_of_all(webex, asking) != today
