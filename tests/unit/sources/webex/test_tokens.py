"""Tokens: refused, read again, refreshed, and shown to nobody."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from sources.errors import SourceError
from sources.webex.options import Credentials, Secret

from .scripted import OK, Script, ask
from .small_webex import TOKEN, options


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


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(401),
        httpx.Response(429),
        httpx.Response(503),
        httpx.Response(307, headers={"location": "http://127.0.0.9/v1/access_token"}),
        httpx.Response(200, content=b"<html>"),
        httpx.ConnectError("refused"),
    ],
)
def test_a_refresh_that_fails_is_asked_for_again(tmp_path: Path, failure: Any) -> None:
    texts = {"client_id": "the-client", "client_secret": "the-secret", "refresh_token": "the-refresh"}
    script = Script(failure, failure, httpx.Response(200, content=b'{"access_token": "new"}'), OK)
    assert ask(tmp_path, script, credentials=credentials(tmp_path, texts)).body == {"items": []}
    assert {request.url.host for request in script.requests} == {"127.0.0.1"}


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


def test_secrets_show_in_no_representation(tmp_path: Path) -> None:
    assert TOKEN not in repr(options(tmp_path))
