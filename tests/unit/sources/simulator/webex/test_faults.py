"""What goes wrong, goes wrong as it is named; and it is written down."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sources.simulator.webex.faults import SCRIPTED_ONLY, TRANSIENT, Faults, Kind, Scripted
from sources.simulator.webex.server import WebexServer

from .asking import Asking
from .reading import Reading, bare

ORGANIZATIONS = "/organizations"
NEXT: list[dict[str, str]] = [{}, {"next": "after-2"}]
"""What the first and the second page of a listing are asked for with."""


def script(webex: WebexServer, *scripted: Scripted) -> None:
    webex.faults = Faults(script=list(scripted))


@pytest.mark.parametrize(
    ("kind", "statuses", "retry_after"),
    [
        (Kind.TOO_MANY, {429}, "3"),
        (Kind.TOO_MANY_WITHOUT, {429}, None),
        (Kind.LOCKED, {423}, "3"),
        (Kind.LOCKED_WITHOUT, {423}, None),
        (Kind.SERVER_ERROR, {500, 502, 503, 504}, None),
        (Kind.UNAUTHORIZED, {401}, None),
        (Kind.FORBIDDEN, {403}, None),
        (Kind.NOT_FOUND, {404}, None),
    ],
)
def test_refusals(webex: WebexServer, asking: Asking, kind: Kind, statuses: set[int], retry_after: str | None) -> None:
    webex.behaviour.retry_after = 3
    script(webex, Scripted(ORGANIZATIONS, kind, calls=range(1, 9)))
    answers = [asking.get(ORGANIZATIONS) for _ in range(9)]
    assert {answer.status_code for answer in answers[:8]} <= statuses
    assert {answer.headers.get("Retry-After") for answer in answers[:8]} == {retry_after}
    assert answers[8].status_code == 200
    assert [entry.fault for entry in webex.journal.entries] == [kind] * 8 + [None]


@pytest.mark.parametrize(("kind", "status"), [(Kind.TOO_MANY_UNREADABLE, 429), (Kind.LOCKED_UNREADABLE, 423)])
def test_retry_after_that_is_no_number(webex: WebexServer, asking: Asking, kind: Kind, status: int) -> None:
    script(webex, Scripted("try=", kind))
    answers = [asking.get(ORGANIZATIONS, try_=number) for number in range(40)]
    assert {answer.status_code for answer in answers} == {status}
    said = {answer.headers["Retry-After"] for answer in answers}
    assert "rand(30),add(30)" in said and len(said) > 2
    assert not [text for text in said if text.isdecimal()]


@pytest.mark.parametrize("kind", [Kind.DROPPED, Kind.DROPPED_INSIDE, Kind.SILENT])
def test_an_answer_that_does_not_come(webex: WebexServer, asking: Asking, kind: Kind) -> None:
    webex.behaviour.silent_seconds = 0.05
    script(webex, Scripted(ORGANIZATIONS, kind, calls=[1]))
    with pytest.raises(httpx.RemoteProtocolError) as raised:
        asking.get(ORGANIZATIONS)
    assert ("complete message body" in str(raised.value)) == (kind is Kind.DROPPED_INSIDE)
    assert asking.get(ORGANIZATIONS).status_code == 200


def test_a_silent_server_is_silent_until_the_caller_hangs_up(webex: WebexServer) -> None:
    script(webex, Scripted(ORGANIZATIONS, Kind.SILENT))
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{webex.bases['api']}/v1{ORGANIZATIONS}", timeout=0.2)
    assert [entry.fault for entry in webex.journal.entries] == [Kind.SILENT]


def test_a_server_that_is_left_hangs_up(webex: WebexServer, asking: Asking) -> None:
    """Leaving it ends calls that would wait for ten minutes."""
    script(webex, Scripted(ORGANIZATIONS, Kind.DRIPPING))
    with httpx.stream("GET", f"{webex.bases['api']}/v1{ORGANIZATIONS}", timeout=60) as answer:
        webex.close()
        assert answer.status_code == 401
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()


def test_bodies_that_are_no_json(webex: WebexServer, asking: Asking) -> None:
    kinds = [Kind.TRUNCATED, Kind.HTML, Kind.WRONG_TYPE]
    script(webex, *(Scripted(ORGANIZATIONS, kind, calls=[number]) for number, kind in enumerate(kinds, 1)))
    truncated, html, wrong = (asking.get(ORGANIZATIONS) for _ in kinds)
    for answer in (truncated, html):
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    assert html.headers["Content-Type"] == wrong.headers["Content-Type"] == "text/html"
    assert wrong.json() == asking.body(ORGANIZATIONS)


def test_a_redirect_leads_away(webex: WebexServer, asking: Asking) -> None:
    script(webex, Scripted(ORGANIZATIONS, Kind.REDIRECT_ELSEWHERE, calls=range(1, 20)))
    answers = [asking.get(ORGANIZATIONS) for _ in range(19)]
    assert {answer.status_code for answer in answers} == {302, 307, 308}
    assert {answer.headers["Location"] for answer in answers} == {f"{webex.bases['foreign']}/v1{ORGANIZATIONS}"}
    assert not webex.journal.wrongly_authorised()
    asking.at(answers[0].headers["Location"])  # with the token
    assert [entry.host for entry in webex.journal.wrongly_authorised()] == ["foreign"]


@pytest.fixture
def line(webex: WebexServer, asking: Asking) -> dict[str, Any]:
    """A licence that some people hold."""
    lines = [line for _, line in Reading(asking).lines if (line["consumedByUsers"] or 0) > 5]
    webex.journal.clear()
    return lines[0]


def holders(asking: Asking, line: dict[str, Any]) -> Iterator[httpx.Response]:
    """Its pages of two holders; only rel=next is followed, as far as it leads on."""
    answer = asking.get(f"/licenses/{line['id']}", includeAssignedTo="user", limit=2)
    seen = set()
    while True:
        yield answer
        address = answer.links.get("next", {}).get("url")
        if address is None or address in seen:
            return
        seen.add(address)
        answer = asking.at(address)


def users(pages: list[httpx.Response]) -> list[str]:
    return [user["email"] for page in pages for user in page.json().get("users", [])]


def test_paging(webex: WebexServer, asking: Asking, line: dict[str, Any]) -> None:
    every = users(list(holders(asking, line)))
    second = "next=after-2"

    script(webex, Scripted(second, Kind.NEXT_REPEATS))
    named = set()
    for number in range(20):
        asked = {"includeAssignedTo": "user", "limit": 2, "try_": number}
        first, page = (asking.get(f"/licenses/{line['id']}", **asked, **more) for more in NEXT)
        named.add([str(first.url), str(page.url)].index(page.links["next"]["url"]))
    assert named == {0, 1}

    script(webex, Scripted(second, Kind.NEXT_UNFILTERED, calls=[1]))
    pages = list(holders(asking, line))
    assert "includeAssignedTo" not in pages[1].links["next"]["url"]
    assert "users" not in pages[2].json()

    script(webex, Scripted(second, Kind.NEXT_ELSEWHERE, calls=[1]))
    assert (
        next(page for page in holders(asking, line) if second in str(page.url))
        .links["next"]["url"]
        .startswith(webex.bases["foreign"])
    )

    script(webex, Scripted("/licenses/", Kind.FIRST_AND_PREV))
    pages = list(holders(asking, line))
    assert users(pages) == every
    assert [*pages[0].links] == ["first", "prev", "next"] and [*pages[-1].links] == ["first", "prev"]

    script(webex, Scripted(second, Kind.DOUBLED, calls=[1]))
    pages = list(holders(asking, line))
    assert users(pages) == [*every[:2], every[1], *every[2:]]

    script(webex, Scripted(second, Kind.EMPTY_PAGE, calls=[1, 2]))
    pages = list(holders(asking, line))
    assert [len(page.json()["users"]) for page in pages][:4] == [2, 0, 0, 2]
    assert users(pages) == every
    assert len({str(page.url) for page in pages}) == len(pages)

    script(webex, Scripted("/licenses/", Kind.HOLDER_MISSING, calls=[1]))
    assert users(list(holders(asking, line))) == [every[0], *every[2:]]
    assert users(list(holders(asking, line))) == every


def test_fields(webex: WebexServer, asking: Asking, line: dict[str, Any]) -> None:
    path = f"/licenses/{line['id']}"
    script(
        webex,
        Scripted(path, Kind.NULL_COUNTS, calls=[1]),
        Scripted(path, Kind.NULL_FIELDS, calls=[2]),
        Scripted(path, Kind.LEFT_OUT, calls=[3]),
        Scripted(path, calls=[4], edit=lambda body: body.update(consumedUnits=4711)),
    )
    null = {"totalUnits": None, "consumedUnits": None}
    assert asking.body(path) == {**line, **null}
    needless = {"consumedByWorkspaces", "siteType"} & set(line)
    assert asking.body(path) == {**line, **dict.fromkeys(needless)}
    assert asking.body(path) == {name: value for name, value in line.items() if name not in needless}
    assert asking.body(path) == {**line, "consumedUnits": 4711}
    assert asking.body(path) == line


def test_one_organisation_is_forbidden_for_good(webex: WebexServer, asking: Asking) -> None:
    identity = asking.body(ORGANIZATIONS)["items"][0]["id"]
    script(webex, Scripted(identity, Kind.FORBIDDEN))
    assert [asking.get(f"/organizations/{identity}").status_code for _ in range(5)] == [403] * 5
    others = [item["id"] for item in asking.body(ORGANIZATIONS)["items"] if item["id"] != identity]
    assert asking.get(f"/organizations/{others[0]}").status_code == 200
    assert bare(identity) in webex.world.organisations


def calls_with_faults(webex: WebexServer, asking: Asking, seed: int, *, backwards: bool = False) -> dict[Any, Any]:
    """Which of 150 calls of each of three addresses go wrong, and how."""
    webex.faults = Faults(rate=0.1, seed=seed, kinds=[kind for kind in TRANSIENT if kind is not Kind.SILENT])
    webex.journal.clear()
    paths = ["/people/me", "/partner/tags?type=SUBSCRIPTION", "/organizations"]
    for path in reversed(paths) if backwards else paths:
        for _ in range(150):
            try:
                asking.at(f"{webex.bases['api']}/v1{path}")
            except httpx.TransportError:
                continue
    found: dict[Any, list[Any]] = {}
    for entry in webex.journal.entries:
        found.setdefault(entry.address, []).append(entry.fault)
    return found


def test_faults_by_rate_depend_on_the_call_and_on_nothing_else(webex: WebexServer, asking: Asking) -> None:
    one = calls_with_faults(webex, asking, 3)
    assert calls_with_faults(webex, asking, 3, backwards=True) == one
    assert calls_with_faults(webex, asking, 4) != one
    drawn = [kind for kinds in one.values() for kind in kinds]
    assert 20 <= sum(kind is not None for kind in drawn) <= 70  # of 450
    assert len({*drawn}) > 8


def test_a_holder_is_missing_once_of_a_listing(webex: WebexServer, asking: Asking, line: dict[str, Any]) -> None:
    webex.faults = Faults(rate=1.0, seed=1, kinds=[Kind.HOLDER_MISSING])
    every = [len(users(list(holders(asking, line)))) for _ in range(3)]
    assert every[0] + 1 == every[1] == every[2]


def test_every_transient_kind_is_drawn_and_no_other(webex: WebexServer, asking: Asking, line: dict[str, Any]) -> None:
    webex.faults = Faults(rate=1.0, seed=1)
    webex.behaviour.silent_seconds = 0.01
    for number in range(400):
        path = f"/licenses/{line['id']}"
        try:
            asking.get(path, includeAssignedTo="user", limit=2, next="after-2", try_=number)
        except httpx.TransportError:
            continue
    assert webex.journal.faults().keys() == set(TRANSIENT)
    assert set(TRANSIENT) | SCRIPTED_ONLY == set(Kind)
