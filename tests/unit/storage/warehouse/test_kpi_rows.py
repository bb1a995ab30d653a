"""The KPI marts have a row for each partner, and product, that has all three snapshots: no fewer, and nobody else's."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from storage.warehouse.kpi_rows import wrong_kpi_rows
from tests.reference.contract import MART_GRAIN

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
BY_PRODUCT = [
    mart
    for mart, grain in MART_GRAIN.items()
    # Days of before there was a mart of retention stay as they are; dbt holds its rows to those of the trend.
    if grain == ["as_of_date", "partner_id", "product"] and mart != "retention"
]
PARTNERS = {MONDAY: {"p", "q"}, TUESDAY: {"p"}}


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """Whole marts of two days; the day before them has rows of somebody else."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        pairs = "(values (date '2026-03-01', 'z'), ('2026-03-02', 'p'), ('2026-03-02', 'q'), ('2026-03-03', 'p'))"
        connection.execute(f"create table marts.portfolio_kpis as from {pairs} as rows (as_of_date, partner_id)")
        for mart in BY_PRODUCT:
            connection.execute(
                f"create table marts.{mart} as select *, product, 0 as licenses from marts.portfolio_kpis"
                " cross join (values ('meetings'), ('calling')) as products (product)"
            )
        yield connection


def test_whole_marts_are_right(marts):
    assert wrong_kpi_rows(marts, PARTNERS) == ""


def test_without_a_day_there_is_nothing_to_look_at(marts):
    assert wrong_kpi_rows(marts, {}) == ""


def test_a_day_without_a_row_is_found(marts):
    marts.execute("delete from marts.portfolio_kpis where as_of_date = '2026-03-03'")
    assert wrong_kpi_rows(marts, PARTNERS) == "portfolio_kpis has 0 rows on 2026-03-03, not 1 (one for each partner)"


@pytest.mark.parametrize("mart", BY_PRODUCT)
def test_a_lost_product_is_found_in_each_mart(marts, mart):
    marts.execute(f"delete from marts.{mart} where partner_id = 'q' and product = 'calling'")
    assert wrong_kpi_rows(marts, PARTNERS) == (
        f"{mart} has 3 rows on 2026-03-02, not 4 (one for each partner and product)"
    )


def test_a_row_twice_and_a_row_of_somebody_else_are_found(marts):
    marts.execute("insert into marts.portfolio_kpis values ('2026-03-02', 'q')")
    assert wrong_kpi_rows(marts, PARTNERS).startswith("portfolio_kpis has 3 rows on 2026-03-02, not 2")
    marts.execute("delete from marts.portfolio_kpis where partner_id = 'q'")
    marts.execute("insert into marts.portfolio_kpis values ('2026-03-02', 'stranger')")
    assert wrong_kpi_rows(marts, PARTNERS).startswith("portfolio_kpis has 2 rows on 2026-03-02, not 2")
