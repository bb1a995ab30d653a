"""A portfolio from a Webex that answers as it should but for what is named: what is landed, and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sources.simulator.webex.answers import Terms
from sources.simulator.webex.faults import SCRIPTED_ONLY, Faults, Kind, Scripted
from sources.simulator.webex.ids import encoded
from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import World

from .webex_runs import Runs

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)
MORNINGS = [datetime(2026, 3, day, 6, 30, tzinfo=UTC) for day in (6, 7, 8)]
USAGE_DAYS = [FIRST + timedelta(days=number) for number in range(6)]


@contextmanager
def webex() -> Iterator[WebexServer]:
    """An odd Webex; small pages, so that there are next ones."""
    with WebexServer(World(FIRST, LAST, customers=15, seats=300, seed=7), MORNINGS[0]) as server:
        server.behaviour.holder_page = 4
        server.behaviour.meeting_page = 5
        server.behaviour.record_page = (5, 8)
        yield server


def test_an_organisation_that_can_not_be_read_keeps_the_day_until_it_can(tmp_path: Path) -> None:
    with webex() as server:
        runs = Runs(server, tmp_path, attempts=2)
        runs.begin(MORNINGS[0])
        runs.deliver_until_whole()
        runs.begin(MORNINGS[1])
        lost = server.world.organisations_on(MORNINGS[1].date())[3]
        server.faults = Faults(script=[Scripted(encoded("ORGANIZATION", lost.uuid), Kind.FORBIDDEN)])
        done = runs.deliver()
        assert done.returncode == 3, done.stdout + done.stderr
        assert lost.uuid in done.stdout + done.stderr
        assert not runs.landed("customers", MORNINGS[1].date())
        server.faults = Faults()
        server.journal.clear()
        runs.deliver_until_whole()
        read = [entry.address for entry in server.journal.entries if entry.path == "/v1/licenses"]
        assert len(read) == 1, "it read again what it had read"
        assert runs.differences(USAGE_DAYS[:5]) == {}


def test_an_organisation_that_can_not_be_read_is_carried(tmp_path: Path) -> None:
    with webex() as server:
        runs = Runs(server, tmp_path, attempts=2, partial="carry")
        runs.begin(MORNINGS[0])
        runs.deliver_until_whole()
        runs.begin(MORNINGS[1])
        lost = server.world.organisations_on(MORNINGS[1].date())[3]
        server.faults = Faults(script=[Scripted(encoded("ORGANIZATION", lost.uuid), Kind.FORBIDDEN)])
        runs.deliver()
        for dataset in ("customers", "subscriptions", "license_assignments"):
            before, after = (
                [row for row in runs.landed(dataset, moment.date()) if row["customer_id"] == lost.uuid]
                for moment in MORNINGS[:2]
            )
            assert before == after != []


def test_meetings_count_for_those_who_joined(tmp_path: Path) -> None:
    with webex() as server:
        runs = Runs(server, tmp_path, meeting_count="join", calls="off")
        runs.begin(MORNINGS[0])
        runs.deliver_until_whole()
        assert runs.differences(USAGE_DAYS[:4]) == {}


def test_what_the_contract_file_lacks_is_guessed_from_the_first_day(tmp_path: Path) -> None:
    with webex() as server:
        runs = Runs(server, tmp_path, calls="off")
        full = server.answers.contract(MORNINGS[0].date())
        known = {
            name: [terms, Terms(end_date=terms.end_date), Terms(status=terms.status)][number % 4]
            for number, (name, terms) in enumerate(sorted(full.items()))
            if number % 4 < 3
        }
        for moment in MORNINGS[:2]:
            runs.begin(moment, known)
            runs.deliver_until_whole()
        assert runs.differences([], known) == {}


def test_calls_of_another_region_are_read_where_they_lie(tmp_path: Path) -> None:
    with webex() as server:
        there = [org.uuid for org in server.world.organisations_on(MORNINGS[0].date())][::2]
        server.behaviour.regions = dict.fromkeys(there, "eu")
        runs = Runs(server, tmp_path, extra_hosts=server.bases["eu"].removeprefix("http://"))
        runs.begin(MORNINGS[0])
        runs.deliver_until_whole()
        assert {entry.host for entry in server.journal.entries} == {"api", "us", "eu"}
        assert runs.differences(USAGE_DAYS[:4]) == {}


def test_a_token_that_expires_is_refreshed(tmp_path: Path) -> None:
    with webex() as server:
        server.behaviour.token_calls = 50
        client = {name.removeprefix("PORTFOLIO_WEBEX_").lower(): value for name, value in server.client().items()}
        runs = Runs(server, tmp_path, token="", **client)
        runs.begin(MORNINGS[0])
        runs.deliver_until_whole()
        assert runs.differences(USAGE_DAYS[:4]) == {}
        assert sum(entry.path == "/v1/access_token" for entry in server.journal.entries) > 2


@pytest.mark.parametrize("kind", sorted(SCRIPTED_ONLY - {Kind.FORBIDDEN, Kind.NULL_COUNTS}, key=lambda kind: kind.name))
def test_a_rare_fault_of_the_first_licence_listing(tmp_path: Path, kind: Kind) -> None:
    """A 401 once, a 404 once, an answer that drips: it is read in the end, by this run or the next one."""
    with webex() as server:
        server.faults = Faults(script=[Scripted("/licenses?", kind, calls=[1])])
        runs = Runs(server, tmp_path)
        runs.begin(MORNINGS[0])
        runs.deliver_until_whole()
        assert runs.differences(USAGE_DAYS[:4]) == {}
