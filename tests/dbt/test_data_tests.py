"""The tests that run in each build find what they are there for, in the window and nowhere else."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest

from assets.dbt.build import NodeResult
from assets.dbt.check_sql import CheckSql

from ..reference.contract import MART_COLUMNS
from ..reference.portfolios import write_portfolio
from ..reference.raw import Landing
from .data_tests import DataTest, compiled_data_tests, verdicts
from .warehouse import BUILD, Warehouse

SEED = 1009
BUILT = date(2024, 3, 29)
EARLIER = date(2024, 3, 27)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Warehouse:
    """A warehouse with one as-of date, built without a complaint."""
    folder = tmp_path_factory.mktemp("built")
    _, last = write_portfolio(SEED, folder / "landing")
    assert last == BUILT
    warehouse = Warehouse(folder, manifest)
    warehouse.load_landing(Landing(folder / "landing"), last, last)
    warehouse.build(last, last)
    return warehouse


@pytest.fixture(scope="module")
def data_tests(built: Warehouse) -> dict[date, list[DataTest]]:
    """The tests of a build of either as-of date."""
    return {day: compiled_data_tests(built, day) for day in (EARLIER, BUILT)}


@pytest.fixture(scope="module")
def check_sql(built: Warehouse) -> tuple[CheckSql, ...]:
    """The same of the built date, as a build gets it."""
    return built.check_sql(window_start=str(BUILT), window_end=str(BUILT))


@pytest.fixture
def marts(built: Warehouse, data_tests: dict[date, list[DataTest]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse to damage: whatever is done to it is taken back."""
    with duckdb.connect(built.path) as connection:
        connection.begin()
        yield connection
        connection.rollback()


def failed_tests(tests: list[DataTest], marts: duckdb.DuckDBPyConnection) -> set[str]:
    """The names of the tests that fail; warnings of the raw rows are no failure."""
    return {name for name, verdict in verdicts(tests, marts).items() if verdict == "fail"}


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
        {"license_positions_identities", "license_distribution_trend_adds_up"},
    ),
    "assigned bars that do not add up": (
        "update marts.license_positions set assigned_unused_licenses = assigned_unused_licenses + 1",
        {"license_positions_identities", "license_distribution_trend_adds_up"},
    ),
    "expiring and renewing": (
        "update marts.license_positions set is_expiring = true, is_renewing = true",
        {
            "license_positions_identities",
            "expiring_subscriptions_lists_its_positions",
            "renewing_subscriptions_lists_its_positions",
            "portfolio_kpis_adds_up",
        },
    ),
    "licences that a position gained": (
        "update marts.license_positions set total_licenses = total_licenses + 1",
        {
            "license_positions_account_for_licenses",
            "license_positions_identities",
            "license_positions_ratios",
            "license_distribution_trend_adds_up",
            *(f"{name}_subscriptions_lists_its_positions" for name in ("expiring", "renewing", "recently_added")),
        },
    ),
    "licences that a snapshot gained after the build": (
        "update raw.license_assignments set assigned_licenses = assigned_licenses + 1",
        {"license_positions_account_for_licenses"},
    ),
    "subscriptions that ended and still have positions": (
        "update raw.subscriptions set status = 'cancelled'",
        {"license_positions_account_for_licenses"},
    ),
    "a position's ratio": (
        "update marts.license_positions set usage_ratio = 0.123",
        {"license_positions_ratios"},
    ),
    "a ratio that is unknown": (
        "update marts.license_distribution_trend set assignment_ratio = null",
        {"license_distribution_trend_ratios"},
    ),
    "a head figure": (
        "update marts.portfolio_kpis set total_customers = total_customers + 1",
        {"portfolio_kpis_adds_up"},
    ),
    "more customers in a section than there are": (
        "update marts.portfolio_kpis set over_limit_customers = total_customers + 1",
        {"portfolio_kpis_identities", "portfolio_kpis_adds_up"},
    ),
    "customers of the snapshot": (
        "update marts.portfolio_kpis set managed_customers = managed_customers - 1",
        {"portfolio_kpis_is_complete"},
    ),
    "a partner missing everywhere": (
        "delete from marts.portfolio_kpis where partner_id = (select min(partner_id) from marts.portfolio_kpis)",
        {"portfolio_kpis_is_complete", "license_distribution_trend_is_complete"},
    ),
    "a total of the trend": (
        "update marts.license_distribution_trend set used_licenses = used_licenses + 1",
        {"license_distribution_trend_adds_up", "license_distribution_trend_ratios"},
    ),
}
DAMAGES |= {
    "star: a figure of the fact": (
        "update marts.fct_license_positions set used_licenses = used_licenses + 1",
        {"fct_license_positions_are_the_positions"},
    ),
    "star: a customer that facts and subscriptions refer to": (
        "delete from marts.dim_customers where customer_key in (select customer_key from marts.fct_license_positions)",
        {"fct_license_positions_finds_its_customers", "dim_subscriptions_finds_its_customers"},
    ),
    "star: a subscription that facts refer to": (
        "delete from marts.dim_subscriptions",
        {"fct_license_positions_finds_its_subscriptions"},
    ),
    "star: a product": ("delete from marts.dim_products", {"fct_license_positions_finds_its_products"}),
    "star: a date twice": ("insert into marts.dim_dates from marts.dim_dates limit 1", {"dim_dates_grain"}),
    "star: no dates": ("delete from marts.dim_dates", {"fct_license_positions_finds_its_dates"}),
    "star: a product twice": ("insert into marts.dim_products from marts.dim_products limit 1", {"dim_products_grain"}),
    "star: one key for two customers": (
        "update marts.dim_customers set customer_key = 'p|a'",
        {"dim_customers_customer_key_is_unique"},
    ),
    "star: one key for two subscriptions": (
        "update marts.dim_subscriptions set subscription_key = 'p|a'",
        {"dim_subscriptions_subscription_key_is_unique"},
    ),
}
SECTIONS = {
    "expiring": "total_licenses",
    "renewing": "assigned_licenses",
    "low_assignment": "total_unassigned_licenses",
    "overage": "total_licenses_in_overage",
    "recently_added": "new_customers",
}
for section, figure in SECTIONS.items():
    kpis, listed = f"{section}_kpis", f"{section}_subscriptions"
    DAMAGES |= {
        f"{section}: a figure": (f"update marts.{kpis} set {figure} = {figure} + 1", {f"{kpis}_adds_up"}),
        # The positions are as they were: the KPIs are held to the section's table, and the table to them.
        f"{section}: its table": (f"delete from marts.{listed}", {f"{kpis}_adds_up", f"{listed}_lists_its_positions"}),
        f"{section}: a name in its table": (
            f"update marts.{listed} set customer_name = 'Another'",
            {f"{listed}_lists_its_positions"},
        ),
        f"{section}: a row twice": (
            f"insert into marts.{listed} from marts.{listed} limit 1",
            {f"{listed}_grain", f"{kpis}_adds_up"},
        ),
        f"{section}: a KPI row missing": (
            f"delete from marts.{kpis} where product = 'calling'",
            {f"{kpis}_is_complete"},
        ),
        f"{section}: a KPI row of no partner": (
            f"update marts.{kpis} set partner_id = 'nobody'",
            {f"{kpis}_is_complete", f"{kpis}_adds_up"},
        ),
        f"{section}: a KPI row of another product": (
            f"insert into marts.{kpis} by name select * replace ('devices' as product) from marts.{kpis} limit 1",
            {f"{kpis}_is_complete"},
        ),
    }
for mart, ratio in {
    "expiring_kpis": "license_usage_ratio",
    "renewing_kpis": "license_assignment_ratio",
    "low_assignment_kpis": "used_of_assigned_ratio",
    "overage_kpis": "avg_license_overage",
}.items():
    DAMAGES[f"{mart}: a ratio"] = (f"update marts.{mart} set {ratio} = 9", {f"{mart}_ratios"})
for mart, column in {
    "expiring": "days_until_expiration",
    "renewing": "days_until_renewal",
    "recently_added": "days_since_added",
}.items():
    DAMAGES[f"{mart}: a day count below 0"] = (
        f"update marts.{mart}_subscriptions set {column} = -1",
        {f"{mart}_subscriptions_identities"},
    )
for table in ("int_as_of_dates", "int_partner_snapshots", "int_usage_windows", "int_license_positions"):
    DAMAGES[f"{table}: a row twice"] = (
        f"insert into intermediate.{table} from intermediate.{table} limit 1",
        {f"{table}_grain"},
    )
# A view's rows are its table's: what is in the lake twice, or is not what the contract allows.
for dataset, column, value in (
    ("customers", "customer_name", "null"),
    ("subscriptions", "status", "'unheard of'"),
    ("license_assignments", "total_licenses", "-1"),
    ("license_usage", "activity_count", "0"),
):
    table = f"raw.{dataset}"
    date_column = "activity_date" if dataset == "license_usage" else "snapshot_date"
    DAMAGES |= {
        f"{dataset}: a row twice": (
            f"insert into {table} from {table} where {date_column} = '{BUILT}' limit 1",
            {f"stg_{dataset}_grain"},
        ),
        f"{dataset}: a value": (f"update {table} set {column} = {value}", {f"stg_{dataset}_values"}),
    }


def test_every_section_is_damaged() -> None:
    assert {f"{section}_subscriptions" for section in SECTIONS} == {
        mart for mart in MART_COLUMNS if mart.endswith("_subscriptions") and mart != "dim_subscriptions"
    }


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found(
    damage: str,
    marts: duckdb.DuckDBPyConnection,
    data_tests: dict[date, list[DataTest]],
    check_sql: tuple[CheckSql, ...],
    built: Warehouse,
) -> None:
    statement, expected = DAMAGES[damage]
    marts.execute(statement)

    assert failed_tests(data_tests[BUILT], marts) >= expected
    counted = {test.name: (test.verdict(marts), test.count(marts)) for test in data_tests[BUILT]}
    assert counts(built.check(check_sql, marts)) == counted


def test_licences_without_a_subscription_are_accounted_for(
    marts: duckdb.DuckDBPyConnection, data_tests: dict[date, list[DataTest]]
) -> None:
    marts.execute(
        "insert into raw.license_assignments"
        " select * replace ('new' || subscription_id as subscription_id) from raw.license_assignments"
    )
    assert failed_tests(data_tests[BUILT], marts) == set()


def test_damage_outside_the_window_is_not_the_runs_concern(
    marts: duckdb.DuckDBPyConnection, data_tests: dict[date, list[DataTest]]
) -> None:
    marts.execute("update marts.license_positions set status = 'pending', as_of_date = '2024-03-28'")
    marts.execute("delete from marts.overage_kpis")
    for mart in ("portfolio_kpis", "license_distribution_trend"):
        marts.execute(f"update marts.{mart} set as_of_date = '2024-03-28'")

    assert failed_tests(data_tests[EARLIER], marts) == set()


@pytest.fixture
def copy(built: Warehouse, tmp_path: Path) -> Warehouse:
    """A copy of the warehouse, for dbt to look at."""
    built.execute("checkpoint")  # rows are in the file then
    return built.copied(tmp_path)


def test_dbt_says_the_same(copy: Warehouse) -> None:
    """With damage of three kinds in one warehouse, one of them a warning's: each test's verdict is dbt's own."""
    for damage in ("a position twice", "star: a product twice", "customers: a row twice"):
        copy.execute(DAMAGES[damage][0])
    copy.execute("delete from raw.customers where customer_id = (select min(customer_id) from raw.customers)")

    said = said_by_dbt(copy)
    tests = compiled_data_tests(copy, BUILT)
    with duckdb.connect(copy.path) as connection:
        assert verdicts(tests, connection) == {name: verdict for name, (verdict, _) in said.items()}
    assert {verdict for verdict, _ in said.values()} == {"pass", "warn", "fail"}
    assert said_by_a_build(copy) == said


def test_dbt_says_the_same_where_nearly_all_is_damaged(copy: Warehouse) -> None:
    for statement, _ in DAMAGES.values():
        if not statement.startswith("delete"):
            copy.execute(statement)

    said = said_by_dbt(copy)
    assert len([verdict for verdict, _ in said.values() if verdict == "fail"]) > len(said) / 2
    assert said_by_a_build(copy) == said


def test_a_model_whose_table_is_gone_is_said_by_each_of_its_tests(copy: Warehouse) -> None:
    copy.execute("drop table marts.license_distribution_trend")

    said = said_by_dbt(copy)
    assert {name for name, (verdict, _) in said.items() if verdict == "error"} == {
        f"license_distribution_trend_{what}" for what in ("grain", "is_complete", "adds_up", "ratios")
    }
    assert said_by_a_build(copy) == said


def test_tests_are_told_in_the_order_in_which_dbt_builds(copy: Warehouse) -> None:
    window = {"window_start": str(BUILT), "window_end": str(BUILT)}
    built = copy.dbt(*BUILD, **window)
    models = [run.node.unique_id for run in copy.dbt("run", **window).result]

    expected = [run.node.name for run in built.result if run.node.resource_type == "test"]
    checks = copy.check_sql(**window)
    with duckdb.connect(copy.path) as connection:
        assert [check.name for check in copy.check(checks, connection, models)] == expected


def said_by_dbt(warehouse: Warehouse) -> dict[str, tuple[str, int]]:
    """How each test of the built date ends, and how many rows fail it, by its name: as nodes of dbt's."""
    window = {"window_start": str(BUILT), "window_end": str(BUILT)}
    result = warehouse.dbt("test", "--exclude-resource-type", "unit_test", **window)
    return {run.node.name: (str(run.status), run.failures or 0) for run in result.result}


def said_by_a_build(warehouse: Warehouse) -> dict[str, tuple[str, int]]:
    """The same, as a build runs them."""
    checks = warehouse.check_sql(window_start=str(BUILT), window_end=str(BUILT))
    with duckdb.connect(warehouse.path) as connection:
        return counts(warehouse.check(checks, connection))


def counts(checks: Sequence[NodeResult]) -> dict[str, tuple[str, int]]:
    """By name, dbt's word for how each test ended, and how many rows failed it."""
    words = {True: "pass", False: "error"}
    return {
        check.name: ("warn" if check.warned else "fail" if check.query else words[check.passed], check.failures)
        for check in checks
    }
