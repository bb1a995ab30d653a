"""A day that is not over is built where it is asked for, marked, and built again once it is over: by any command."""

import json
import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from . import forked
from .commands import every_mart, published
from .running import portfolio, run_program

TODAY, NOON, MORNING = date(2026, 3, 10), "2026-03-10T12:00", "2026-03-11T08:00"
MARK = "select provisional_as_of_date from meta.publication"
MANAGED = f"select managed_customers from marts.portfolio_kpis where as_of_date = '{TODAY}'"
ADDED = "partner_id,customer_id,customer_name,country_code,created_on\n{partner},late,Late Ltd,DE,2026-03-10\n"


def portfolio_at_a_moment() -> None:
    """The command whose arguments come after the moment at which its clock stands."""
    from storage import clock

    moment = datetime.fromisoformat(sys.argv.pop(1)).replace(tzinfo=UTC)
    clock.now = lambda: moment
    forked.portfolio()


def at(moment: str, *arguments: str | Path) -> str:
    """What `portfolio` prints when the clock stands at a moment (UTC); it ends with 0."""
    done = run_program(portfolio_at_a_moment, moment, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def materialize(moment: str, home: Path, *options: str) -> str:
    return at(moment, "materialize", "--landing", home.parent / "landing", "--home", home, *options)


def mark(home: Path) -> date | None:
    """The provisional day, as file and description both say."""
    ((day,),) = published(home, MARK)
    described = json.loads((home / "serving" / "portfolio.current.json").read_text())
    assert described["provisional_as_of_date"] == (None if day is None else str(day))
    return day


def publication(home: Path) -> str:
    ((name,),) = published(home, "select publication_id from meta.publication")
    return str(name)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder at noon: three days that are over, and today."""
    folder = tmp_path_factory.mktemp("today")
    home = folder / "home"
    portfolio("simulate", folder / "landing", "--from", "2026-03-07", "--to", "2026-03-10", "--customers", "5")

    said = materialize(NOON, home, "--to", "today")
    assert f"published: 2026-03-07…{TODAY} (4 days)" in said
    assert f"provisional: {TODAY}: it is published, and not over (UTC)" in said
    assert mark(home) == TODAY
    return home


def test_a_later_delivery_of_the_same_day_counts_when_today_is_asked_for_again(home: Path) -> None:
    ((partner, before),) = published(home, f"select partner_id, ({MANAGED}) from marts_latest.portfolio_kpis")
    late = home.parent / "landing" / "customers" / str(TODAY) / "late.csv"
    late.write_text(ADDED.format(partner=partner))
    named = publication(home)
    # Until the day is over, nothing but asking for it builds it again.
    assert "up to date" in materialize(NOON, home)
    assert "up to date" in materialize(NOON, home, "--stale")
    assert publication(home) == named
    assert f"published: {TODAY} (1 day)" in materialize(NOON, home, "--from", "today")
    assert published(home, MANAGED) == [(before + 1,)]
    assert mark(home) == TODAY


@pytest.mark.parametrize("options", [(), ("--stale",)], ids=["every missing day", "stale days"])
def test_once_it_is_over_it_is_built_again_though_nothing_changed(
    home: Path, options: tuple[str, ...], tmp_path: Path
) -> None:
    shutil.copytree(home.parent, tmp_path / "copy", symlinks=True)
    copy = tmp_path / "copy" / "home"
    rows = every_mart(copy)
    assert mark(copy) == TODAY
    said = materialize(MORNING, copy, *options)
    assert f"stale: {TODAY}: it was built before it was over" in said
    assert f"published: {TODAY} (1 day)" in said
    assert "provisional" not in said
    assert mark(copy) is None
    assert every_mart(copy) == rows
