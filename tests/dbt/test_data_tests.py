"""The tests that run in each build find what they are there for, in the window and nowhere else."""

from datetime import date
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from ..reference.portfolios import write_portfolio
from ..reference.raw import Landing
from .warehouse import Warehouse

SEED = 1012
BUILT = date(2024, 5, 30)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Warehouse:
    """A warehouse with one as-of date, built without a complaint."""
    folder = tmp_path_factory.mktemp("built")
    _, last = write_portfolio(SEED, folder / "landing")
    assert last == BUILT
    warehouse = Warehouse(folder, manifest)
    warehouse.load_landing(Landing(folder / "landing"), last, last)
    warehouse.build(last, last)
    warehouse.execute("checkpoint")  # dbt's connection, open in this process, keeps rows out of the file
    return warehouse


@pytest.fixture
def marts(built: Warehouse, tmp_path: Path, manifest: Manifest) -> Warehouse:
    """A copy of it to damage."""
    copy = Warehouse(tmp_path, manifest)
    copy.path.write_bytes(built.path.read_bytes())
    return copy


def failed_tests(marts: Warehouse, day: date) -> set[str]:
    """The names of the tests that fail in a build of one as-of date; warnings of the raw rows are no failure."""
    result = marts.dbt("test", "--exclude-resource-type", "unit_test", window_start=str(day), window_end=str(day))
    return {run.node.name for run in result.result if run.status in ("error", "fail")}


DAMAGES = {
    "a position twice": (
        "insert into marts.license_positions from marts.license_positions limit 1",
        {"license_positions_grain"},
    ),
    "another product": (
        "update marts.license_positions set product = 'messaging'",
        {"license_positions_product_values"},
    ),
    "another status": ("update marts.license_positions set status = 'pending'", {"license_positions_status_values"}),
    "bars that do not add up": (
        "update marts.license_positions set available_licenses = available_licenses + 1",
        {"license_positions_identities", "license_distribution_trend_adds_up", "low_assignment_kpis_adds_up"},
    ),
    "expiring and renewing": (
        "update marts.license_positions set is_expiring = true, is_renewing = true",
        {"license_positions_identities", "expiring_kpis_adds_up", "renewing_kpis_adds_up", "portfolio_kpis_adds_up"},
    ),
    "a head figure": (
        "update marts.portfolio_kpis set total_customers = total_customers + 1",
        {"portfolio_kpis_adds_up"},
    ),
    "a section's figure": (
        "update marts.recently_added_kpis set total_licenses = total_licenses + 1",
        {"recently_added_kpis_adds_up"},
    ),
    "a KPI row missing": (
        "delete from marts.renewing_kpis where product = 'calling'",
        {"renewing_kpis_is_complete", "renewing_kpis_adds_up"},
    ),
    "a KPI row of no partner": (
        "update marts.overage_kpis set partner_id = 'nobody'",
        {"overage_kpis_is_complete", "overage_kpis_adds_up"},
    ),
    "a section's row that is not in it": (
        "update marts.recently_added_subscriptions set days_since_added = -1",
        {"recently_added_subscriptions_identities"},
    ),
    "a total of the trend": (
        "update marts.license_distribution_trend set used_licenses = used_licenses + 1",
        {"license_distribution_trend_adds_up"},
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found(damage: str, marts: Warehouse) -> None:
    statement, expected = DAMAGES[damage]
    marts.execute(statement)

    assert failed_tests(marts, BUILT) >= expected


def test_damage_outside_the_window_is_not_the_runs_concern(marts: Warehouse) -> None:
    marts.execute("update marts.license_positions set status = 'pending', as_of_date = '2024-05-29'")
    marts.execute("delete from marts.overage_kpis")
    for mart in ("portfolio_kpis", "license_distribution_trend"):
        marts.execute(f"update marts.{mart} set as_of_date = '2024-05-29'")

    assert failed_tests(marts, date(2024, 5, 28)) == set()
