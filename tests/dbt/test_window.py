"""A run replaces exactly its window: whatever was there before, in whatever order days are built."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from ..reference.contract import MART_COLUMNS
from ..reference.portfolios import write_portfolio
from ..reference.raw import Landing
from .warehouse import Warehouse, failures

SEED = 1033  # each of its last four days is built, has overages and a position seven days before; no mart is empty
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> tuple[Warehouse, date, date]:
    """Four as-of dates in one range, built once: each test works on a copy."""
    folder = tmp_path_factory.mktemp("window")
    _, last = write_portfolio(SEED, folder / "landing")
    first = last - 3 * DAY
    warehouse = Warehouse(folder, manifest)
    assert warehouse.load_landing(Landing(folder / "landing"), first, last) == []
    warehouse.build(first, last)
    warehouse.execute("checkpoint")  # rows are in the file then
    return warehouse, first, last


@pytest.fixture
def window(made: tuple[Warehouse, date, date]) -> tuple[date, date]:
    """The first and the last of the four as-of dates."""
    return made[1:]


@pytest.fixture
def warehouse(made: tuple[Warehouse, date, date], tmp_path: Path) -> Warehouse:
    """A warehouse in which the four as-of dates are built."""
    return made[0].copied(tmp_path)


def as_of_dates(warehouse: Warehouse, mart: str) -> set[date]:
    """The as-of dates with a row in a mart."""
    return {day for (day,) in warehouse.query(f"select distinct as_of_date from marts.{mart}")}


def test_days_in_any_order_equal_one_range(warehouse: Warehouse, window: tuple[date, date]) -> None:
    first, last = window
    in_one = warehouse.marts()
    assert {mart: bool(rows) for mart, rows in in_one.items()} == dict.fromkeys(MART_COLUMNS, True)

    warehouse.execute("drop schema marts cascade")
    for day in (first + 2 * DAY, first, last, first + DAY):
        warehouse.build(day, day)

    assert warehouse.marts() == in_one


def test_a_second_run_changes_nothing(warehouse: Warehouse, window: tuple[date, date]) -> None:
    once = warehouse.marts()

    warehouse.build(*window)

    assert warehouse.marts() == once


def test_a_date_whose_result_became_empty_is_emptied(warehouse: Warehouse, window: tuple[date, date]) -> None:
    first, last = window
    before = warehouse.marts()

    warehouse.execute("delete from raw.subscriptions")
    warehouse.build(first + DAY, last)

    after = warehouse.marts()
    for mart, rows in before.items():
        assert after[mart] == [row for row in rows if row["as_of_date"] == first], mart


def test_a_section_that_emptied_is_emptied_and_its_kpis_are_zero(
    warehouse: Warehouse, window: tuple[date, date]
) -> None:
    first, last = window
    assert as_of_dates(warehouse, "overage_subscriptions") == {first, first + DAY, first + 2 * DAY, last}

    warehouse.execute("update raw.license_assignments set assigned_licenses = 0")
    warehouse.build(last, last)

    assert last not in as_of_dates(warehouse, "overage_subscriptions")
    kpis = [row for row in warehouse.rows("overage_kpis") if row["as_of_date"] == last]
    assert {row["product"] for row in kpis} == {"meetings", "calling"}
    assert {(row["total_licenses_in_overage"], row["avg_license_overage"]) for row in kpis} == {(0, None)}


def test_a_day_that_became_blocked_is_emptied(warehouse: Warehouse, window: tuple[date, date]) -> None:
    first, last = window

    warehouse.build(first, last, blocked=[first + DAY])

    for mart in MART_COLUMNS:
        assert first + DAY not in as_of_dates(warehouse, mart)
    assert as_of_dates(warehouse, "portfolio_kpis") == {first, first + 2 * DAY, last}


def test_a_blocked_d_minus_7_leaves_the_weekly_changes_null(warehouse: Warehouse, window: tuple[date, date]) -> None:
    _, last = window
    warehouse.execute("drop schema marts cascade")
    changes = "select count(weekly_assignment_change), count(weekly_usage_change) from marts.license_positions"
    warehouse.build(last, last)
    assert min(warehouse.query(changes)[0]) > 0

    warehouse.build(last, last, blocked=[last - 7 * DAY])

    assert warehouse.query(changes) == [(0, 0)]


def test_full_refresh_keeps_the_other_days(warehouse: Warehouse, window: tuple[date, date]) -> None:
    _, last = window
    before = warehouse.marts()

    result = warehouse.dbt("run", "--full-refresh", window_start=str(last), window_end=str(last))

    assert result.success, failures(result)
    assert warehouse.marts() == before


def test_a_mart_that_fails_keeps_its_rows(warehouse: Warehouse, window: tuple[date, date]) -> None:
    first, last = window
    before = warehouse.marts()

    # The contract forbids the null: the insert fails after the delete of the same transaction.
    warehouse.execute("update raw.subscriptions set auto_renew = null")
    result = warehouse.dbt("run", window_start=str(first), window_end=str(last))

    failed = failures(result)
    assert "NOT NULL constraint failed: license_positions.auto_renew" in failed["license_positions"]
    after = warehouse.marts()
    assert "portfolio_changes" not in failed  # it may hold the null, and lists other changes now
    del before["portfolio_changes"], after["portfolio_changes"]
    assert after == before
