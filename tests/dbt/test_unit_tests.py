"""The dbt unit tests, which stand beside the models."""

from dbt.contracts.graph.manifest import Manifest

from ..reference.comparing import differences, report
from ..reference.contract import CONSTANT_COLUMNS
from ..reference.star import constant_rows
from .warehouse import Warehouse, failures


def test_the_unit_tests_pass(warehouse: Warehouse, manifest: Manifest) -> None:
    # Fixtures take their columns from the relations, so these have to exist.
    created = warehouse.dbt("run", "--empty")
    assert created.success, failures(created)

    tested = warehouse.dbt("test", "--select", "test_type:unit")

    assert tested.success, failures(tested)
    assert len(tested.result) == len(manifest.unit_tests)


def test_each_model_with_logic_has_a_unit_test(manifest: Manifest) -> None:
    models = {node.name for node in manifest.nodes.values() if node.resource_type == "model"}
    tested = {test.model for test in manifest.unit_tests.values()}

    # Staging only casts, and license_positions only selects; tables without input are compared as a whole.
    assert {model for model in models - tested if not model.startswith("stg_")} == {
        "license_positions",
        *CONSTANT_COLUMNS,
    }


def test_tables_that_are_the_same_on_every_date_equal_the_naive_implementation(warehouse: Warehouse) -> None:
    built = warehouse.dbt("run", "--select", *CONSTANT_COLUMNS)
    assert built.success, failures(built)

    for table, rows in constant_rows().items():
        lines = differences(table, warehouse.rows(table), rows)
        assert not lines, report("marts", table, lines)
