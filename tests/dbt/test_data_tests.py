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
from .damages import BUILT, DAMAGES, SECTIONS
from .data_tests import DataTest, compiled_data_tests, verdicts
from .warehouse import BUILD, Warehouse

SEED = 1009
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

    counted = {test.name: test.outcome(marts) for test in data_tests[BUILT]}
    assert {name for name, (verdict, _) in counted.items() if verdict == "fail"} >= expected
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
        *(f"license_distribution_trend_{what}" for what in ("grain", "is_complete", "adds_up", "ratios")),
        *("retention_is_complete", "portfolio_changes_explain_the_week"),  # of other models, and held to it
    }
    assert said_by_a_build(copy) == said


def test_tests_are_told_in_the_order_of_the_models_that_they_need(copy: Warehouse, manifest: Manifest) -> None:
    # dbt's own order among tests that wait for a thread hangs on the machine's speed: which there are is dbt's answer.
    window = {"window_start": str(BUILT), "window_end": str(BUILT)}
    built = copy.dbt(*BUILD, **window)
    models = [run.node.unique_id for run in copy.dbt("run", **window).result]

    def when_ready(unique_id: str) -> tuple[int, str]:
        needed = [name for name in manifest.nodes[unique_id].depends_on_nodes if name.startswith("model.")]
        return max(map(models.index, needed)), unique_id

    expected = sorted((run.node.unique_id for run in built.result if run.node.resource_type == "test"), key=when_ready)
    checks = copy.check_sql(**window)
    with duckdb.connect(copy.path) as connection:
        assert [check.unique_id for check in copy.check(checks, connection, models)] == expected


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
