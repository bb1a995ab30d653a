"""A home folder that is lost and restored goes on as one that lost nothing; backups while runs write."""

import json
import shutil
from datetime import date, timedelta

import pytest

from ..reference.marts import reference_build
from .built import plain_home
from .commands import every_mart, portfolio, start
from .comparing import assert_marts_equal
from .homes import published_days, published_file
from .moments import building, wait_until
from .running import TIMEOUT_SECONDS, assert_one_error_line


@pytest.fixture
def plain(tmp_path_factory, tmp_path):
    """Four of ten days, with the landing files in the home folder."""
    _, first, last, landing, home = plain_home(tmp_path_factory, 13, tmp_path, built=4)
    shutil.move(landing, home / "landing")
    return first, last, home


def up_to(day: date) -> str:
    """A time at which the day is the last one that is over."""
    return f"{day + timedelta(days=1)}T04:00:00"


def test_lost_and_restored_it_goes_on_as_if_nothing_was_lost(plain, tmp_path):
    first, last, home = plain
    fourth = first + timedelta(days=3)
    # A command while the run writes: each waits for the other, whichever comes first.
    run = start("materialize", "--home", home, "--from", str(first), "--to", str(fourth))
    wait_until(building, run, home, set(home.rglob("*")))
    said = portfolio("backup", tmp_path / "backups", "--home", home, "--key-file", tmp_path / "key").stdout
    assert run.communicate(timeout=TIMEOUT_SECONDS)[1] == "" and run.returncode == 0
    assert "backed up: " in said and f"hash key: in {tmp_path / 'key'}" in said
    marts, key = every_mart(home), (home / "hash.key").read_bytes()
    assert not any(path.read_bytes() == key for path in (tmp_path / "backups").rglob("*") if path.is_file())

    shutil.rmtree(home)
    refused = portfolio("restore", tmp_path / "backups", "--home", home, code=1)
    assert_one_error_line(refused, "was kept apart: name it with --key-file")
    home.mkdir()
    (home / ".env").write_text("PORTFOLIO_EXPIRING_DAYS=90\n")  # put back first, as a home among others needs it
    again = portfolio("restore", tmp_path / "backups", "--home", home, "--key-file", tmp_path / "key").stdout
    assert "published days are up to date" in again and (home / ".env").exists()
    assert every_mart(home) == marts and (home / "hash.key").read_bytes() == key
    shown = portfolio("status", "--home", home, now=up_to(fourth)).stdout
    assert "published days are up to date" in shown
    assert_one_error_line(portfolio("restore", tmp_path / "backups", "--home", home, code=1), "is in use")

    days = ("--from", fourth + timedelta(days=1), "--to", last)
    finished = portfolio("materialize", "--home", home, *map(str, days), log="json")
    assert_marts_equal(published_file(home), reference_build(home / "landing", first, last).marts)
    assert len(published_days(home)) == 10
    # Who stood in the usage before and after is the same user.
    assert "other people" not in finished.stdout
    of_runs = [one for line in finished.stderr.splitlines() if "run_id" in (one := json.loads(line))]
    assert {(one["first_day"], one["last_day"]) for one in of_runs} == {(str(days[1]), str(last))}
    assert len({one["run_id"] for one in of_runs}) == 2  # one ingests, one builds
    assert {one["dataset"] for one in of_runs if "dataset" in one} >= {"customers", "license_usage"}
    assert of_runs[-1]["message"] == "pipeline success"
