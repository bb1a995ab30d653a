"""The raw datasets as Spark reads them: the planned partitions and nothing else, as DuckDB reads them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from expectations.contract import ACCOUNTS, CONTRACT_LINES, CUSTOMERS, DATASETS, LICENSE_ASSIGNMENTS
from storage.lake.lake import Lake
from storage.spark.raw_tables import register_raw

from ..warehouse import SparkWarehouse

D, NEXT = date(2026, 3, 10), date(2026, 3, 11)
LONG_AGO = date(1, 1, 1)
"""Before the calendar changed in 1582: an engine may mean another day by it."""
LAST = date(9999, 12, 31)


@pytest.fixture
def warehouse(make_warehouse: Callable[[Path], SparkWarehouse], tmp_path: Path) -> SparkWarehouse:
    """A warehouse without rows, in a folder with all that a path may hold."""
    folder = tmp_path / "it's a [lake] 100% day=1"
    folder.mkdir()
    return make_warehouse(folder)


def read(warehouse: SparkWarehouse, dataset: str) -> list[tuple[object, ...]]:
    """What Spark reads, with the columns of DuckDB's view."""
    columns = ", ".join([*DATASETS[dataset].column_names, DATASETS[dataset].date_column])
    return sorted(warehouse.query(f"select {columns} from {warehouse.schema}_raw.{dataset}"), key=repr)


def test_rows_and_types_are_duckdb_s(warehouse: SparkWarehouse) -> None:
    warehouse.load("customers", [(D, "p", "ç 'q'", "", None, LONG_AGO), (NEXT, "p", "c", "\n", "DE", LAST)])
    warehouse.load("license_assignments", [(D, "p", "c", "s", "other", "EE", None, 2**63 - 1, 0)])
    warehouse.load("license_usage", [(D, "p", "c", "s", "meetings", -(2**63), 1)])
    price = Decimal("999999999999.999999")
    terms = (None, None, "wholesale", Decimal("-0.000001"), 2**63 - 1)
    warehouse.load("contract_lines", [(D, "p", "c", "s", "meetings", "EE", "EUR", price, *terms)])
    warehouse.register()
    with duckdb.connect() as con:
        loaded = {name: warehouse.loaded_days(dataset) for name, dataset in DATASETS.items()}
        warehouse.lake.create_views(con, loaded)
        for name in DATASETS:
            assert read(warehouse, name) == sorted(con.execute(f"from raw.{name}").fetchall(), key=repr)
            kinds = {"VARCHAR": "string"}
            described = con.execute(f"describe raw.{name}").fetchall()
            expected = [(column, kinds.get(kind, kind.lower())) for column, kind, *_ in described]
            made = warehouse.query(f"describe {warehouse.schema}_raw.{name}")[: len(expected)]
            assert [(column, kind) for column, kind, _ in made] == expected


def test_a_dataset_that_never_came_is_empty_and_typed(warehouse: SparkWarehouse) -> None:
    warehouse.register()
    for dataset in (ACCOUNTS, CONTRACT_LINES):
        assert read(warehouse, dataset.name) == []
    described = warehouse.query(f"describe {warehouse.schema}_raw.contract_lines")
    assert ("unit_price_month", "decimal(18,6)") in [(name, kind) for name, kind, _ in described]


def test_what_is_not_planned_is_not_there(warehouse: SparkWarehouse) -> None:
    """A day that the ledger leaves out, a folder of a killed run, and what it left beside a file."""
    warehouse.load("customers", [(day, "p", f"c{day.day}", "Ltd", None, None) for day in (D, NEXT)])
    warehouse.register(without={("customers", NEXT)})
    beside = warehouse.lake.accepted_path(CUSTOMERS, D).with_name(".part-0.parquet.1-aa.writing")
    beside.write_bytes(warehouse.lake.accepted_path(CUSTOMERS, NEXT).read_bytes()[:100])
    left = warehouse.lake.accepted_path(CUSTOMERS, date(2026, 3, 12))
    left.parent.mkdir()
    left.write_bytes(b"PAR1")
    assert [row[1] for row in read(warehouse, "customers")] == ["c10"]


def test_a_partition_that_was_replaced_is_read_anew(warehouse: SparkWarehouse) -> None:
    """The server lives on, and would know the old file's length."""
    warehouse.load("license_assignments", [(D, "p", "c", "s", "meetings", "EE", None, 2, 1)])
    warehouse.register()
    assert len(read(warehouse, "license_assignments")) == 1
    more = [(D, "p", "c", f"s{number}", "meetings", "EE", "n" * number, number, 1) for number in range(500)]
    warehouse.load("license_assignments", more)
    warehouse.register()
    assert len(read(warehouse, "license_assignments")) == 501


def test_what_was_listed_before_is_let_go_and_its_files_stay(warehouse: SparkWarehouse) -> None:
    warehouse.load("license_assignments", [(D, "p", "c", "s", "meetings", "EE", None, 2, 1)])
    warehouse.register()
    register_raw(warehouse.session, warehouse.schema, Lake(warehouse.lake.root), {})
    assert read(warehouse, "license_assignments") == []
    assert warehouse.lake.accepted_path(LICENSE_ASSIGNMENTS, D).exists()
