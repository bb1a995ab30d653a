"""Tokens, and what is written down of each call."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sources.simulator.webex.faults import Faults, Kind, Scripted
from sources.simulator.webex.server import HOSTS, WebexServer
from sources.simulator.webex.world import World

from .asking import Asking
from .conftest import NOW


def test_it_listens_on_loopback_and_on_an_address_a_host(webex: WebexServer) -> None:
    assert set(HOSTS) == {"api", "us", "eu", "foreign"}
    assert len(set(HOSTS.values())) == 4 and all(address.startswith("127.") for address in HOSTS.values())
    assert webex.addresses() == {
        "PORTFOLIO_WEBEX_API_BASE": f"{webex.bases['api']}/v1",
        "PORTFOLIO_WEBEX_ANALYTICS_BASE": f"{webex.bases['us']}/v1",
    }


def test_a_server_that_is_left_answers_no_more(world: World) -> None:
    with WebexServer(world, NOW) as server, Asking(server) as asking:
        assert asking.get("/people/me").status_code == 200
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{server.bases['api']}/v1/people/me")


@pytest.mark.parametrize("authorization", [None, "Bearer nobody", "Basic {token}", "{token}"])
def test_a_call_needs_the_token(webex: WebexServer, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.format(token=webex.token)}
    assert httpx.get(f"{webex.bases['api']}/v1/people/me", headers=headers).status_code == 401
    assert httpx.get(f"{webex.bases['us']}/v1/cdr_feed", headers=headers).status_code == 401


def test_a_token_that_is_replaced_has_expired(webex: WebexServer, asking: Asking) -> None:
    old = webex.token
    new = webex.webex.tokens.replace()
    assert (webex.token, old == new) == (new, False)
    headers = {"Authorization": f"Bearer {old}"}
    assert asking.get("/people/me", headers=headers).status_code == 401
    assert asking.get("/people/me").status_code == 200
    assert [entry.token for entry in webex.journal.entries] == ["expired", "current"]
    assert {old, new} < webex.webex.tokens.secrets


def refreshed(webex: WebexServer, **other: str) -> httpx.Response:
    given = {name.removeprefix("PORTFOLIO_WEBEX_").lower(): value for name, value in webex.client().items()}
    form = {"grant_type": "refresh_token", **given, **other}
    return httpx.post(f"{webex.bases['api']}/v1/access_token", data=form)


def test_a_token_expires_after_so_many_calls_and_is_refreshed(webex: WebexServer, asking: Asking) -> None:
    webex.behaviour.token_calls = 3
    assert [asking.get("/people/me").status_code for _ in range(5)] == [200, 200, 200, 401, 401]
    answer = refreshed(webex).raise_for_status().json()
    assert answer["access_token"] == webex.token
    assert (answer["expires_in"], answer["refresh_token_expires_in"]) == (50_400, 7_776_000)
    assert answer["refresh_token"] == webex.client()["PORTFOLIO_WEBEX_REFRESH_TOKEN"]
    assert [asking.get("/people/me").status_code for _ in range(4)] == [200, 200, 200, 401]


@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "refresh_token"])
def test_a_wrong_refresh_is_refused(webex: WebexServer, name: str) -> None:
    before = webex.token
    assert refreshed(webex, **{name: "wrong"}).status_code == 400
    assert webex.token == before


def test_calls_are_written_down_without_their_token(webex: WebexServer, asking: Asking) -> None:
    asking.get("/organizations", headers={"User-Agent": "tests"})
    refreshed(webex)
    first, second = webex.journal.entries
    assert (first.host, first.method, first.path, first.status) == ("api", "GET", "/v1/organizations", 200)
    assert (first.agent, first.token, first.fault, first.retry_after) == ("tests", "current", None, None)
    assert (second.method, second.path, second.is_authorised) == ("POST", "/v1/access_token", False)
    assert first.ended is not None and first.started <= first.ended
    assert not any(secret in repr(webex.journal.entries) for secret in webex.webex.tokens.secrets)


def test_a_secret_in_an_address_is_seen(webex: WebexServer, asking: Asking) -> None:
    asking.get("/organizations")
    assert not webex.journal.wrongly_authorised()
    asking.get("/organizations", token=webex.token)
    assert [entry.has_secret for entry in webex.journal.wrongly_authorised()] == [True]


def test_how_long_a_caller_waited(webex: WebexServer, asking: Asking) -> None:
    webex.behaviour.retry_after = 30
    webex.faults = Faults(script=[Scripted("/organizations", Kind.TOO_MANY, calls=[1])])
    asking.get("/organizations")
    asking.get("/people/me")
    assert webex.journal.too_soon() == []
    asking.get("/organizations")
    assert [entry.status for entry in webex.journal.too_soon()] == [429]
    (waited,) = webex.journal.waits(lambda entry: entry.fault is Kind.TOO_MANY)
    assert 0 <= waited < 30
    webex.journal.clear()
    assert webex.journal.entries == [] and webex.journal.too_soon() == []


def test_how_many_called_at_once(webex: WebexServer) -> None:
    """Silent calls are under way until all of them have come."""
    webex.faults = Faults(script=[Scripted("/organizations", Kind.SILENT)])
    address = f"{webex.bases['api']}/v1/organizations"
    hung_up = threading.Event()

    def call(_: int) -> None:
        with httpx.Client() as client, client.stream("GET", address, timeout=60):
            hung_up.wait()

    with ThreadPoolExecutor(5) as pool:
        pending = [pool.submit(call, number) for number in range(5)]
        while webex.journal.most_at_once < 5:
            threading.Event().wait(0.01)
        webex.close()
        hung_up.set()
    assert webex.journal.most_at_once == 5
    assert all(isinstance(future.exception(), httpx.TransportError) for future in pending)
