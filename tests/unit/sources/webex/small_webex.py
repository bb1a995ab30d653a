"""A Webex of a few organisations in memory, for tests: what a request gets is a function of its path and parameters."""

import base64
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import NAMESPACE_URL, uuid5

import httpx

from sources.webex.client import Client
from sources.webex.options import Credentials, Secret, WebexOptions

BASE, ANALYTICS = "http://127.0.0.1:1/v1", "http://127.0.0.2:1/v1"
TOKEN = "a-token-that-shows-nowhere"  # noqa: S105


@cache
def uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


@cache
def encoded(kind: str, rest: str) -> str:
    return base64.b64encode(f"ciscospark://us/{kind}/{rest}".encode()).decode().rstrip("=")


PARTNER = uuid("partner")


def options(memory: Path, **changed: Any) -> WebexOptions:
    given: dict[str, Any] = {"token": Secret("PORTFOLIO_WEBEX_TOKEN", TOKEN)}
    given |= {name: Secret(f"PORTFOLIO_WEBEX_{name.upper()}") for name in ("client_id", "client_secret")}
    given |= {"refresh_token": Secret("PORTFOLIO_WEBEX_REFRESH_TOKEN")}
    credentials = changed.pop("credentials", Credentials(**given))
    memory.mkdir(parents=True, exist_ok=True)
    fast = {"cdr_per_minute": 1_000_000, "api_base": BASE, "analytics_base": ANALYTICS}
    return WebexOptions(credentials, memory, **{**fast, **changed})


class Sleeps(list[float]):
    """Waits for nothing, and remembers for how long it was asked to."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def line(
    org: str, code: str, total: int | None, used: int | None, subscription: str | None, **more: Any
) -> dict[str, Any]:
    """A licence as /licenses lists it; `site` goes into its id as well."""
    site = more.pop("site", None)
    key = uuid(f"{org} {code} {subscription} {site} {more.pop('part', '')}")
    spelt = f"{uuid(org)}:{code}_{key}" + (f"_{site}" if site else "")
    optional = {"subscriptionId": subscription, "siteUrl": site}
    return {
        "id": encoded("LICENSE", spelt),
        "name": f"name of {code}",
        "totalUnits": total,
        "consumedUnits": used,
        "consumedByUsers": used,
        "consumedByWorkspaces": 0,
        **{name: value for name, value in optional.items() if value is not None},
        **more,
    }


def person(name: str) -> dict[str, Any]:
    return {
        "id": encoded("PEOPLE", uuid(name)),
        "type": "INTERNAL",
        "displayName": name,
        "email": f"{name}@Example.com",
    }


@dataclass
class SmallWebex:
    """Its organisations' names, their lines, who holds each licence, and what took place."""

    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    holders: dict[str, list[str]] = field(default_factory=dict)
    """Names of people by a licence's id."""
    meetings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By site."""
    attendees: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By meeting."""
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By organisation; all of them in each window."""
    tags: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    """Organisations that are answered with 503."""
    asked: Counter[str] = field(default_factory=Counter)
    """Requests by path."""
    queries: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    changed: Callable[[httpx.Request], httpx.Response | None] = lambda request: None

    def client(self, given: WebexOptions, note: Callable[[str], None] = lambda said: None) -> Client:
        return Client(given, note, transport=httpx.MockTransport(self.answer), sleep=Sleeps())

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.path)
        self.asked[path] += 1
        self.queries.append((path, dict(request.url.params)))
        if (other := self.changed(request)) is not None:
            return other
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401)
        found = self._found(path.removeprefix("/v1/").split("/"), dict(request.url.params))
        return found if isinstance(found, httpx.Response) else httpx.Response(200, content=json.dumps(found))

    def _found(self, parts: list[str], query: dict[str, str]) -> Any:
        orgs = {encoded("ORGANIZATION", uuid(name)): name for name in self.lines}
        match parts:
            case ["people", "me"]:
                return {"orgId": encoded("ORGANIZATION", PARTNER), "emails": ["admin@example.com"]}
            case ["organizations"]:
                own = {"id": encoded("ORGANIZATION", PARTNER), "displayName": "the partner"}
                return {"items": [own, *(_organization(one, name) for one, name in orgs.items())]}
            case ["organizations", one] if orgs.get(one) not in self.failing:
                return _organization(one, orgs[one])
            case ["licenses"] if orgs.get(query["orgId"]) not in self.failing:
                return {"items": self.lines[orgs[query["orgId"]]]}
            case ["licenses", one]:
                (licence,) = (item for items in self.lines.values() for item in items if item["id"] == one)
                return {**licence, "users": [person(name) for name in self.holders.get(one, [])]}
            case ["partner", "tags"]:
                return [{"name": name} for name in self.tags]
            case ["partner", "tags", "subscriptions"]:
                return self.tags[query["tags"]]
            case ["meetingReports", "usage"]:
                return {"items": self.meetings.get(query["siteUrl"], [])}
            case ["meetingReports", "attendees"]:
                return {"items": self.attendees[query["meetingId"]]}
            case ["cdr_feed"]:
                return {"items": self.records.get(orgs[query["orgId"]], [])}
        return httpx.Response(503)


def _organization(identity: str, name: str) -> dict[str, Any]:
    return {"id": identity, "displayName": name, "created": "2024-02-29T23:30:00-02:00"}
