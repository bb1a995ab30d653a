"""The same portfolio by files and by Webex, with a contract file: the same marts but for the countries.

`PORTFOLIO_SOAK=<n>` compares n further portfolios, each after every one of five days.
"""

import os
import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from sources.simulator.webex.landing import write_snapshots, write_usage
from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import World

from . import running
from .commands import published
from .webex_runs import Runs

TIMES = int(os.environ.get("PORTFOLIO_SOAK", "0"))
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 9)
MORNINGS = [datetime(2026, 3, day, 6, 30, tzinfo=UTC) for day in (6, 7, 8, 9)]
WITHOUT_COUNTRY = "country_code"


def marts(home: Path) -> dict[str, list[Any]]:
    """All published rows of both schemas, without the country."""
    names = published(
        home,
        "select table_schema, table_name, string_agg('\"' || column_name || '\"', ', ' order by ordinal_position)"
        f" from information_schema.columns where table_schema like 'marts%' and column_name <> '{WITHOUT_COUNTRY}'"
        " group by all",
    )
    return {
        f"{schema}.{table}": sorted(published(home, f'select {columns} from {schema}."{table}"'), key=repr)
        for schema, table, columns in names
    }


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The two homes: landing is filled day by day, then all days are built."""
    folder = tmp_path_factory.mktemp("parity")
    world = World(FIRST, LAST, customers=25, seed=4, odd=False)
    landing, home = folder / "landing", folder / "files"
    range_ = ["--from", str(MORNINGS[0].date()), "--to", str(LAST)]
    with WebexServer(world, MORNINGS[0]) as server:
        runs = Runs(server, folder / "webex")
        for moment in MORNINGS:
            runs.begin(moment)
            runs.deliver_until_whole()
            write_snapshots(world, server.answers, landing, moment.date())
        for number in range((LAST - FIRST).days):
            day = FIRST + timedelta(days=number)
            write_usage(server.answers, landing, day, runs.reads_of(day))
        by_webex = runs.materialize(*range_)
        environment = {**runs.environment(), "PORTFOLIO_SOURCE": "files", "PORTFOLIO_HOME": str(home)}
        by_files = running.portfolio("materialize", "--landing", landing, *range_, environment=environment)
    for done in (by_webex, by_files):
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"published: {MORNINGS[0].date()}…{LAST} (4 days)" in done.stdout
    return home, runs.home


def test_the_marts_are_the_same(homes: tuple[Path, Path]) -> None:
    by_files, by_webex = (marts(home) for home in homes)
    assert by_files.keys() == by_webex.keys()
    assert len(by_files["marts.license_positions"]) > 100
    assert [name for name in by_files if by_files[name] != by_webex[name]] == []


def test_people_are_active_in_both(homes: tuple[Path, Path]) -> None:
    for home in homes:
        ((used,),) = published(home, "select sum(used_licenses) from marts_latest.license_positions")
        assert used > 50


if TIMES:

    @pytest.mark.parametrize("seed", range(1, TIMES + 1))
    def test_the_marts_are_the_same_after_every_day(tmp_path: Path, seed: int) -> None:
        """Usage is read again on two more days, and the days that it makes stale are built again."""
        chance = random.Random(seed)
        first = FIRST + timedelta(days=chance.randrange(200))
        customers = chance.choice([1, 3, 10, 30])
        world = World(first, first + timedelta(days=8), customers=customers, seats=customers * 20, seed=seed, odd=False)
        landing, home = tmp_path / "landing", tmp_path / "files"
        with WebexServer(world, MORNINGS[0]) as server:
            runs = Runs(server, tmp_path / "webex")
            for number in range(4, 9):
                minutes = timedelta(days=number, minutes=chance.randrange(1440))
                runs.begin(datetime.combine(first, time(), UTC) + minutes)
                today = server.now.date()
                write_snapshots(world, server.answers, landing, today)
                for day in (first + timedelta(days=back) for back in range(number)):
                    write_usage(server.answers, landing, day, runs.reads_of(day))
                environment = {**runs.environment(), "PORTFOLIO_SOURCE": "files", "PORTFOLIO_HOME": str(home)}
                for options in (("--to", str(today)), ("--stale",)):
                    by_files = running.portfolio("materialize", "--landing", landing, *options, environment=environment)
                    for done in (runs.materialize(*options), by_files):
                        assert done.returncode == 0, done.stdout + done.stderr
                found, wanted = marts(runs.home), marts(home)
                assert found["marts.license_positions"]
                assert [name for name in wanted if wanted[name] != found.get(name)] == [], server.now
