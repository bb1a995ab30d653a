"""Manners: who gets the token, what is asked again and when, and what nobody gets to read."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sources.errors import SourceError
from sources.webex.client import Answer, Client
from sources.webex.errors import RefusedError, WebexError, WrongRegionError
from sources.webex.options import Credentials, Secret

from .small_webex import ANALYTICS, BASE, TOKEN, Sleeps, options

Handler = Callable[[httpx.Request], httpx.Response]
OK = httpx.Response(200, content=b'{"items": []}')


class Script:
    """Answers with one thing after the other, and with the last one from then on."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def ask(
    memory: Path, handler: Handler, address: str = f"{BASE}/things", sleeps: Sleeps | None = None, **given: Any
) -> Answer:
    async def asked() -> Answer:
        settings = {name: given.pop(name) for name in list(given) if name not in ("calls", "shape")}
        transport = httpx.MockTransport(handler)
        chosen = sleeps if sleeps is not None else Sleeps()
        async with Client(options(memory, **settings), lambda said: None, transport=transport, sleep=chosen) as client:
            return await client.get(address, **given)

    return asyncio.run(asked())


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


class Guarded:
    """A server that takes one token, and gives a new one for a refresh."""

    def __init__(self, valid: str, refreshed: httpx.Response | None = None) -> None:
        self.valid = valid
        self.refreshed = refreshed
        self.refused = 0
        self.forms: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/access_token"):
            assert "authorization" not in request.headers
            self.forms.append(request.content.decode())
            return self.refreshed or httpx.Response(404)
        if request.headers["authorization"] != f"Bearer {self.valid}":
            self.refused += 1
            return httpx.Response(401)
        return OK


def credentials(tmp_path: Path, texts: dict[str, str]) -> Credentials:
    """Each in a file of its owner's."""
    secrets = {}
    for name in ("token", "client_id", "client_secret", "refresh_token"):
        file = tmp_path / name
        if name in texts:
            file.write_text(texts[name] + "\n")
            file.chmod(0o600)
        secrets[name] = Secret(f"PORTFOLIO_WEBEX_{name.upper()}", file=file if name in texts else None)
    return Credentials(**secrets)


def test_a_refused_token_is_read_again(tmp_path: Path) -> None:
    given = credentials(tmp_path, {"token": "old"})

    class Renewed(Guarded):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            answer = super().__call__(request)
            (tmp_path / "token").write_text("new")
            return answer

    server = Renewed("new")
    assert ask(tmp_path, server, credentials=given).body == {"items": []}
    assert server.refused == 1


def test_a_refused_token_is_refreshed(tmp_path: Path) -> None:
    texts = {"client_id": "the-client", "client_secret": "the-secret", "refresh_token": "the-refresh"}
    server = Guarded("new", httpx.Response(200, content=b'{"access_token": "new", "expires_in": 1}'))
    ask(tmp_path, server, credentials=credentials(tmp_path, {"token": "old", **texts}))
    assert server.forms == [
        "grant_type=refresh_token&client_id=the-client&client_secret=the-secret&refresh_token=the-refresh"
    ]
    ask(tmp_path, server, credentials=credentials(tmp_path, texts))
    assert (server.refused, len(server.forms)) == (1, 2)


def test_a_token_that_stays_refused_is_one_line_soon(tmp_path: Path) -> None:
    server = Guarded("another")
    with pytest.raises(SourceError, match="refuses the token \\(401\\)") as error:
        ask(tmp_path, server, credentials=credentials(tmp_path, {"token": "the-old-token"}))
    assert server.refused <= 4
    assert "the-old-token" not in f"{error.value!r} {error.value.__cause__!r}"


def test_a_valid_token_may_be_refused_now_and_then(tmp_path: Path) -> None:
    script = Script(httpx.Response(401), httpx.Response(401), OK)
    assert ask(tmp_path, script).body == {"items": []}


def test_a_refused_refresh_is_one_line_without_secrets(tmp_path: Path) -> None:
    texts = {"client_id": "the-client", "client_secret": "the-secret", "refresh_token": "the-refresh"}
    server = Guarded("new", httpx.Response(400, content=b'{"message": "the-secret is wrong"}'))
    with pytest.raises(SourceError, match="refuses to refresh the token \\(400\\)") as error:
        ask(tmp_path, server, credentials=credentials(tmp_path, texts))
    assert not any(secret in str(error.value) for secret in texts.values())


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    given = credentials(tmp_path, {"client_id": "x", "client_secret": "y", "refresh_token": "z"})
    (tmp_path / "client_secret").chmod(mode)
    with pytest.raises(SourceError, match=r"PORTFOLIO_WEBEX_CLIENT_SECRET_FILE=.*chmod 600"):
        given.check()


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({}, "source webex has no token"),
        ({"client_id": "x"}, "needs all of PORTFOLIO_WEBEX_CLIENT_ID"),
        ({"token": ""}, "holds no token or key"),
        ({"token": "two words"}, "holds no token or key"),
    ],
)
def test_what_is_wanting_is_said(tmp_path: Path, texts: dict[str, str], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        credentials(tmp_path, texts).check()


def test_an_endless_answer_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.webex.client._MOST_BYTES", 1 << 20)
    with pytest.raises(RefusedError, match="an answer beyond 1 MiB"):
        ask(tmp_path, Script(httpx.Response(200, content=b" " * (1 << 20) + b"{}")))


def test_secrets_show_in_no_representation(tmp_path: Path) -> None:
    assert TOKEN not in repr(options(tmp_path))
