"""A warehouse on Spark, and dbt on it as the pipeline runs it: raw rows, loaded as into DuckDB's, become a lake."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from dbt.contracts.graph.manifest import Manifest

from expectations.contract import DATASETS, Dataset
from expectations.sql_text import sql_text
from storage.lake.lake import Lake
from storage.spark.queries import SparkQueries
from storage.spark.raw_tables import register_raw

from ..dbt.warehouse import Table, Warehouse


class SparkWarehouse(Warehouse):
    """Schemas of its own in a Spark catalog, whose raw tables list the partitions that were loaded."""

    def __init__(self, folder: Path, session: Any, schema: str, manifest: Manifest | None = None) -> None:
        super().__init__(folder, manifest)
        self.session = session
        self.schema = schema
        self.queries = SparkQueries(session, schema)
        self.lake = Lake(folder / "lake")
        self.settings |= {"PORTFOLIO_ENGINE": "spark", "PORTFOLIO_SPARK_SCHEMA": schema}

    def loaded_days(self, dataset: Dataset) -> list[date]:
        """The partitions with rows."""
        with duckdb.connect(self.path) as con:
            sql = f"select distinct {dataset.date_column} from raw.{dataset.name} order by 1"
            return [day for (day,) in con.execute(sql).fetchall()]

    def register(self, without: Collection[tuple[str, date]] = ()) -> None:
        """Write what was loaded to the lake, and have the raw tables list it.

        Args:
            without: partitions, by dataset and day, that lie in the lake and are not listed.
        """
        for dataset in DATASETS.values():
            for day in self.loaded_days(dataset):
                file = self.lake.accepted_path(dataset, day)
                file.parent.mkdir(parents=True, exist_ok=True)
                columns = ", ".join(dataset.column_names)
                with duckdb.connect(self.path) as con:
                    rows = f"select {columns} from raw.{dataset.name} where {dataset.date_column} = date '{day}'"
                    con.execute(f"copy ({rows}) to {sql_text(file)} (format parquet)")
        listed = {
            dataset.name: [day for day in self.loaded_days(dataset) if (dataset.name, day) not in without]
            for dataset in DATASETS.values()
        }
        register_raw(self.session, self.schema, self.lake, listed)

    def build(self, first: date, last: date, blocked: Sequence[date] = ()) -> None:
        """Build and test the marts of an inclusive range of as-of dates."""
        self.register()
        super().build(first, last, blocked)

    def query(self, sql: str, *parameters: object) -> Table:
        """The rows of a query."""
        assert not parameters
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def rows(self, mart: str) -> list[dict[str, Any]]:
        """All rows of a mart by column name, in any order."""
        return [row.asDict() for row in self.session.table(f"{self.schema}.{mart}").collect()]

    def marts(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of all marts that have as-of dates."""
        names = [name for _, name, _ in self.query(f"show tables in {self.schema}")]
        return {name: rows for name in names if not (rows := self.rows(name)) or "as_of_date" in rows[0]}

    def drop(self) -> None:
        """Leave nothing in the catalog."""
        for layer in ("", "_intermediate", "_staging", "_raw"):
            self.session.sql(f"drop schema if exists {self.schema}{layer} cascade")
