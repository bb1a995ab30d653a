"""Listings: to their end, once, and of what was asked for."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.webex.client import Client
from sources.webex.errors import BrokenListingError
from sources.webex.listing import ATTEMPTS, DOUBLED, UNFILTERED, Once, has_items, items_of, pages

from .small_webex import BASE, Sleeps, options

FIRST = {"site": "a", "max": 2}


class Pages:
    """Pages by the number in their address; `links` says which Link header each one has."""

    def __init__(self, items: list[list[dict[str, Any]]], links: list[str] | None = None) -> None:
        self.items = items
        self.links = links
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        number = int(request.url.params.get("page", 0))
        link = self.links[number] if self.links is not None else self.ordinary(number)
        headers = {"link": link} if link else {}
        return httpx.Response(200, json={"items": self.items[number]}, headers=headers)

    def ordinary(self, number: int) -> str:
        return f'<{BASE}/l?site=a&page={number + 1}>; rel="next"' if number + 1 < len(self.items) else ""


def listed(memory: Path, server: Any, *, again: bool = False, **given: Any) -> tuple[list[Any], dict[str, int]]:
    async def read() -> tuple[list[Any], dict[str, int]]:
        transport = httpx.MockTransport(server)
        async with Client(options(memory, **given), lambda said: None, transport=transport, sleep=Sleeps()) as client:

            async def once() -> list[Any]:
                seen, found = Once(client), []
                attempts = ATTEMPTS if again else 1
                listing = pages(client, f"{BASE}/l", FIRST, kept=("site",), shape=has_items, attempts=attempts)
                async for body in listing:
                    found += [item["id"] for item in items_of(body) if seen.is_new(str(item["id"]))]
                return found

            return await once(), dict(client.counts)

    return asyncio.run(read())


def of(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": number} for number in numbers]


def link_to(page: int, relation: str = "next") -> str:
    return f'<{BASE}/l?site=a&page={page}>; rel="{relation}"'


def test_pages_are_followed_past_empty_ones(tmp_path: Path) -> None:
    assert listed(tmp_path, Pages([of(1, 2), of(), of(3)]))[0] == [1, 2, 3]


def test_only_next_is_followed(tmp_path: Path) -> None:
    first = ", ".join((link_to(7, "first"), link_to(8, "prev"), link_to(1)))
    last = ", ".join((link_to(0, "first"), link_to(0, "prev")))
    assert listed(tmp_path, Pages([of(1), of(2)], [first, last]))[0] == [1, 2]


def test_doubled_items_are_dropped_and_counted(tmp_path: Path) -> None:
    items, counts = listed(tmp_path, Pages([of(1, 2), of(2, 3), of(3)]))
    assert (items, counts[DOUBLED]) == ([1, 2, 3], 2)


@pytest.mark.parametrize("target", [0, 1])
def test_an_address_that_was_there_before_ends_the_listing(tmp_path: Path, target: int) -> None:
    server = Pages([of(1), of(2)], [link_to(1), link_to(target)])
    with pytest.raises(BrokenListingError, match="named before"):
        listed(tmp_path, server)
    assert len(server.asked) <= 3


def test_the_first_address_counts_too(tmp_path: Path) -> None:
    server = Pages([of(1)], [f'<{BASE}/l?site=a&max=2>; rel="next"'])
    with pytest.raises(BrokenListingError, match="named before"):
        listed(tmp_path, server)
    assert len(server.asked) == 1


@pytest.mark.parametrize("host", ["http://127.0.0.9:1", "https://webexapis.com.evil.example", "http://127.0.0.1:99"])
def test_a_page_on_another_host_is_not_asked_for(tmp_path: Path, host: str) -> None:
    server = Pages([of(1), of(2)], [f'<{host}/v1/l?site=a&page=1>; rel="next"', ""])
    with pytest.raises(BrokenListingError, match="the token does not go"):
        listed(tmp_path, server)
    assert len(server.asked) == 1


@pytest.mark.parametrize("query", ["page=1", "page=1&site=b", "page=1&site=a&site=b"])
def test_an_address_that_lost_its_filter_gets_it_back(tmp_path: Path, query: str) -> None:
    server = Pages([of(1), of(2)], [f'<{BASE}/l?{query}>; rel="next"', ""])
    items, counts = listed(tmp_path, server)
    assert items == [1, 2]
    assert httpx.URL(server.asked[1]).params.get_list("site") == ["a"]
    assert counts[UNFILTERED] == 1


def test_a_broken_listing_is_begun_again_and_not_without_end(tmp_path: Path) -> None:
    class Once(Pages):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            answer = super().__call__(request)
            if len(self.asked) == 1:
                answer.headers["link"] = f'<{request.url}>; rel="next"'
            return answer

    assert listed(tmp_path, Once([of(1), of(2)]), again=True)[0] == [1, 2]
    always = Pages([of(1)], [f'<{BASE}/l?site=a&max=2>; rel="next"'])
    with pytest.raises(BrokenListingError):
        listed(tmp_path, always, again=True)
    assert len(always.asked) == 4


def test_relative_addresses_and_odd_relations(tmp_path: Path) -> None:
    server = Pages([of(1), of(2)], ['</v1/l?site=a&page=1>; title="x"; rel="last next"', ""])
    assert listed(tmp_path, server)[0] == [1, 2]


def test_a_body_without_items_is_asked_for_again(tmp_path: Path) -> None:
    answers = [httpx.Response(200, json={"message": "oops"}), httpx.Response(200, json={"items": of(1)})]
    assert listed(tmp_path, lambda request: answers.pop(0))[0] == [1]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=5))
def test_each_item_comes_once_in_order(tmp_path_factory: pytest.TempPathFactory, numbers: list[list[int]]) -> None:
    memory = tmp_path_factory.mktemp("listing")
    items, counts = listed(memory, Pages([of(*page) for page in numbers]))
    flat = [number for page in numbers for number in page]
    assert items == list(dict.fromkeys(flat))
    assert counts.get(DOUBLED, 0) == len(flat) - len(set(flat))
