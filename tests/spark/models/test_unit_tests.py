"""dbt's unit and data tests on Spark: the same, by the same names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ...dbt.warehouse import failures
from ..warehouse import SparkWarehouse


def test_the_unit_tests_pass(
    make_warehouse: Callable[[Path], SparkWarehouse],
    tmp_path: Path,
    manifest: Manifest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warehouse = make_warehouse(tmp_path)
    warehouse.register()
    created = warehouse.dbt("run", "--empty")
    assert created.success, failures(created)

    describe_once(monkeypatch)
    tested = warehouse.dbt("test", "--select", "test_type:unit")

    assert tested.success, failures(tested)
    assert len(tested.result) == len(manifest.unit_tests)


def describe_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the columns of a model that is an input once, not for each test: nobody changes them meanwhile."""
    from dbt.adapters.spark import SparkAdapter

    describe, known = SparkAdapter.get_columns_in_relation, {}

    def columns(self: Any, relation: Any) -> Any:
        name = str(relation)
        if "." not in name:  # a test's own view
            return describe(self, relation)
        if name not in known:
            known[name] = describe(self, relation)
        return known[name]

    monkeypatch.setattr(SparkAdapter, "get_columns_in_relation", columns)


def test_tests_have_the_names_that_they_have_on_duckdb(manifest: Manifest, duckdb_manifest: Manifest) -> None:
    for kind in ("nodes", "unit_tests", "exposures"):
        assert getattr(manifest, kind).keys() == getattr(duckdb_manifest, kind).keys()
