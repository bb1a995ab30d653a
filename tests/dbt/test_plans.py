"""DuckDB joins the models' inputs by hash: a comparison of all rows with all takes most of a build's time."""

import duckdb
import pytest

from .warehouse import Warehouse, failures

COMPARING = "BLOCKWISE_NL_JOIN"


@pytest.fixture
def built(warehouse: Warehouse) -> tuple[Warehouse, dict[str, str]]:
    """A warehouse without rows, and the SQL of each model in it."""
    result = warehouse.dbt("run", window_start="2026-03-01", window_end="2026-06-30")
    assert result.success, failures(result)
    return warehouse, {run.node.name: run.node.compiled_code for run in result.result}


def test_no_model_compares_all_rows_with_all(built: tuple[Warehouse, dict[str, str]]) -> None:
    warehouse, models = built
    assert "int_position_flags" in models
    with duckdb.connect(warehouse.path) as con:
        plans = {name: str(con.execute(f"explain {sql}").fetchall()) for name, sql in models.items()}
    assert not {name for name, plan in plans.items() if COMPARING in plan}
