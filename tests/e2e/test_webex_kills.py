"""Runs with the source webex that are killed at a change of a file end, when they are run again, as undisturbed ones.

A few kills in the normal suite; `PORTFOLIO_SOAK=<n>` kills deliveries at each change, and n times as many whole runs.
"""

import json
import os
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import World

from .commands import every_mart
from .forked import portfolio
from .webex_kills import changes_of, landing_of, run
from .webex_runs import Runs, deliver

TIMES = int(os.environ.get("PORTFOLIO_SOAK", "0"))
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)
MORNINGS = [datetime(2026, 3, day, 6, 30, tzinfo=UTC) for day in (6, 7, 8)]
DELIVER, MATERIALIZE = ["portfolio"], ["portfolio", "materialize"]


@pytest.fixture(scope="module")
def server() -> Iterator[WebexServer]:
    """A small odd Webex that does what it should."""
    with WebexServer(World(FIRST, LAST, customers=6, seats=80, seed=3), MORNINGS[0]) as server:
        yield server


def said(home: Path) -> dict[str, Any]:
    """What `webex report` shows, but for the number of requests."""
    return {**json.loads((home / "webex" / "report.json").read_text()), "requests": None}


def memory(home: Path) -> dict[str, bytes]:
    """What the source remembers, but for how often it asked."""
    return {path.name: path.read_bytes() for path in (home / "webex").iterdir() if path.name != "report.json"}


def test_a_delivery_that_is_killed_at_a_change_of_a_file(tmp_path: Path, server: WebexServer) -> None:
    """On a first day, and on the next one, when usage is read again and more of it is landed."""
    begun = tmp_path / "begun"
    begun.mkdir()
    for moment in MORNINGS[:2]:
        undisturbed = Runs(server, Path(shutil.copytree(begun, tmp_path / f"whole-{moment.day}")))
        undisturbed.begin(moment)
        done = run(undisturbed, deliver, DELIVER)
        assert done.returncode == 0, done.stderr
        changes = changes_of(done)
        assert changes > 30
        every = range(1, changes + 1)
        for number in every if TIMES else random.Random(moment.day).sample(every, 5):
            killed = Runs(server, Path(shutil.copytree(begun, tmp_path / f"{moment.day}-{number}")))
            killed.begin(moment)
            assert run(killed, deliver, DELIVER, number).returncode == -9, number
            assert killed.deliver_until_whole() == 1
            assert landing_of(killed.home) == landing_of(undisturbed.home), number
            assert said(killed.home) == said(undisturbed.home), number
            assert memory(killed.home).keys() == memory(undisturbed.home).keys(), number
            shutil.rmtree(killed.home.parent)
        begun = undisturbed.home.parent


def test_a_day_whose_run_was_killed_is_reported_lost_by_a_later_one(tmp_path: Path, server: WebexServer) -> None:
    """Whoever is killed while it reports that reports it once more, and the day is begun anew."""
    begun = Runs(server, tmp_path / "begun")
    begun.begin(MORNINGS[0])
    begun.deliver_until_whole()
    begun.begin(MORNINGS[1])
    assert run(begun, deliver, DELIVER, 8).returncode == -9  # some organisations were read
    assert not begun.landed("customers", MORNINGS[1].date())
    server.now = MORNINGS[2]
    for number in range(10 if TIMES else 6):
        runs = Runs(server, Path(shutil.copytree(begun.home.parent, tmp_path / str(number))))
        runs.begin(MORNINGS[2])
        done = run(runs, deliver, DELIVER, number)
        assert done.returncode == (-9 if number else 0), done.stderr
        runs.deliver_until_whole()
        assert [*said(runs.home)["lost"]] == [str(MORNINGS[1].date())], number
        assert not runs.landed("customers", MORNINGS[1].date())
        assert runs.landed("customers", MORNINGS[2].date())


def test_a_materialization_that_is_killed_anywhere_ends_in_the_same_marts(tmp_path: Path, server: WebexServer) -> None:
    chance = random.Random(1)
    undisturbed, killed = (Runs(server, tmp_path / name) for name in ("whole", "killed"))
    for moment in MORNINGS[: 3 if TIMES else 1]:
        for runs in (undisturbed, killed):
            runs.begin(moment)
        done = run(undisturbed, portfolio, MATERIALIZE)
        assert done.returncode == 0, done.stdout + done.stderr
        for _ in range(4 * TIMES or 2):
            number = chance.randrange(1, changes_of(done))
            run(killed, portfolio, MATERIALIZE, number)
        finished = killed.materialize()
        assert finished.returncode == 0, finished.stdout + finished.stderr
        assert landing_of(killed.home) == landing_of(undisturbed.home)
        assert every_mart(killed.home) == every_mart(undisturbed.home)
        assert said(killed.home) == said(undisturbed.home)


if TIMES:

    @pytest.mark.parametrize("number", [8, 60, 150, 300])
    def test_a_materialization_that_was_killed_on_a_day_before(tmp_path: Path, number: int) -> None:
        """The marts are those of a home in which that day's run was there as far as it got: whole, or not at all.

        In this Webex everybody holds the same licences on all days: usage that is read a day later counts alike.
        """
        world = World(FIRST, LAST, customers=6, seats=80, seed=3, odd=False)
        with WebexServer(world, MORNINGS[0]) as server:
            undisturbed, killed = (Runs(server, tmp_path / name) for name in ("whole", "killed"))
            for runs in (undisturbed, killed):
                runs.begin(MORNINGS[0])
                assert runs.materialize().returncode == 0
            killed.begin(MORNINGS[1])
            assert run(killed, portfolio, MATERIALIZE, number).returncode == -9
            lost = not killed.landed("customers", MORNINGS[1].date())
            if not lost:
                undisturbed.begin(MORNINGS[1])
                assert undisturbed.materialize().returncode == 0
            for runs in (undisturbed, killed):
                runs.begin(MORNINGS[2])
                for options in ((), ("--stale",)):
                    done = runs.materialize(*options)
                    assert done.returncode == 0, done.stdout + done.stderr
            assert lost == (number == 8)
            assert (f"the snapshots of {MORNINGS[1].date()} are lost" in killed.said) == lost
            assert every_mart(killed.home) == every_mart(undisturbed.home)
