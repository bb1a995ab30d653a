"""The data frame contenders make the marts of the naive implementation, so that what is timed is the same work."""

import importlib
from pathlib import Path

import duckdb
import pytest

from bench.rivals.job import COMPARED_MARTS, Job
from expectations.contract import DATASETS
from tests.dbt.warehouse import Warehouse
from tests.reference.comparing import differences, report
from tests.reference.marts import reference_build
from tests.reference.portfolios import write_portfolio
from tests.reference.raw import Landing


@pytest.mark.parametrize("seed", [100, 101])
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_marts_equal_the_naive_implementation(library: str, seed: int, tmp_path: Path) -> None:
    pytest.importorskip(library, reason=f"{library} is a contender's own, bench/rivals installs it beside")
    first, last = write_portfolio(seed, tmp_path / "landing")
    landing = Landing(tmp_path / "landing")
    warehouse = Warehouse(tmp_path)
    blocked = warehouse.load_landing(landing, first, last)
    job = Job(tmp_path, first, last, tuple(blocked), lake_files(warehouse, tmp_path / "lake"), warehouse.settings)

    importlib.import_module(f"bench.rivals.{library}_marts").build(job)

    expected = reference_build(landing, first, last).marts
    for mart in COMPARED_MARTS:
        lines = differences(mart, rows_of(job.result(mart), list(expected[mart][0])), expected[mart])
        assert not lines, report("marts", mart, lines)


def lake_files(warehouse: Warehouse, lake: Path) -> dict[str, list[str]]:
    """Write the raw tables as a lake does, a folder a day."""
    lake.mkdir()
    for dataset in DATASETS.values():
        warehouse.execute(
            f"copy raw.{dataset.name} to '{lake / dataset.name}' (format parquet, partition_by ({dataset.date_column}))"
        )
    return {name: sorted(map(str, (lake / name).rglob("*.parquet"))) for name in DATASETS}


def rows_of(file: Path, columns: list[str]) -> list[dict[str, object]]:
    """A mart's rows, with timestamps as the dates that they hold."""
    chosen = [f"cast({name} as date) as {name}" if name.endswith("_date") else name for name in columns]
    with duckdb.connect() as con:
        found = con.execute(f"select {', '.join(chosen)} from '{file}'").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in found]
