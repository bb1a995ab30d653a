"""Refresh tokens that change, and secrets' files: what is kept, what is said, and what stays as it was."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from sources.errors import SourceError
from sources.webex.client import Client
from sources.webex.options import Credentials, Secret

from .small_webex import BASE, Sleeps, options


class Rotating:
    """Takes each refresh token once, and gives the next one with a token that is good for one request."""

    def __init__(self) -> None:
        self.number = 1
        self.forms: list[str] = []
        self.good = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/access_token"):
            good, self.good = self.good, ""
            is_good = good and request.headers["authorization"] == f"Bearer {good}"
            return httpx.Response(200, content=b"{}") if is_good else httpx.Response(401)
        (sent,) = parse_qs(request.content.decode())["refresh_token"]
        self.forms.append(sent)
        if sent != f"refresh-{self.number}":
            return httpx.Response(400)
        self.number += 1
        self.good = f"token-{self.number}"
        return httpx.Response(
            200, content=json.dumps({"access_token": self.good, "refresh_token": f"refresh-{self.number}"})
        )


def secrets(tmp_path: Path, refresh: Secret) -> Credentials:
    return Credentials(
        Secret("PORTFOLIO_WEBEX_TOKEN"),
        Secret("PORTFOLIO_WEBEX_CLIENT_ID", "id"),
        Secret("PORTFOLIO_WEBEX_CLIENT_SECRET", "secret"),
        refresh,
    )


def ask(tmp_path: Path, server: Any, credentials: Credentials, times: int = 1) -> list[str]:
    notes: list[str] = []

    async def asked() -> None:
        transport = httpx.MockTransport(server)
        chosen = options(tmp_path / "memory", credentials=credentials, attempts=2)
        async with Client(chosen, notes.append, transport=transport, sleep=Sleeps()) as client:
            for _ in range(times):
                await client.get(f"{BASE}/things")

    asyncio.run(asked())
    return notes


def refresh_file(tmp_path: Path) -> Path:
    file = tmp_path / "kept" / "refresh"
    file.parent.mkdir()
    file.write_text("refresh-1\n")
    file.chmod(0o600)
    return file


def test_a_changed_refresh_token_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    file, server = refresh_file(tmp_path), Rotating()
    link = tmp_path / "link"
    link.symlink_to(file)
    given = secrets(tmp_path, Secret("PORTFOLIO_WEBEX_REFRESH_TOKEN", file=link))
    notes = ask(tmp_path, server, given, times=3)
    assert server.forms == ["refresh-1", "refresh-2", "refresh-3"]
    assert file.read_text() == "refresh-4\n"
    assert (file.stat().st_mode & 0o777, link.is_symlink(), list(file.parent.iterdir())) == (0o600, True, [file])
    assert ask(tmp_path, server, given) == [notes[0]]
    assert server.forms[-1] == "refresh-4"
    assert (
        notes[0] == f"webex: the refresh token has changed; PORTFOLIO_WEBEX_REFRESH_TOKEN_FILE={link} has the new one"
    )


def test_one_without_a_file_is_used_as_long_as_the_run_and_said_to_be_lost(tmp_path: Path) -> None:
    server = Rotating()
    notes = ask(tmp_path, server, secrets(tmp_path, Secret("PORTFOLIO_WEBEX_REFRESH_TOKEN", "refresh-1")), times=2)
    assert server.forms == ["refresh-1", "refresh-2"]
    assert "PORTFOLIO_WEBEX_REFRESH_TOKEN_FILE" in notes[0]
    assert "authorise the integration again" in notes[0]
    assert not any("refresh-" in note for note in notes)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, server = refresh_file(tmp_path), Rotating()

    def full(secret: Secret, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Secret, "write", full)
    notes = ask(tmp_path, server, secrets(tmp_path, Secret("PORTFOLIO_WEBEX_REFRESH_TOKEN", file=file)), times=2)
    assert server.forms == ["refresh-1", "refresh-2"]
    assert f"{file} cannot be written: No space left on device" in notes[0]


def test_a_newer_one_that_somebody_put_in_stays(tmp_path: Path) -> None:
    file = refresh_file(tmp_path)

    class Meanwhile(Rotating):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            answer = super().__call__(request)
            file.write_text("authorised-again")
            return answer

    ask(tmp_path, Meanwhile(), secrets(tmp_path, Secret("PORTFOLIO_WEBEX_REFRESH_TOKEN", file=file)))
    assert file.read_text() == "authorised-again"


@pytest.mark.parametrize("other", [None, 5, "", "refresh-1", "two words", "new\nline", "é"])
def test_what_is_no_other_refresh_token_changes_nothing(tmp_path: Path, other: object) -> None:
    file = refresh_file(tmp_path)

    def server(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/access_token"):
            return httpx.Response(200, content=json.dumps({"access_token": "t", "refresh_token": other}))
        return httpx.Response(200, content=b"{}")

    assert ask(tmp_path, server, secrets(tmp_path, Secret("PORTFOLIO_WEBEX_REFRESH_TOKEN", file=file))) == []
    assert file.read_text() == "refresh-1\n"


@pytest.mark.parametrize("after", ["31536000", "-1", "Wed, 21 Oct 2099 07:28:00 GMT", "900"])
def test_a_refresh_never_waits_for_longer_than_any_request(tmp_path: Path, after: str) -> None:
    sleeps = Sleeps()

    async def asked() -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(429, headers={"retry-after": after}))
        given = secrets(tmp_path, Secret("PORTFOLIO_WEBEX_REFRESH_TOKEN", "refresh-1"))
        chosen = options(tmp_path / "memory", credentials=given, attempts=3)
        async with Client(chosen, lambda said: None, transport=transport, sleep=sleeps) as client:
            await client.get(f"{BASE}/things")

    with pytest.raises(SourceError, match="the token cannot be refreshed"):
        asyncio.run(asked())
    assert all(wait <= 901 for wait in sleeps)


@pytest.mark.parametrize(
    ("mode", "said"), [(0o600, False), (0o400, False), (0o644, True), (0o640, True), (0o604, True)]
)
def test_a_token_that_others_can_read_is_said(tmp_path: Path, mode: int, said: bool) -> None:
    file = tmp_path / "token"
    file.write_text("t")
    file.chmod(mode)
    found = Secret("PORTFOLIO_WEBEX_TOKEN", file=file, private=False).open_to_others()
    assert found == (
        f"PORTFOLIO_WEBEX_TOKEN_FILE={file} can be read by others than its owner; chmod 600 it" if said else None
    )
