"""Any order of ranges, single days, repeats, kills and late, corrected or broken files ends in a clean build's marts.

A few kills in the normal suite; `PORTFOLIO_SOAK=30` kills that many commands.
"""

import os
import random
import signal
import time
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest

from ..reference.marts import WHOLE, WITHOUT_BLOCKED_DAYS, reference_build
from ..reference.raw import days
from .built import plain_home
from .commands import every_mart
from .comparing import assert_marts_equal
from .deliveries import Deliveries
from .homes import assert_published_whole, published_days, published_file, run_states
from .moments import MOMENTS, wait_until
from .plain import write_plain
from .running import TIMEOUT_SECONDS, fork_portfolio, materialize, portfolio
from .storages import LONG_STORAGES

KILLS = int(os.environ.get("PORTFOLIO_SOAK", "0")) or 3
MOST_UNSEEN = 0.4  # seconds: a kill comes at its moment or up to so much later
LATEST = 4.0  # seconds after which a kill comes that waits for no moment, at the latest


@pytest.mark.parametrize("storage", LONG_STORAGES, indirect=True)
def test_any_order_ends_in_the_marts_of_a_clean_build(storage: str, tmp_path: Path) -> None:
    landing, home, clean = tmp_path / "landing", tmp_path / "home", tmp_path / "clean"
    content, first, last = write_plain(13, landing)
    chance = random.Random(KILLS)
    deliveries = Deliveries(landing, content, first, last, chance)
    deliveries.withhold(4)
    where: list[str | Path] = ["--landing", landing, "--home", home]
    asked: list[list[str]] = []
    kills = 0
    while kills < KILLS:
        deliveries.something()
        kills += killed(home, [*where, *command(asked, home, first, last, chance)], deliveries, chance)
        if chance.random() < 0.3:
            deliveries.something()
            finished = portfolio("materialize", *where, *command(asked, home, first, last, chance))
            # 1: none of the days that were asked for can be built yet.
            assert finished.returncode in (WHOLE, WITHOUT_BLOCKED_DAYS, 1), finished.stdout + finished.stderr
            assert len(finished.stderr.splitlines()) <= 1, finished.stderr

    deliveries.all_that_is_owed()
    finish(landing, home, first, last)
    assert_marts_equal(published_file(home), reference_build(landing, first, last).marts)
    assert materialize(landing, clean, first, last).returncode == WHOLE
    assert every_mart(home) == every_mart(clean)
    assert run_states(home) <= {"SUCCESS", "FAILURE", "CANCELED"}


def test_a_correction_whose_publication_was_killed_is_not_taken_for_done(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content, first, last, landing, home = plain_home(tmp_path_factory, 13, tmp_path)
    deliveries = Deliveries(landing, content, first, last, random.Random(13))
    deliveries.other_assignments(last)
    arguments: list[str | Path] = ["--landing", landing, "--home", home]
    known = set(home.rglob("*"))
    process = fork_portfolio("materialize", *arguments, "--stale")
    wait_until(MOMENTS["publishing"], process, home, known)
    process.kill()
    process.communicate(timeout=TIMEOUT_SECONDS)
    assert f"stale: its last build was not published: {last} (1 day)\n" in portfolio("status", *arguments).stdout
    # Another day's publication in between does not hide it.
    deliveries.other_assignments(first)
    assert materialize(landing, home, first, first).returncode == WHOLE
    finish(landing, home, first, last)
    assert_marts_equal(published_file(home), reference_build(landing, first, last).marts)


def command(asked: list[list[str]], home: Path, first: date, last: date, chance: random.Random) -> list[str]:
    """The options of the next command: a range, a single day, what was asked for before, or stale days."""
    kind = chance.choice(("range", "range", "day", "again", "stale"))
    if kind == "stale" and published_file(home).exists():
        return ["--stale"]
    if kind == "again" and asked:
        return chance.choice(asked)
    begin, end = sorted(chance.choices(days(first, last), k=2))
    options = ["--from", str(begin), "--to", str(begin if kind == "day" else end)]
    asked.append(options)
    return options


def killed(home: Path, arguments: list[str | Path], deliveries: Deliveries, chance: random.Random) -> bool:
    """Start a command, kill it at some moment, and hold it to leaving readers a whole publication.

    Another delivery may arrive while it runs. It may have ended before its moment came; then this was no kill.
    """
    known = set(home.rglob("*"))
    process = fork_portfolio("materialize", *arguments)
    moment = chance.choice((*MOMENTS, "whenever"))
    if chance.random() < 0.3:
        deliveries.something()
    if moment == "whenever":
        time.sleep(chance.uniform(0.2, LATEST))
    else:
        wait_until(MOMENTS[moment], process, home, known)
        time.sleep(chance.uniform(0, MOST_UNSEEN))
    process.send_signal(signal.SIGKILL)
    said, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode in (-signal.SIGKILL, WHOLE, WITHOUT_BLOCKED_DAYS, 1), said + errors
    assert "Traceback" not in errors, errors
    assert_published_whole(home)
    return process.returncode == -signal.SIGKILL


def finish(landing: Path, home: Path, first: date, last: date) -> None:
    """What an operator does in the end: build the range's missing days, then the stale ones; and see that none is."""
    where: list[str | Path] = ["--landing", landing, "--home", home]
    published = published_days(home)
    for is_published, stretch in groupby(days(first, last), key=published.__contains__):
        if not is_published:
            missing = list(stretch)
            finished = materialize(landing, home, missing[0], missing[-1])
            assert finished.returncode == WHOLE, finished.stdout + finished.stderr
    stale = portfolio("materialize", *where, "--stale")
    assert stale.returncode == WHOLE, stale.stdout + stale.stderr
    again = portfolio("materialize", *where, "--stale")
    assert again.returncode == WHOLE, again.stdout + again.stderr
    assert "up to date" in again.stdout.splitlines(), again.stdout + again.stderr
    status = portfolio("status", *where).stdout
    assert "published days are up to date\n" in status, status
    assert "stale: " not in status
