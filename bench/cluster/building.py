"""A process that builds the marts of a lake's days by one engine, and prints how long dbt's run took."""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb

from assets.dbt.environment import environment_of
from assets.dbt.running import invoke
from expectations.contract import DATASETS
from storage.lake.lake import Lake
from storage.spark.raw_tables import register_raw
from tests.dbt.warehouse import PROJECT, development_settings

SNAPSHOT_DAYS_BEFORE, USAGE_DAYS_BEFORE = 10, 96
"""What the days and those a week before them look back on."""


def main() -> None:
    """Parse the project, list the lake's partitions, and time dbt's run of all models."""
    parser = argparse.ArgumentParser(prog="python -m bench.cluster.building", description=__doc__)
    parser.add_argument("--engine", choices=["duckdb", "spark"], required=True)
    parser.add_argument("--home", type=Path, required=True, help="a home whose lake is filled")
    parser.add_argument("--first", type=date.fromisoformat, required=True)
    parser.add_argument("--last", type=date.fromisoformat, required=True)
    parser.add_argument("--schema", default="bench")
    parser.add_argument("--select", nargs="*", default=[], help="models, as dbt selects them; all when none")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.home.parent) as folder:
        print(json.dumps({"models": _build(arguments, Path(folder))}))


def _build(arguments: argparse.Namespace, folder: Path) -> float:
    lake = Lake(arguments.home / "lake")
    settings = development_settings() | {
        "PORTFOLIO_ENGINE": arguments.engine,
        "PORTFOLIO_SPARK_SCHEMA": arguments.schema,
        "PORTFOLIO_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "PORTFOLIO_TEMP_DIRECTORY": str(folder / "spill"),
        "PORTFOLIO_THREADS": str(os.cpu_count()),
        "PORTFOLIO_WINDOW_START": str(arguments.first),
        "PORTFOLIO_WINDOW_END": str(arguments.last),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
    }
    partitions = _partitions(lake, arguments.first, arguments.last)
    if arguments.engine == "spark":
        from pyspark.sql import SparkSession

        register_raw(SparkSession.builder.getOrCreate(), arguments.schema, lake, partitions)
    else:
        _create_views(folder / "warehouse.duckdb", lake, partitions)
    with environment_of(settings):
        manifest = invoke(["--quiet", "parse"]).result
        started = time.perf_counter()
        selected = ["--select", *arguments.select] if arguments.select else []
        done = invoke(["--quiet", "run", *selected], None, manifest)
        seconds = time.perf_counter() - started
    if not done.success:
        raise SystemExit(str(done.exception or [run.message for run in done.result if run.message]))
    return seconds


def _partitions(lake: Lake, first: date, last: date) -> dict[str, list[date]]:
    """The lake's days that the range looks back on, by dataset."""
    found = {}
    for name, dataset in DATASETS.items():
        before = SNAPSHOT_DAYS_BEFORE if dataset.is_snapshot else USAGE_DAYS_BEFORE
        span = (last - first).days + before
        days = [last - timedelta(days=number) for number in range(span, -1, -1)]
        found[name] = [day for day in days if lake.accepted_path(dataset, day).exists()]
    return found


def _create_views(warehouse: Path, lake: Lake, partitions: Mapping[str, list[date]]) -> None:
    with duckdb.connect(str(warehouse)) as con:
        con.execute("create schema raw")
        for name, dataset in DATASETS.items():
            files = [str(lake.accepted_path(dataset, day)) for day in partitions[name]]
            columns = ", ".join(f"cast(null as {c.lake_type}) as {c.name}" for c in dataset.columns)
            date_column = dataset.date_column
            rows = f"select {columns}, cast(null as date) as {date_column} where false"
            if files:
                types = f"hive_partitioning = true, hive_types = {{'{date_column}': date}}"
                rows = f"select {', '.join(dataset.column_names)}, {date_column} from read_parquet({files}, {types})"
            con.execute(f"create view raw.{name} as {rows}")


if __name__ == "__main__":
    main()
