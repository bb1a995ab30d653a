"""The data frame contenders make the marts of the naive implementation, so that what is timed is the same work.

`python -m bench.rivals.agreement` asks them alone. It lies here and not among the tests: a rule that changes is
theirs to follow when they are measured again.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from expectations.contract import DATASETS
from tests.dbt.warehouse import Warehouse
from tests.reference.comparing import differences, report
from tests.reference.marts import reference_build
from tests.reference.portfolios import write_portfolio
from tests.reference.raw import Landing

from .contenders import CONTENDERS, Contender, environment
from .job import COMPARED_MARTS, Job

DATA_FRAMES = ("pandas", "polars")
"""Contenders with an implementation of their own; the others run the SQL that tests compare."""
SEEDS = (100, 101)


def require_agreement(contenders: Sequence[Contender], folder: Path, seeds: Sequence[int] = SEEDS) -> None:
    """Have each contender build random portfolios, and compare its marts with the naive implementation's.

    Raises:
        SystemExit: one of them failed, or made other rows.
    """
    for seed in seeds:
        for contender in contenders:
            if found := disagreement(contender, folder / f"{contender.key}-{seed}", seed):
                raise SystemExit(f"{contender.name} and tests/reference differ, portfolio {seed}\n{found}")


def disagreement(contender: Contender, folder: Path, seed: int) -> str:
    """What tells a contender's marts of a random portfolio from the naive ones, or that it failed; else nothing."""
    first, last = write_portfolio(seed, folder / "landing")
    landing = Landing(folder / "landing")
    warehouse = Warehouse(folder)
    blocked = warehouse.load_landing(landing, first, last)
    job = Job(folder, first, last, tuple(blocked), lake_files(warehouse, folder / "lake"), warehouse.settings)
    job.save()
    command, root = contender.prepare(job), Path(__file__).parents[2]
    ran = subprocess.run(command, cwd=root, env=environment(job), capture_output=True, text=True, check=False)
    if ran.returncode:
        return (ran.stdout + ran.stderr)[-2000:]
    expected = reference_build(landing, first, last).marts
    found = {mart: rows_of(job.result(mart), list(expected[mart][0])) for mart in COMPARED_MARTS}
    lines = {mart: differences(mart, found[mart], expected[mart]) for mart in COMPARED_MARTS}
    return "\n".join(report("marts", mart, of_mart) for mart, of_mart in lines.items() if of_mart)


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


def main() -> None:
    """Ask all of them."""
    with tempfile.TemporaryDirectory(prefix="rivals-") as folder:
        require_agreement([contender for contender in CONTENDERS if contender.key in DATA_FRAMES], Path(folder))
    print(f"{' and '.join(DATA_FRAMES)} make the rows of tests/reference")


if __name__ == "__main__":
    main()
