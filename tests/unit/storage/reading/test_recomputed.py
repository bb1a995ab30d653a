"""Figures over some customers are made as the marts make them over all: those of the golden portfolio."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from contracts.dashboard import PRODUCT_KPIS
from storage.reading.customers import find_customers
from storage.reading.filters import Filters
from storage.reading.opening import PublishedMarts, open_publication
from storage.reading.recomputed import key_figures, product_figures

from ...cli import golden


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedMarts]:
    folder = tmp_path_factory.mktemp("golden") / "serving"
    golden.publish(folder / "portfolio.duckdb")
    with open_publication(folder) as found:
        yield found


@pytest.mark.parametrize("mart", PRODUCT_KPIS)
def test_over_all_customers_they_are_the_mart_s(marts: PublishedMarts, mart: str) -> None:
    for partner in marts.newest_days():
        for day in marts.days(partner):
            worked_out = {row["product"]: row for row in marts.rows(mart, partner, day, day)}
            found = product_figures(marts, mart, partner, day, day, Filters())
            assert len(found) == len(worked_out) == 2
            for row in found:
                assert {"partner_id": partner, **row} == pytest.approx(worked_out[row["product"]])


def test_key_figures_over_all_customers_are_the_mart_s(marts: PublishedMarts) -> None:
    for partner in marts.newest_days():
        for day in marts.days(partner):
            (worked_out,) = marts.rows("portfolio_kpis", partner, day, day)
            assert {
                "as_of_date": day,
                "partner_id": partner,
                **key_figures(marts, partner, day, Filters()),
            } == worked_out


def test_customers_add_up_to_all(marts: PublishedMarts) -> None:
    day = marts.newest_days()["north"]
    all_of = {row["product"]: row for row in marts.rows("license_distribution_trend", "north", day, day)}
    sums = dict.fromkeys(all_of, 0)
    for customer in find_customers(marts, "", "north"):
        for row in product_figures(marts, "license_distribution_trend", "north", day, day, Filters(customer=customer)):
            sums[row["product"]] += row["assigned_licenses"]
    assert sums == {product: row["assigned_licenses"] for product, row in all_of.items()}


def test_where_a_row_s_use_is_unknown_the_sum_is(tmp_path: Path) -> None:
    golden.publish(tmp_path / "serving" / "portfolio.duckdb")
    with duckdb.connect(str(tmp_path / "serving" / "portfolio.duckdb")) as con:
        con.execute(
            "create table meta.usage_windows as select as_of_date, partner_id, 'meetings' as product, 0 as usage_days,"
            " 0 as usage_days_90d, 0 as usage_days_week_before from marts.portfolio_kpis"
        )
    with open_publication(tmp_path / "serving") as marts:
        day = marts.newest_days()["north"]
        figures = {row["product"]: row for row in product_figures(marts, "expiring_kpis", "north", day, day, Filters())}
        (calling, meetings) = (figures["calling"], figures["meetings"])
        assert (meetings["used_licenses"], meetings["license_usage_ratio"]) == (None, None)
        assert meetings["assigned_licenses"] and calling["used_licenses"] == 2
