"""The naive implementation agrees with the marts that were worked out by hand."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from ...reference.comparing import differences, marts_from_csv, report
from ...reference.contract import MART_COLUMNS, SUBSCRIPTIONS
from ...reference.marts import Build, latest, reference_build
from ...reference.raw import MISSING, Landing, Quarantined, read_partition

GOLDEN = Path(__file__).parents[2] / "golden"
FIRST, LAST = date(2024, 5, 30), date(2024, 5, 31)


@pytest.fixture(scope="module")
def build() -> Build:
    return reference_build(GOLDEN / "landing", FIRST, LAST)


@pytest.mark.parametrize("mart", MART_COLUMNS)
def test_marts_equal_those_worked_out_by_hand(build: Build, mart: str) -> None:
    lines = differences(mart, build.marts[mart], marts_from_csv(GOLDEN / "marts")[mart])
    assert not lines, report("golden", mart, lines)


def test_the_range_is_published_whole(build: Build) -> None:
    assert (build.built_days, build.blocked_days, build.days_without_snapshot) == ([FIRST, LAST], [], [])
    assert build.exit_code == 0


def test_latest_keeps_the_south_on_its_own_last_day(build: Build) -> None:
    newest = {(row["partner_id"], row["as_of_date"]) for row in latest(build.marts)["portfolio_kpis"]}
    assert newest == {("north", LAST), ("south", FIRST)}


def test_the_earlier_of_two_rows_with_one_key_is_quarantined() -> None:
    partition = read_partition(GOLDEN / "landing", SUBSCRIPTIONS, date(2024, 5, 29))
    assert partition.quarantined == [Quarantined("export.csv", 6, frozenset({"duplicate_key"}))]
    assert (partition.rows_read, partition.rows_accepted, partition.rows_duplicate) == (15, 14, 0)


def test_every_committed_partition_is_loaded() -> None:
    landing = Landing(GOLDEN / "landing")
    delivered = [p for p in landing.partitions(FIRST - timedelta(days=100), LAST) if p.state != MISSING]
    assert len(delivered) == 4 + 5 + 5 + 10  # customers, subscriptions, licences, usage
    assert all(p.state == "loaded" and not p.ignored_files for p in delivered)
