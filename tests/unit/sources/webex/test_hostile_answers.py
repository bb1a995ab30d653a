"""Answers that nobody should give: a request ends with an answer, or with one line in words of our own."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import SourceError
from sources.webex.bodies import Body
from sources.webex.client import Answer, Client
from sources.webex.errors import AgainError, RefusedError, WebexError, WrongRegionError
from sources.webex.listing import has_items, pages
from sources.webex.models import count_of, moment_of

from .small_webex import ANALYTICS, BASE, TOKEN, Sleeps, options

MAIL = "somebody@example.com"


class Pieces(httpx.AsyncByteStream):
    """A body as a server sends it, byte for byte."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for begin in range(0, len(self.content), 65536):
            yield self.content[begin : begin + 65536]


def raw(status: int, content: bytes = b"", headers: Any = None) -> httpx.Response:
    return httpx.Response(status, headers=headers, stream=Pieces(content))


def ask(memory: Path, answer: Callable[[httpx.Request], httpx.Response], address: str = f"{BASE}/things") -> Answer:
    async def asked() -> Answer:
        transport = httpx.MockTransport(answer)
        chosen = options(memory, attempts=2)
        async with Client(chosen, lambda said: None, transport=transport, sleep=Sleeps()) as client:
            return await client.get(address)

    return asyncio.run(asked())


def test_a_packed_answer_is_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"items": [1]}')
    assert ask(tmp_path, lambda request: raw(200, packed, {"content-encoding": "GZIP"})).body == {"items": [1]}


def test_nothing_but_gzip_is_asked_for(tmp_path: Path) -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["accept-encoding"])
        return raw(200, b"{}")

    ask(tmp_path, answer)
    assert seen == ["gzip"]


def test_a_bomb_is_unpacked_no_further_than_its_bound() -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    body = Body("gzip", 200, 1 << 20)
    with pytest.raises(RefusedError, match="an answer beyond 1 MiB"):
        body.add(bomb)
    assert len(body._content) <= (1 << 20) + 1


@pytest.mark.parametrize("packing", ["br", "zstd", "deflate", "gzip, gzip", "x"])
def test_other_packings_are_not_unpacked(tmp_path: Path, packing: str) -> None:
    content = gzip.compress(gzip.compress(b"{}"))
    with pytest.raises(WebexError, match="packed as nobody asked for"):
        ask(tmp_path, lambda request: raw(200, content, {"content-encoding": packing}))


@pytest.mark.parametrize(
    "content", [gzip.compress(b'{"items": []}')[:-9], b"no gzip at all"], ids=["cut off", "no gzip"]
)
def test_a_packed_answer_that_is_not_whole_is_asked_again(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(WebexError, match=r"cut off|can't be unpacked"):
        ask(tmp_path, lambda request: raw(200, content, {"content-encoding": "gzip"}))


@pytest.mark.parametrize(
    "location",
    [None, "", "http://[", "http://127.0.0.1:99999/", "http://a b/", "//\x7f", "mailto:" + MAIL, "x" * 70_000],
)
def test_a_redirect_to_no_address_is_one_line(tmp_path: Path, location: str | None) -> None:
    headers = {} if location is None else {"location": location}
    with pytest.raises(WebexError) as error:
        ask(tmp_path, lambda request: raw(302, b"", headers))
    assert MAIL not in str(error.value)
    assert len(str(error.value)) < 300


def list_all(memory: Path, answer: Callable[[httpx.Request], httpx.Response]) -> None:
    async def listed() -> None:
        transport = httpx.MockTransport(answer)
        chosen = options(memory, attempts=2)
        async with Client(chosen, lambda said: None, transport=transport, sleep=Sleeps()) as client:
            async for _ in pages(client, f"{BASE}/things", {}, kept=(), shape=has_items):
                pass

    asyncio.run(listed())


@pytest.mark.parametrize("named", ["http://[", "mailto:x", "x" * 70_000])
def test_a_next_page_without_an_address_is_no_end(tmp_path: Path, named: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return raw(200, b'{"items": []}', {"link": f'<{named}>; rel="next"'})

    with pytest.raises(WebexError, match="an address that is none"):
        list_all(tmp_path, answer)
    assert ask(tmp_path, answer).body == {"items": []}  # of what is not paged, it says nothing


@pytest.mark.parametrize("host", [TOKEN, TOKEN.upper(), f"a.{TOKEN}.example"])
def test_a_host_that_spells_the_token_is_not_named(tmp_path: Path, host: str) -> None:
    address = f"http://{host}/v1/things"

    def redirect(request: httpx.Request) -> httpx.Response:
        return raw(307, b"", {"location": address})

    def region(request: httpx.Request) -> httpx.Response:
        return raw(451, f'{{"message": "ask {address}"}}'.encode())

    def listing(request: httpx.Request) -> httpx.Response:
        return raw(200, b'{"items": []}', {"link": f'<{address}>; rel="next"'})

    for attempt in (
        lambda: ask(tmp_path, redirect),
        lambda: ask(tmp_path, region, f"{ANALYTICS}/cdr_feed"),
        lambda: list_all(tmp_path, listing),
    ):
        with pytest.raises(WebexError, match="a host that is not shown") as error:
            attempt()
        assert TOKEN not in str(error.value).lower()


def test_a_region_with_a_user_in_its_address_is_none(tmp_path: Path) -> None:
    body = f'{{"message": "https://{MAIL}/v1 or https://analytics-calling-eu.webexapis.com/v1"}}'.encode()
    with pytest.raises(WrongRegionError) as error:
        ask(tmp_path, lambda request: raw(451, body), f"{ANALYTICS}/cdr_feed")
    assert error.value.base == "https://analytics-calling-eu.webexapis.com/v1"
    assert MAIL not in str(error.value)


def test_halves_of_letters_are_replaced_and_whole_ones_stay(tmp_path: Path) -> None:
    body = rb'{"\ud800": ["a\uDC00b", "\ud83d\ude00", "C:\\ud", 1, null]}'
    assert ask(tmp_path, lambda request: raw(200, body)).body == {
        "\ufffd": ["a\ufffdb", "\U0001f600", "C:\\ud", 1, None]
    }


@pytest.mark.parametrize(
    "body", [b"[" * 200_000, b'{"a":' * 200_000, b"[" * 900 + rb'"\ud800"' + b"]" * 900, b"9" * 5000]
)
def test_json_that_is_too_deep_or_long_is_one_line(tmp_path: Path, body: bytes) -> None:
    try:
        ask(tmp_path, lambda request: raw(200, body))
    except WebexError as error:
        assert "no whole JSON" in str(error)
    else:
        assert body.startswith(b"[" * 900 + b'"')  # as deep as this may be read


def test_a_listing_without_end_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.webex.listing._MOST_BYTES", 10_000)
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return raw(200, b'{"items": []}' + b" " * 1000, {"link": f'</v1/things?page={asked}>; rel="next"'})

    with pytest.raises(WebexError, match="it is larger than"):
        list_all(tmp_path, answer)
    assert asked in (9, 10)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("²", "²"),
        ("٣", "٣"),
        ("9" * 5000, "9" * 5000),
        (10**400, str(10**400)),
        (-(10**18), str(-(10**18))),
        (True, "True"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (5.0, 5),
        (" 7 ", 7),
        (-1, -1),
        (None, None),
        ([1], "[1]"),
    ],
)
def test_a_count_is_a_number_or_what_was_sent(value: object, count: int | str | None) -> None:
    assert count_of(value) == count


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00", "soon", ""])
def test_a_time_beyond_the_calendar_is_none(text: str) -> None:
    assert moment_of(text) is None


@given(
    status=st.sampled_from([200, 201, 204, 300, 302, 304, 308, 400, 401, 403, 404, 408, 423, 429, 451, 500, 599]),
    headers=st.lists(
        st.tuples(
            st.sampled_from(
                [b"location", b"link", b"retry-after", b"content-encoding", b"content-type", b"set-cookie"]
            ),
            st.one_of(
                st.binary(max_size=60).filter(lambda text: not set(text) & {0, 10, 13}),
                st.sampled_from(
                    [f"<https://{MAIL}/>; rel=next".encode(), f"http://{TOKEN}.example/".encode(), b"gzip"]
                ),
                st.sampled_from(
                    [b"-1", b"31536000", b"Wed, 21 Oct 2099 07:28:00 GMT", b"1e9", b"nan", b"<>; rel=next"]
                ),
            ),
        ),
        max_size=4,
    ),
    body=st.one_of(st.binary(max_size=200), st.just(f'{{"message": "{TOKEN} {MAIL} https://{TOKEN}/"}}'.encode())),
)
def test_any_answer_ends_in_an_answer_or_in_words_of_our_own(
    tmp_path_factory: pytest.TempPathFactory, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    try:
        found = ask(tmp_path_factory.getbasetemp(), lambda request: raw(status, body, headers))
    except (WebexError, SourceError) as error:
        assert not isinstance(error, AgainError)
        assert TOKEN not in str(error).lower()
        assert "@" not in str(error)
        assert "\n" not in str(error)
    else:
        assert found.next_page is None or httpx.URL(found.next_page)
