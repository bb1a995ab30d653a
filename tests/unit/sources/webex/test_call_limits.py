"""Calls within what one token may ask for: Webex's limit is not met where the setting is right, and else heeded."""

import asyncio
import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest

from expectations.contract import DATASETS
from sources.landing.folder import LandingFolder
from sources.simulator.webex.answers import Answers
from sources.simulator.webex.behaviour import Behaviour
from sources.simulator.webex.events import Diary
from sources.simulator.webex.messages import Request
from sources.simulator.webex.spoiling import plain
from sources.simulator.webex.webex import Webex
from sources.simulator.webex.world import World
from sources.webex.client import Client
from sources.webex.options import Credentials, Secret, WebexOptions
from sources.webex.source import WebexSource

from .small_webex import SmallWebex, line, options, uuid
from .virtual_time import Clock

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 6)
NOW = datetime(2026, 3, 6, 8, tzinfo=UTC)
YESTERDAY = date(2026, 3, 5)
BASES = {"api": "http://127.0.0.1:1", "us": "http://127.0.0.2:1", "foreign": "http://127.0.0.4:1"}
FEED = "/v1/cdr_feed"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A time that passes at once, for the source and for the simulated Webex."""
    clock = Clock()
    for module in ("sources.webex.pace", "sources.simulator.webex.records"):
        monkeypatch.setattr(f"{module}.time", clock)
    before = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(clock.policy)
    yield clock
    asyncio.set_event_loop_policy(before)


class Simulated(httpx.AsyncBaseTransport):
    """A simulated Webex without a network, and when it was asked for calls."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.diary, self.behaviour, self.clock = Diary(world), Behaviour(), clock
        self.answers = Answers(world, self.diary)
        self.webex = Webex(world, self.diary, self.behaviour, NOW)
        self.asked: list[tuple[float, bool, int]] = []
        """Time, whether it was a first request, and the answer's status."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        base = f"{request.url.scheme}://{request.url.netloc.decode()}"
        query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        path = request.url.raw_path.decode().partition("?")[0]
        asked = Request(request.method, base, path, query, dict(request.headers), {})
        host = next(name for name, known in BASES.items() if known == base)
        sent = plain(self.webex.answer(asked, host, BASES))
        if path == FEED:
            self.asked.append((self.clock.now, "startTimeForNextFetch" not in query, sent.status))
        return httpx.Response(sent.status, headers=sent.headers, content=sent.body)


@pytest.fixture(scope="module")
def world() -> World:
    """A dozen customers who call each other."""
    return World(FIRST, LAST, customers=12, seats=500, seed=2)


def delivered(simulated: Simulated, folder: Path, **settings: object) -> None:
    """Have the source deliver all that it offers."""
    token = Secret("PORTFOLIO_WEBEX_TOKEN", simulated.webex.tokens.current)
    credentials = Credentials(token, *(Secret(f"PORTFOLIO_WEBEX_{name}") for name in ("ID", "SECRET", "REFRESH")))
    given = options(folder / "memory", credentials=credentials, **settings)
    deliver(given, folder, simulated)


def deliver(given: WebexOptions, folder: Path, transport: httpx.AsyncBaseTransport) -> list[str]:
    notes: list[str] = []
    landing = LandingFolder(folder / "landing")
    source = WebexSource(landing, given, lambda: NOW, lambda note: Client(given, note, transport=transport))
    offers = [offer for dataset in DATASETS for offer in source.offers(dataset)]
    assert not [delivery for delivery in source.deliver(offers, notes.append) if delivery.problem]
    return notes


def landed(folder: Path, day: date) -> Counter[tuple[str, ...]]:
    """The usage of a day: how much was counted of whom."""
    counts = Counter[tuple[str, ...]]()
    for file in (folder / "landing" / "license_usage" / str(day)).glob("*.csv"):
        for _, *key, count in list(csv.reader(file.open()))[1:]:
            counts[tuple(key)] += int(count)
    return counts


def right(simulated: Simulated, day: date) -> Counter[tuple[str, ...]]:
    """The same as the simulated Webex works it out."""
    names = ("customer_id", "subscription_id", "product", "user_id")
    rows = simulated.answers.license_usage(day, [NOW])
    return Counter({tuple(row[name] for name in names): row["activity_count"] for row in rows})


def assert_all_there(simulated: Simulated, folder: Path) -> None:
    days = [FIRST + timedelta(days=number) for number in range(4)]
    assert sum(right(simulated, YESTERDAY).values()) > 50
    assert {day: landed(folder, day) for day in days} == {day: right(simulated, day) for day in days}


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_limit_is_never_met_where_the_setting_is_right(
    tmp_path: Path, world: World, clock: Clock, concurrency: int
) -> None:
    simulated = Simulated(world, clock)
    simulated.behaviour.records_limited = True
    simulated.behaviour.record_page = (5, 8)
    delivered(simulated, tmp_path, cdr_per_minute=1, concurrency=concurrency)
    assert {status for _, _, status in simulated.asked} == {200}
    first = [when for when, is_first, _ in simulated.asked if is_first]
    further = [when for when, is_first, _ in simulated.asked if not is_first]
    assert len(first) > 40 and len(further) > 10
    assert min(later - earlier for earlier, later in pairwise(first)) >= 60
    assert min(later - earlier for earlier, later in pairwise(further)) >= 6
    assert clock.now - 1000 < 61 * (len(first) + 1)  # and it does not wait for longer than that
    assert_all_there(simulated, tmp_path)


def test_the_next_run_waits_for_what_the_last_one_asked(tmp_path: Path, world: World, clock: Clock) -> None:
    simulated = Simulated(world, clock)
    delivered(simulated, tmp_path, cdr_per_minute=1)
    (tmp_path / "memory" / "usage.json").unlink()
    asked = len(simulated.asked)
    delivered(simulated, tmp_path, cdr_per_minute=1)
    (last, _, _), (first, _, _) = simulated.asked[asked - 1 : asked + 1]
    assert first - last > 50  # some seconds of real time may be over


def test_a_limit_that_the_setting_does_not_know_is_heeded(tmp_path: Path, world: World, clock: Clock) -> None:
    simulated = Simulated(world, clock)
    simulated.behaviour.records_limited = True
    delivered(simulated, tmp_path, cdr_per_minute=100_000)
    refused = [number for number, (_, _, status) in enumerate(simulated.asked) if status == 429]
    assert refused
    for number in refused[:-1]:  # each told how long to wait, and nobody asked meanwhile
        when = simulated.asked[number][0]
        assert not [later for later, _, _ in simulated.asked[number + 1 :] if when < later < when + 1]
    assert_all_there(simulated, tmp_path)


def test_more_organisations_than_a_token_reads_in_a_day(tmp_path: Path, clock: Clock) -> None:
    """The run says so, reads as many as it can in a day, and goes on."""
    names = [f"org{number}" for number in range(730)]
    webex = SmallWebex()
    webex.lines = {name: [line(name, "BCSTD", 5, 1, f"S-{name}")] for name in names}
    webex.holders = {webex.lines[name][0]["id"]: [f"caller of {name}"] for name in names}
    call = {"Start time": f"{YESTERDAY}T12:00:00.000Z", "Direction": "ORIGINATING", "User type": "User"}
    webex.records = {name: [{**call, "Report ID": name, "User UUID": uuid(f"caller of {name}")}] for name in names}
    given = options(tmp_path / "memory", cdr_per_minute=1)
    notes = deliver(given, tmp_path, httpx.MockTransport(webex.answer))
    assert (
        sum(
            "730 organisations have calling licences, and one token reads the calls of 720 a day: 10" in one
            for one in notes
        )
        == 1
    )
    assert webex.asked["/v1/cdr_feed"] == 1440
    assert 24 * 3600 < clock.now - 1000 < 24.5 * 3600
    counts = landed(tmp_path, YESTERDAY)
    assert len(counts) == 720 and set(counts.values()) == {1}
    assert len(list(csv.reader((tmp_path / "landing" / "customers" / "2026-03-06" / "webex.csv").open()))) == 731
