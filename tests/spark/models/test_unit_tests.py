"""dbt's unit and data tests on Spark: the same, by the same names."""

from collections.abc import Callable
from pathlib import Path

from dbt.contracts.graph.manifest import Manifest

from ...dbt.warehouse import Warehouse, failures
from ..warehouse import SparkWarehouse


def test_the_unit_tests_pass(
    make_warehouse: Callable[[Path], SparkWarehouse], tmp_path: Path, manifest: Manifest
) -> None:
    warehouse = make_warehouse(tmp_path)
    warehouse.register()
    created = warehouse.dbt("run", "--empty")
    assert created.success, failures(created)

    tested = warehouse.dbt("test", "--select", "test_type:unit")

    assert tested.success, failures(tested)
    assert len(tested.result) == len(manifest.unit_tests)


def test_tests_have_the_names_that_they_have_on_duckdb(tmp_path: Path, manifest: Manifest) -> None:
    parsed = Warehouse(tmp_path).dbt("parse")
    assert parsed.success, parsed.exception
    for kind in ("nodes", "unit_tests", "exposures"):
        assert getattr(manifest, kind).keys() == getattr(parsed.result, kind).keys()
