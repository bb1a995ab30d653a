"""One command, day by day, overlapping or twice: the marts are the same; and late files change what they should."""

import random
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from ..reference.contract import LICENSE_ASSIGNMENTS, LICENSE_USAGE, MART_COLUMNS
from ..reference.marts import Build, reference_build
from ..reference.portfolios import write_portfolio
from ..reference.raw import days
from .comparing import assert_marts_equal
from .homes import ledger_rows, published_file
from .plain import deliver, write_plain
from .running import materialize, run_program


def day_by_day() -> None:
    """A command for each day, in one process: landing and home folder and the days are its arguments."""
    from assets.resources import Progress
    from pipelines.commands.materialize import materialize
    from pipelines.commands.session import Request
    from pipelines.settings import load_settings

    landing, home, *days = sys.argv[1:]
    settings = load_settings(landing=Path(landing), home=Path(home))
    for day in map(date.fromisoformat, days):
        result = materialize(settings, Request(newest=day, window=(day, day)), Progress())
        assert not result.failure, result.failure


@pytest.fixture
def harmed(tmp_path: Path) -> tuple[Path, date, date, Build]:
    """A portfolio with blocked days and days without a snapshot, over the end of a month."""
    landing = tmp_path / "landing"
    first, last = write_portfolio(11, landing)
    expected = reference_build(landing, first, last)
    assert expected.blocked_days and expected.days_without_snapshot and len(expected.built_days) > 3
    return landing, first, last, expected


def test_one_command_and_twice(harmed: tuple[Path, date, date, Build], tmp_path: Path) -> None:
    landing, first, last, expected = harmed
    home = tmp_path / "home"
    for _ in range(2):
        finished = materialize(landing, home, first, last)
        assert finished.returncode == expected.exit_code, finished.stdout + finished.stderr
        assert_marts_equal(published_file(home), expected.marts)
    assert_parquet_equal(home)


def test_day_by_day_in_any_order(harmed: tuple[Path, date, date, Build], tmp_path: Path) -> None:
    landing, first, last, expected = harmed
    home = tmp_path / "home"
    order = days(first, last)
    random.Random(8).shuffle(order)
    finished = run_program(day_by_day, landing, home, *map(str, order))
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert_marts_equal(published_file(home), expected.marts)
    assert_parquet_equal(home)


def test_overlapping_ranges_the_later_one_first(harmed: tuple[Path, date, date, Build], tmp_path: Path) -> None:
    landing, first, last, expected = harmed
    home = tmp_path / "home"
    materialize(landing, home, first + timedelta(days=3), last)
    materialize(landing, home, first, last - timedelta(days=3))
    assert_marts_equal(published_file(home), expected.marts)


def test_late_data(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    content, first, last = write_plain(13, landing)
    assert materialize(landing, home, first, last).returncode == 0
    assert_marts_equal(published_file(home), reference_build(landing, first, last).marts)
    known = ledger_rows(home)

    assert materialize(landing, home, first, last).returncode == 0
    assert ledger_rows(home) == known, "an unchanged range was ingested again"
    assert_marts_equal(published_file(home), reference_build(landing, first, last).marts)

    # A second usage file reports a day's rows again: counts add up, and people who were not in the first one come in.
    late, corrected = first + timedelta(days=2), first + timedelta(days=4)
    usage = content[LICENSE_USAGE.name, late] or content[LICENSE_USAGE.name, late - timedelta(days=1)]
    assert usage
    added = [{**row, "user_id": f"{row['user_id']} too"} for row in usage]
    deliver(landing, LICENSE_USAGE, late, [*usage, *added], name="later.csv")
    rows = content[LICENSE_ASSIGNMENTS.name, corrected]
    deliver(
        landing,
        LICENSE_ASSIGNMENTS,
        corrected,
        [{**row, "assigned_licenses": row["assigned_licenses"] + 5} for row in rows],
    )
    expected = reference_build(landing, first, last).marts
    finished = materialize(landing, home, late, last)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert_marts_equal(published_file(home), expected)
    read_again = {row[:2] for row in set(ledger_rows(home)) - set(known)}
    assert read_again == {(LICENSE_USAGE.name, str(late)), (LICENSE_ASSIGNMENTS.name, str(corrected))}


def assert_parquet_equal(home: Path) -> None:
    """Hold the Parquet files to the rows of the published file, by their text."""
    with duckdb.connect(str(published_file(home)), read_only=True) as connection:
        for mart in MART_COLUMNS:
            files = home / "serving" / "parquet" / mart / "*.parquet"
            rows = sorted(connection.execute(f'select * from marts."{mart}"').fetchall(), key=repr)
            if not rows:
                assert not list(files.parent.glob("*.parquet"))
                continue
            assert sorted(connection.execute(f"select * from read_parquet('{files}')").fetchall(), key=repr) == rows
