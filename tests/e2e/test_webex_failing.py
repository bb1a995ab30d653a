"""A portfolio from a Webex that fails in every way: nothing is lost, nothing doubled, and manners are kept.

`PORTFOLIO_SOAK=<n>` does the same with 2,000 organisations, n times with other draws, and kills the runs more often.
"""

import json
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sources.simulator.webex.faults import TRANSIENT, Faults, Kind, Scripted
from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import World
from sources.webex.listing import DOUBLED, UNFILTERED

from .moments import Reached, wait_until
from .running import TIMEOUT_SECONDS
from .webex_runs import Runs

TIMES = int(os.environ.get("PORTFOLIO_SOAK", "0"))
SEEDS = range(1, max(TIMES, 1) + 1)
CUSTOMERS, SEATS = (2_000, 12_000) if TIMES else (15, 300)
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)
MORNINGS = [datetime(2026, 3, day, 6, 30, tzinfo=UTC) for day in (6, 7, 8)]
USAGE_DAYS = [FIRST + timedelta(days=number) for number in range(6)]
CONCURRENCY = 6
RATE = 0.1
KINDS = (*TRANSIENT, Kind.UNAUTHORIZED, Kind.DRIPPING)
"""What may go wrong with a call that is right when it is asked again."""


@contextmanager
def failing(seed: int, rate: float = RATE) -> Iterator[WebexServer]:
    """An odd Webex that fails; small pages, so that there are next ones.

    Its tokens expire, a third of its calls lie in another region, and where it is large some tags have more
    subscriptions than it lists.
    """
    world = World(FIRST, LAST, customers=CUSTOMERS, seats=SEATS, seed=6 + seed, tag_size=150)
    with WebexServer(world, MORNINGS[0], faults=Faults(rate=rate, seed=seed, kinds=KINDS)) as server:
        server.behaviour.retry_after = 1
        server.behaviour.holder_page = 4
        server.behaviour.meeting_page = 5
        server.behaviour.record_page = (5, 8)
        server.behaviour.token_calls = 60 * CUSTOMERS // 15
        server.behaviour.regions = dict.fromkeys([*world.organisations][::3], "eu")
        yield server


def runs_of(server: WebexServer, folder: Path) -> Runs:
    """Runs that may refresh their token, and ask the other region."""
    client = {name.removeprefix("PORTFOLIO_WEBEX_").lower(): value for name, value in server.client().items()}
    there = server.bases["eu"].removeprefix("http://")
    return Runs(server, folder, concurrency=CONCURRENCY, token="", extra_hosts=there, **client)


def assert_manners(server: WebexServer, attempts: int) -> None:
    """Not too many at once, not too soon, no token where none belongs; and most were right at the first attempt."""
    journal = server.journal
    assert journal.most_at_once <= CONCURRENCY
    assert journal.too_soon() == []
    assert journal.wrongly_authorised() == []
    entries = journal.entries
    assert not [entry for entry in entries if entry.host == "foreign"], "it went where it was not sent"
    assert not [entry for entry in entries if entry.status in (400, 403, 404)], "it asked for what nobody may have"
    calls = [(entry.host, entry.address) for entry in entries if entry.path != "/v1/access_token"]
    assert len(calls) < attempts * len(set(calls))


def assert_it_failed(server: WebexServer) -> None:
    """The share of the calls that was to fail did so, in every way and often."""
    entries, faults = server.journal.entries, server.journal.faults()
    assert faults.keys() == set(KINDS)
    if TIMES:
        assert 0.8 * RATE < sum(faults.values()) / len(entries) < 1.2 * RATE
        assert min(faults.values()) > 20, faults
    said = {(entry.status, entry.fault) for entry in entries}
    assert {(451, None), (401, None)} <= said
    assert sum(entry.path == "/v1/access_token" for entry in entries) > 2
    listed = [entry for entry in entries if entry.path == "/v1/partner/tags/subscriptions"]
    one_by_one = [entry for entry in entries if entry.path.startswith("/v1/partner/tags/organizations/")]
    assert listed and bool(one_by_one) == bool(TIMES)


def assert_it_is_counted(runs: Runs) -> None:
    """What was asked again, dropped or put right shows in the report."""
    requests = json.loads((runs.home / "webex" / "report.json").read_text())["requests"]
    assert requests["phases"]["usage"].keys() >= {"repeated requests", DOUBLED, UNFILTERED}
    assert requests["phases"]["snapshots"]["repeated requests"] > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_failing_webex_gives_what_a_sound_one_would(tmp_path: Path, seed: int) -> None:
    with failing(seed) as server:
        server.faults.script = [
            Scripted("includeAssignedTo", kind, calls=[number]) for number, kind in enumerate(KINDS, 1)
        ]
        runs = runs_of(server, tmp_path)
        for moment, server.behaviour.region_body in zip(MORNINGS, ("message", "description", "text"), strict=True):
            runs.begin(moment)
            runs.deliver_until_whole()
            if TIMES or moment == MORNINGS[0]:
                assert_it_is_counted(runs)
        assert runs.differences(USAGE_DAYS) == {}
        assert_it_failed(server)
        assert_manners(server, attempts=2)


def asked(server: WebexServer, enough: int) -> Reached:
    """When a server was asked so often."""
    return lambda home, known: len(server.journal.entries) >= enough


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_that_is_killed_is_finished_by_the_next_one(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with failing(seed + 1, rate=RATE / 2) as server:
        runs = runs_of(server, tmp_path)
        for moment in MORNINGS:
            runs.begin(moment)
            for _ in range(6 if TIMES else 2):
                server.journal.clear()
                enough = chance.randrange(1, 60 if moment == MORNINGS[0] else 20) * (20 if TIMES else 1)
                process = runs.start()
                wait_until(asked(server, enough), process, runs.home, set())
                process.send_signal(signal.SIGKILL)
                process.wait(TIMEOUT_SECONDS)
            runs.deliver_until_whole()
        assert runs.differences(USAGE_DAYS) == {}
