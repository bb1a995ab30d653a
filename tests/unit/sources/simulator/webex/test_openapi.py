"""Every kind of answer against Cisco's own description, where it is at hand; what differs in fact is named."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from sources.simulator.webex.server import WebexServer

from .asking import Asking

EXCERPT = Path(__file__).resolve().parents[6] / "shared" / "webex" / "openapi-excerpt.json"

pytestmark = pytest.mark.skipif(
    not EXCERPT.exists(), reason="Cisco's OpenAPI excerpt is no part of the repository and not beside it"
)

NOT_DESCRIBED = ("/people/me", "/cdr_feed", "/access_token")
"""Served as other sources have it; the excerpt lacks them."""

AS_RECORDED = {
    ("/licenses", "items.consumedByUsers", "type"): "null in a recorded line; the schema has a number",
    ("/licenses", "items.consumedByWorkspaces", "type"): "likewise",
    ("/licenses/{licenseId}", "consumedByUsers", "type"): "likewise",
    ("/licenses/{licenseId}", "consumedByWorkspaces", "type"): "likewise",
    ("/licenses", "items.totalUnits", "type"): "a null count was seen to break a client",
    ("/meetingReports/attendees", "items.participantType", "enum"): "upper case in the documents' own example",
}
"""Where answers differ from their schema, and why they do."""


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The description, made to refuse properties that it does not have."""
    document: dict[str, Any] = json.loads(EXCERPT.read_text(encoding="utf-8"))
    _close(document["components"])
    return document


def _close(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node["additionalProperties"] = False
        for inner in node.values():
            _close(inner)
    elif isinstance(node, list):
        for inner in node:
            _close(inner)


def requests(webex: WebexServer, asking: Asking) -> list[tuple[str, str, dict[str, Any]]]:
    """One or more calls of each path that is served and described: template, path, parameters."""
    found: list[tuple[str, str, dict[str, Any]]] = [("/organizations", "/organizations", {})]
    for org in asking.body("/organizations")["items"]:
        identity = org["id"]
        found.append(("/organizations/{orgId}", f"/organizations/{identity}", {}))
        asking.body(f"/organizations/{identity}")
        found.append(("/licenses", "/licenses", {"orgId": identity}))
        lines = asking.body("/licenses", orgId=identity)["items"]
        for line in lines[:3]:
            asked = {"includeAssignedTo": "user", "limit": 3}
            found.append(("/licenses/{licenseId}", f"/licenses/{line['id']}", asked))
            found.append(("/licenses/{licenseId}", f"/licenses/{line['id']}", {}))
        for name in {line["subscriptionId"] for line in lines if "subscriptionId" in line}:
            template = "/partner/tags/organizations/{orgId}/subscriptions/{subscriptionId}"
            found.append((template, f"/partner/tags/organizations/{identity}/subscriptions/{name}", {}))
        for site in {line["siteUrl"] for line in lines if "siteUrl" in line}:
            window = {"siteUrl": site, "from_": "2026-03-03T00:00:00Z", "to": "2026-03-06T00:00:00Z", "max": 1000}
            found.append(("/meetingReports/usage", "/meetingReports/usage", window))
            for meeting in asking.body("/meetingReports/usage", **window)["items"][:1]:
                named = {**window, "meetingId": meeting["meetingId"]}
                found.append(("/meetingReports/attendees", "/meetingReports/attendees", named))
    found.append(("/partner/tags", "/partner/tags", {"type": "SUBSCRIPTION"}))
    tags = ",".join(tag["name"] for tag in asking.body("/partner/tags", type="SUBSCRIPTION"))
    found.append(("/partner/tags/subscriptions", "/partner/tags/subscriptions", {"tags": tags, "max": 100}))
    return found


def test_answers_are_as_they_are_described(described: dict[str, Any], webex: WebexServer, asking: Asking) -> None:
    differing: dict[tuple[str, str, str], Any] = {}
    asked = requests(webex, asking)
    for template, path, query in asked:
        operation = described["paths"][template]["get"]
        answer = asking.get(path, **query)
        assert answer.status_code == 200, path
        content = operation["responses"]["200"]["content"]
        media = "application/json" if "application/json" in content else "application/json;charset=UTF-8"
        assert answer.headers["Content-Type"].partition(";")[0] == media.partition(";")[0]
        schema = {**deepcopy(content[media]["schema"]), "components": described["components"]}
        for error in OAS30Validator(schema).iter_errors(answer.json()):
            where = ".".join(part for part in error.absolute_path if isinstance(part, str))
            if error.validator != "nullable":
                differing[template, where, str(error.validator)] = error.message
    assert differing.keys() == AS_RECORDED.keys(), differing
    served = {template for template, _, _ in asked}
    assert len(served) == 9


def test_parameters_are_described(described: dict[str, Any], webex: WebexServer, asking: Asking) -> None:
    """What this package's clients ask with is documented, and what is required is asked for."""
    for template, _, query in requests(webex, asking):
        parameters = described["paths"][template]["get"]["parameters"]
        known = {item["name"] for item in parameters if item["in"] == "query"}
        assert {name.rstrip("_") for name in query} <= known, template
        required = {item["name"] for item in parameters if item["in"] == "query" and item.get("required")}
        assert required <= {name.rstrip("_") for name in query}, template
        for name in required:
            left_out = {key: value for key, value in query.items() if key.rstrip("_") != name}
            status = asking.get(template, **left_out).status_code
            assert status == (200 if template == "/partner/tags" else 400), (template, name)


def test_defaults_and_limits_are_the_described_ones(described: dict[str, Any], webex: WebexServer) -> None:
    def parameter(path: str, name: str) -> dict[str, Any]:
        return next(item for item in described["paths"][path]["get"]["parameters"] if item["name"] == name)

    assert parameter("/licenses/{licenseId}", "limit")["schema"]["default"] == webex.behaviour.holder_page
    assert (
        f"cannot be more than {webex.behaviour.holder_page}"
        in parameter("/licenses/{licenseId}", "limit")["description"]
    )
    for path in ("/meetingReports/usage", "/meetingReports/attendees"):
        assert parameter(path, "max")["schema"]["default"] == 10
        assert f"less than `{webex.behaviour.meeting_page}`" in parameter(path, "max")["description"]
    described_tags = parameter("/partner/tags/subscriptions", "max")["description"]
    assert re.search(r"between 1 and 100", described_tags)


def test_statuses_of_faults_are_described(described: dict[str, Any]) -> None:
    for path in described["paths"].values():
        assert {"401", "403", "404", "423", "429", "500", "502", "503", "504"} <= set(path["get"]["responses"])


def test_what_the_description_lacks(described: dict[str, Any]) -> None:
    assert not [path for path in described["paths"] if path in NOT_DESCRIBED]
