"""Tables and marts on Spark: a window is replaced, whatever is there; what does not agree with a contract is said."""

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from urllib.parse import urlparse

import pytest
from dbt.contracts.graph.manifest import Manifest

from assets.dbt import running

from ...dbt.warehouse import failures
from ..warehouse import SparkWarehouse

D, NEXT = date(2026, 3, 10), date(2026, 3, 11)
MART, TABLE, VIEW = "overage_kpis", "int_license_positions", "int_partner_products"
WITH_PARENTS = f"+{MART}"
"""What is between holds the window of the last run, and so is made with a mart of another one."""
RESULT = "avg_license_overage"
BUILT = [
    (day, product, overage, average)
    for day in (D, NEXT)
    for product, overage, average in (("calling", 0, None), ("meetings", 3, 3.0))
]


@pytest.fixture(scope="module")
def warehouse(
    make_warehouse: Callable[[Path], SparkWarehouse], tmp_path_factory: pytest.TempPathFactory
) -> SparkWarehouse:
    """A warehouse with one position on either day, whose mart is built. Each test leaves it as it was."""
    made = make_warehouse(tmp_path_factory.mktemp("made"))
    for day in (D, NEXT):
        made.load("customers", [(day, "p", "c", "Ltd", None, None)])
        made.load("subscriptions", [(day, "p", "c", "s", False, "active", D, None, True)])
        made.load("license_assignments", [(day, "p", "c", "s", "meetings", "EE", None, 2, 5)])
    made.register()
    assert run(made, WITH_PARENTS) == {}
    return made


def run(warehouse: SparkWarehouse, *models: str, last: date = NEXT, blocked: str = "") -> dict[str, str]:
    """What failed in a run of some models from D on."""
    window = {"window_start": str(D), "window_end": str(last), "blocked_days": blocked}
    return failures(warehouse.dbt("run", "--select", *models, **window))


def kpis(warehouse: SparkWarehouse) -> list[tuple[object, ...]]:
    """The mart's rows."""
    columns = f"as_of_date, product, total_licenses_in_overage, {RESULT}"
    return warehouse.query(f"select {columns} from {warehouse.schema}.{MART} order by 1, 2")


def test_a_mart_has_the_types_of_its_contract_and_is_partitioned_by_its_day(warehouse: SparkWarehouse) -> None:
    assert kpis(warehouse) == BUILT
    described = [(name, kind) for name, kind, _ in warehouse.query(f"describe extended {warehouse.schema}.{MART}")]
    assert described[:9] == [
        *(("partner_id", "string"), ("product", "string"), ("customers_with_overages", "bigint")),
        *(("total_licenses_in_overage", "bigint"), (RESULT, "double"), ("as_of_date", "date")),
        *(("# Partition Information", ""), ("# col_name", "data_type"), ("as_of_date", "date")),
    ]
    assert ("Provider", "parquet") in described


def test_a_window_is_replaced_and_no_other_day(warehouse: SparkWarehouse) -> None:
    warehouse.query(
        f"insert overwrite table {warehouse.schema}.{MART}"
        f" select 'ghost', 'meetings', 1L, 1L, 1.0d, explode(array(date '{D}', date '{NEXT}'))"
    )
    ghost = ("meetings", 1, 1.0)
    assert kpis(warehouse) == [(D, *ghost), (NEXT, *ghost)]
    assert run(warehouse, WITH_PARENTS, last=D) == {}
    assert kpis(warehouse) == [*BUILT[:2], (NEXT, *ghost)]
    assert run(warehouse, WITH_PARENTS) == {}
    assert kpis(warehouse) == BUILT


def test_a_day_that_is_blocked_ends_up_empty(warehouse: SparkWarehouse) -> None:
    assert run(warehouse, WITH_PARENTS, blocked=str(D)) == {}
    assert kpis(warehouse) == BUILT[2:]
    assert run(warehouse, WITH_PARENTS) == {}
    assert kpis(warehouse) == BUILT


def test_files_that_a_killed_driver_left_are_overwritten(warehouse: SparkWarehouse, tmp_path: Path) -> None:
    """It dropped a partition, or wrote one, and the catalog was not told."""
    described = dict(row[:2] for row in warehouse.query(f"describe extended {warehouse.schema}.{MART}"))
    partition = Path(urlparse(str(described["Location"])).path) / f"as_of_date={D}"
    shutil.copytree(partition, tmp_path / "left")
    warehouse.query(f"alter table {warehouse.schema}.{MART} drop partition (as_of_date = date '{D}')")
    shutil.copytree(tmp_path / "left", partition)
    assert kpis(warehouse) == BUILT[2:]
    assert run(warehouse, MART) == {}
    assert kpis(warehouse) == BUILT


def test_a_stored_mart_with_another_column_is_refused_and_kept(warehouse: SparkWarehouse) -> None:
    table = f"{warehouse.schema}.{MART}"
    warehouse.query(f"alter table {table} add columns (more int)")
    said = run(warehouse, MART)
    assert f"model {MART} holds column more, which its contract does not name" in said[MART]
    assert kpis(warehouse) == BUILT
    warehouse.query(f"drop table {table}")
    assert run(warehouse, MART) == {}
    assert kpis(warehouse) == BUILT


def test_a_stored_mart_gets_the_columns_that_a_minor_version_added(
    warehouse: SparkWarehouse, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (node,) = [node for node in manifest.nodes.values() if node.name == MART]
    monkeypatch.setitem(node.columns[RESULT].config.meta, "since", "1.2")
    table, before = f"{warehouse.schema}.{MART}", ("p", "meetings", 1, 3)
    names = "partner_id, product, customers_with_overages, total_licenses_in_overage"
    warehouse.query(f"drop table {table}")
    warehouse.query(
        f"create table {table} using parquet partitioned by (as_of_date) as"
        " select 'p' as partner_id, 'meetings' as product, 1L as customers_with_overages,"
        " 3L as total_licenses_in_overage, date '2020-02-29' as as_of_date"
    )
    assert run(warehouse, MART) == {}
    columns = f"{names}, {RESULT}, as_of_date"
    old = f"select {columns} from {table} where as_of_date = date '2020-02-29'"
    assert warehouse.query(old) == [(*before, None, date(2020, 2, 29))]
    assert kpis(warehouse)[1:] == BUILT
    warehouse.query(f"alter table {table} drop partition (as_of_date = date '2020-02-29')")


@pytest.mark.parametrize(
    ("model", "other", "kind"),
    [(TABLE, "view", "MANAGED"), (VIEW, "table", "VIEW"), (MART, "view", "MANAGED")],
    ids=["table", "view", "mart"],
)
def test_what_has_the_name_and_is_of_the_other_kind_makes_way(
    warehouse: SparkWarehouse, model: str, other: str, kind: str
) -> None:
    relation = f"{warehouse.schema}{'' if model == MART else '_intermediate'}.{model}"
    rows = warehouse.query(f"select * from {relation} order by all")
    warehouse.query(f"drop {'view' if kind == 'VIEW' else 'table'} {relation}")
    warehouse.query(f"create {other} {relation} {'using parquet ' if other == 'table' else ''}as select 1 as x")
    assert run(warehouse, model) == {}
    assert warehouse.query(f"select * from {relation} order by all") == rows
    assert ("Type", kind) in [row[:2] for row in warehouse.query(f"describe extended {relation}")]


def test_a_table_of_the_last_window_with_other_columns_is_made_anew(warehouse: SparkWarehouse) -> None:
    relation = f"{warehouse.schema}_intermediate.{TABLE}"
    rows = warehouse.query(f"select * from {relation} order by 1, 3")
    warehouse.query(f"alter table {relation} add columns (more int)")
    assert run(warehouse, TABLE) == {}
    assert warehouse.query(f"select * from {relation} order by 1, 3") == rows


def test_nothing_is_built_where_sums_would_wrap(warehouse: SparkWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ansi_arithmetic", nullcontext)  # as dbt-spark itself has it
    for model in (MART, TABLE):
        said = run(warehouse, model)
        refused = "spark.sql.ansi.enabled is off, and sums would wrap: run dbt through `portfolio dbt`"
        assert refused in said[model]
    assert kpis(warehouse) == BUILT


def test_settings_are_made_once_a_command_and_nothing_is_said_of_it(
    warehouse: SparkWarehouse, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    from pyspark.sql.connect.conf import RuntimeConf

    made, make = [], RuntimeConf._set_all
    monkeypatch.setattr(RuntimeConf, "_set_all", lambda self, *given, **named: made.append(make(self, *given, **named)))
    assert run(warehouse, MART) == {}
    assert len(made) == 1
    assert not [warning for warning in recwarn if "Failed to set" in str(warning.message)]
    warehouse.session.conf.set("spark.sql.ansi.enabled", "false")
    assert run(warehouse, MART) == {}
