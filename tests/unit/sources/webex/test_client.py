"""Manners: where the token goes, what is asked again and when, and what nobody gets to read."""

import asyncio
import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from sources.webex.client import Answer, Client
from sources.webex.errors import RefusedError, WebexError, WrongRegionError
from sources.webex.workers import for_each

from .scripted import OK, Script, ask
from .small_webex import ANALYTICS, BASE, TOKEN, Sleeps, options


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500),
        httpx.Response(504),
        httpx.Response(429),
        httpx.Response(423),
        httpx.Response(200, content=b'{"items": ['),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"\xff"),
        httpx.Response(302, headers={"location": "http://127.0.0.9/v1/things"}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("dropped"),
    ],
)
def test_what_may_be_better_next_time_is_asked_again(tmp_path: Path, failure: Any) -> None:
    script = Script(failure, failure, OK)
    assert ask(tmp_path, script).body == {"items": []}
    assert len(script.requests) == 3


def test_attempts_are_bounded_and_the_last_cause_is_said(tmp_path: Path) -> None:
    script = Script(httpx.Response(503, content=b"somebody@example.com"))
    with pytest.raises(WebexError) as error:
        ask(tmp_path, script, attempts=3)
    assert str(error.value) == "Webex answers 503, at the last of 3 attempts"
    assert len(script.requests) == 3


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_refusal_is_not_asked_again(tmp_path: Path, status: int) -> None:
    script = Script(httpx.Response(status))
    with pytest.raises(RefusedError, match=f"Webex answers {status}"):
        ask(tmp_path, script)
    assert len(script.requests) == 1


@pytest.mark.parametrize("status", [429, 423])
@pytest.mark.parametrize(("said", "least"), [("7", 7.0), (" 2 ", 2.0), ("1.5", 2.0)])
def test_the_time_that_is_asked_for_is_waited(tmp_path: Path, status: int, said: str, least: float) -> None:
    sleeps = Sleeps()
    ask(tmp_path, Script(httpx.Response(status, headers={"retry-after": said}), OK), sleeps=sleeps)
    assert least <= sleeps[0] < least + 0.2


@pytest.mark.parametrize("said", ["rand(30),add(30)", "-5", "soon", "", "1e3"])
def test_a_time_that_cannot_be_read_counts_as_absent(tmp_path: Path, said: str) -> None:
    sleeps = Sleeps()
    ask(tmp_path, Script(httpx.Response(429, headers={"retry-after": said}), OK), sleeps=sleeps)
    assert sleeps[0] <= 0.5


def test_the_time_is_heeded_of_429_and_423_alone(tmp_path: Path) -> None:
    sleeps = Sleeps()
    ask(tmp_path, Script(httpx.Response(503, headers={"retry-after": "500"}), OK), sleeps=sleeps)
    assert sleeps[0] <= 0.5


def test_who_asks_to_wait_for_long_is_asked_by_a_later_run(tmp_path: Path) -> None:
    script = Script(httpx.Response(429, headers={"retry-after": "86400"}), OK)
    with pytest.raises(WebexError, match="asks to wait 86400 s"):
        ask(tmp_path, script)
    assert len(script.requests) == 1


def test_waits_grow_at_random(tmp_path: Path) -> None:
    sleeps = Sleeps()
    with pytest.raises(WebexError):
        ask(tmp_path, Script(httpx.Response(500)), sleeps=sleeps, attempts=12)
    assert len(set(sleeps)) == 11
    assert all(wait <= min(0.5 * 2**number, 60) for number, wait in enumerate(sleeps))


def test_a_silent_or_dripping_server_has_one_time_limit(tmp_path: Path) -> None:
    async def drip(request: httpx.Request) -> httpx.Response:
        async def pieces() -> Any:
            while True:
                yield b" "
                await asyncio.sleep(0.01)

        return httpx.Response(200, content=pieces())

    async def asked() -> None:
        transport = httpx.MockTransport(drip)
        given = options(tmp_path, attempts=2, timeout_seconds=0.1)
        async with Client(given, lambda said: None, transport=transport, sleep=Sleeps()) as client:
            await client.get(f"{BASE}/things")

    with pytest.raises(WebexError, match=r"no whole answer within 0\.1 s, at the last of 2 attempts"):
        asyncio.run(asked())


@pytest.mark.parametrize(
    "address", ["http://127.0.0.9/v1/x", "http://127.0.0.1:2/v1/x", "https://127.0.0.1:1/v1/x", "http://evil.example/"]
)
def test_a_redirect_elsewhere_is_never_followed(tmp_path: Path, address: str) -> None:
    script = Script(httpx.Response(307, headers={"location": address}))
    with pytest.raises(WebexError, match="where the token does not go"):
        ask(tmp_path, script, attempts=2)
    assert {str(request.url) for request in script.requests} == {f"{BASE}/things"}


def test_a_redirect_to_a_named_host_is_followed(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        if request.url.host == "127.0.0.7":
            return OK
        return httpx.Response(302, headers={"location": "http://127.0.0.7:8/v1/there"})

    assert ask(tmp_path, answer, extra_hosts=("127.0.0.7:8",)).address == "http://127.0.0.7:8/v1/there"


def test_redirects_end(tmp_path: Path) -> None:
    script = Script(httpx.Response(302, headers={"location": "/v1/things"}))
    with pytest.raises(WebexError, match="redirects without end"):
        ask(tmp_path, script, attempts=1)
    assert len(script.requests) == 4


@pytest.mark.parametrize(
    ("body", "headers", "base"),
    [
        ({"message": f"Use {ANALYTICS.replace('2', '3', 1)}/cdr_feed"}, {}, None),
        ({"message": "ask analytics-calling-eu.webexapis.com"}, {}, "https://analytics-calling-eu.webexapis.com/v1"),
        ({"errors": [{"description": "https://analytics-calling-in.webexapis.com/v1/cdr_feed"}]}, {}, None),
        ({}, {"location": "https://analytics-calling-au.webexapis.com/v1"}, None),
    ],
)
def test_another_region_is_named(tmp_path: Path, body: Any, headers: dict[str, str], base: str | None) -> None:
    script = Script(httpx.Response(451, content=json.dumps(body), headers=headers))
    with pytest.raises(WrongRegionError) as error:
        ask(tmp_path, script, address=f"{ANALYTICS}/cdr_feed")
    wanted = base or next(
        text for text in (f"{ANALYTICS.replace('2', '3', 1)}", *_REGIONS) if text in json.dumps([body, headers])
    )
    assert error.value.base == wanted
    assert wanted in str(error.value)
    assert len(script.requests) == 1


_REGIONS = [f"https://analytics-calling-{region}.webexapis.com/v1" for region in ("in", "au")]


def test_another_region_that_is_not_named_is_said(tmp_path: Path) -> None:
    with pytest.raises(WrongRegionError, match="does not say which"):
        ask(tmp_path, Script(httpx.Response(451, content=b"Unavailable")), address=f"{ANALYTICS}/cdr_feed")


def test_requests_whose_time_is_over_take_nothing_from_those_that_come_after(tmp_path: Path) -> None:
    """They are ended at any point: before a connection is there, while it is made, before and inside an answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                for part in (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", b"}"):
                    await asyncio.sleep(0.002)
                    writer.write(part)
                    await writer.drain()
        writer.close()

    async def asked() -> Answer:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        given = options(tmp_path, api_base=base, concurrency=3, attempts=1)
        async with Client(given, lambda said: None) as client:

            async def ask(number: int) -> None:
                client.options = replace(given, timeout_seconds=number % 40 * 0.0002)
                with contextlib.suppress(WebexError):
                    await client.get(f"{base}/things")

            await for_each(range(600), 3, ask)
            client.options = given
            found = await client.get(f"{base}/things")
        server.close()
        return found

    assert asyncio.run(asked()).body == {}


def test_an_endless_answer_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.webex.client._MOST_BYTES", 1 << 20)
    with pytest.raises(RefusedError, match="an answer beyond 1 MiB"):
        ask(tmp_path, Script(httpx.Response(200, content=b" " * (1 << 20) + b"{}")))
