"""Our own materializations: what does not agree with a contract is said, what fails leaves what was there."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from .edited import Edited
from .warehouse import Table, Warehouse, failures

D = date(2026, 3, 10)
MART = "overage_kpis"
RESULT = "avg_license_overage"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Warehouse:
    """A warehouse with one position, whose models of D are built."""
    made = Warehouse(tmp_path_factory.mktemp("made"), manifest)
    made.load("customers", [(D, "p", "c", "Ltd", None, None)])
    made.load("subscriptions", [(D, "p", "c", "s", False, "active", D, None, True)])
    made.load("license_assignments", [(D, "p", "c", "s", "meetings", "EE", None, 2, 5)])
    built = made.dbt("run", window_start=str(D), window_end=str(D))
    assert built.success, failures(built)
    made.execute("checkpoint")  # rows are in the file then
    return made


@pytest.fixture
def warehouse(made: Warehouse, tmp_path: Path) -> Warehouse:
    """A copy of it, to change."""
    return made.copied(tmp_path)


@pytest.fixture
def edited(manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edited]:
    yield Edited(manifest, monkeypatch)


def run(warehouse: Warehouse, model: str) -> dict[str, str]:
    """What failed in a run of D of one model."""
    return failures(warehouse.dbt("run", "--select", model, window_start=str(D), window_end=str(D)))


def content(warehouse: Warehouse, relation: str) -> tuple[Table, Table]:
    """A relation's columns with their types, and its rows."""
    return warehouse.query(f"describe {relation}"), warehouse.query(f"select * from {relation} order by all")


def test_a_mart_is_replaced_where_all_agrees(warehouse: Warehouse) -> None:
    before = content(warehouse, f"marts.{MART}")
    assert [row[-1] for row in before[1]] == [None, 3.0]  # of calling, and of meetings
    warehouse.execute(f"update marts.{MART} set {RESULT} = 9")
    assert run(warehouse, MART) == {}
    assert content(warehouse, f"marts.{MART}") == before


@pytest.mark.parametrize("is_there", [True, False])
def test_a_result_of_another_type_than_the_contracts_is_refused(
    warehouse: Warehouse, edited: Edited, is_there: bool
) -> None:
    before = content(warehouse, f"marts.{MART}")
    if not is_there:
        warehouse.execute(f"drop table marts.{MART}")
    edited.sql(MART, f"select * replace ({RESULT}::varchar as {RESULT}) from {{}} as made")
    said = run(warehouse, MART)
    assert said.keys() == {MART}
    assert "This model has an enforced contract that failed" in said[MART]
    assert RESULT in said[MART]
    if is_there:
        assert content(warehouse, f"marts.{MART}") == before
    else:
        assert not warehouse.query(f"from duckdb_tables() where table_name = '{MART}'")


@pytest.mark.parametrize(
    "change", [f"alter {RESULT} type varchar", f"drop {RESULT}", "add more integer"], ids=["type", "gone", "more"]
)
def test_a_stored_mart_with_other_columns_than_the_contracts_is_refused(warehouse: Warehouse, change: str) -> None:
    warehouse.execute(f"alter table marts.{MART} {change}")
    before = content(warehouse, f"marts.{MART}")
    said = run(warehouse, MART)
    assert said.keys() == {MART}
    assert "out of sync" in said[MART]
    assert content(warehouse, f"marts.{MART}") == before


def test_a_stored_mart_gets_the_columns_that_a_minor_version_added(warehouse: Warehouse, manifest: Manifest) -> None:
    columns = manifest.nodes["model.partner_portfolio.license_positions"].columns.values()
    added = [column.name for column in columns if column.config.meta.get("since")]
    assert added == [
        *("usage_days_loaded_90d", "currency", "value_12m", "cost_12m", "notice_days", "buying_model"),
        *("growth_allowance", "renewal_quantity", "owner", "segment", "sub_partner_id"),
    ]
    warehouse.execute(
        "insert into marts.license_positions by name select * replace (date '2020-02-29' as as_of_date)"
        " from marts.license_positions"
    )
    before = warehouse.rows("license_positions")
    names = [row[0] for row in warehouse.query("describe marts.license_positions")]
    for name in added:
        warehouse.execute(f"alter table marts.license_positions drop {name}")
    assert run(warehouse, "license_positions") == {}
    assert [row[0] for row in warehouse.query("describe marts.license_positions")] == names
    nulls = dict.fromkeys(added)
    expected = [row | (nulls if row["as_of_date"].year == 2020 else {}) for row in before]
    assert sorted(map(str, warehouse.rows("license_positions"))) == sorted(map(str, expected))


def test_a_contract_that_neither_result_nor_table_meets_is_refused(warehouse: Warehouse, edited: Edited) -> None:
    before = content(warehouse, f"marts.{MART}")
    edited.declare(MART, "customers_with_overages", "varchar")
    said = run(warehouse, MART)
    assert "This model has an enforced contract that failed" in said[MART]
    assert content(warehouse, f"marts.{MART}") == before


@pytest.mark.parametrize(
    ("model", "relation"),
    [
        (MART, f"marts.{MART}"),
        ("int_license_positions", "intermediate.int_license_positions"),
        ("int_partner_products", "intermediate.int_partner_products"),
    ],
    ids=["mart", "table", "view"],
)
def test_a_model_that_fails_leaves_what_was_there(
    warehouse: Warehouse, edited: Edited, model: str, relation: str
) -> None:
    before = content(warehouse, relation)
    assert before[1]
    failing = "error('on purpose')::date" if model != "int_partner_products" else "nothing_of_this_name"
    edited.sql(model, f"select * replace ({failing} as as_of_date) from {{}} as made")
    said: Any = run(warehouse, model)
    assert said.keys() == {model}
    assert "on purpose" in said[model] or "nothing_of_this_name" in said[model]
    assert content(warehouse, relation) == before


@pytest.mark.parametrize(
    ("model", "other", "kind"),
    [
        ("int_license_positions", "view int_license_positions as select 1 as x", "BASE TABLE"),
        ("int_partner_products", "table int_partner_products as select 1 as x", "VIEW"),
    ],
)
def test_what_has_the_name_and_is_of_the_other_kind_makes_way(
    warehouse: Warehouse, model: str, other: str, kind: str
) -> None:
    relation = f"intermediate.{model}"
    before = content(warehouse, relation)
    was = "view" if kind == "VIEW" else "table"
    warehouse.execute(f"use intermediate; drop {was} {model}; create {other}")
    assert run(warehouse, model) == {}
    assert content(warehouse, relation) == before
    assert warehouse.query("select table_type from information_schema.tables where table_name = ?", model) == [(kind,)]
