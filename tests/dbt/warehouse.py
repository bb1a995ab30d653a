"""A warehouse in a temporary folder, and dbt run on it as the pipeline runs it."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.contracts.graph.manifest import Manifest

from assets.dbt.build import DbtBuild, NodeResult
from assets.dbt.check_run import with_checks
from assets.dbt.check_sql import MACRO, CheckSql, logged_checks
from assets.dbt.environment import environment_of
from assets.dbt.running import invoke
from expectations.contract import DATASETS
from storage.warehouse.queries import DuckDBQueries

from ..reference.contract import DATASETS as REFERENCE_DATASETS
from ..reference.metrics import is_blocked, refused_snapshots_block
from ..reference.raw import Landing, days

PROJECT = Path(__file__).parents[2] / "dbt_project"
BUILD = ("build", "--exclude-resource-type", "unit_test")

Table = list[tuple[Any, ...]]


def development_settings() -> dict[str, str]:
    """The settings of development.env, which the dbt unit tests are written for."""
    lines = (PROJECT / "development.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class Warehouse:
    """A DuckDB file with the four raw tables, empty at first, and dbt on it."""

    def __init__(self, folder: Path, manifest: Manifest | None = None) -> None:
        self.path = folder / "warehouse.duckdb"
        self.manifest = manifest
        self.unseen: list[date] = []
        self.settings = development_settings() | {
            "PORTFOLIO_WAREHOUSE": str(self.path),
            "PORTFOLIO_TEMP_DIRECTORY": str(folder / "spill"),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_PROFILES_DIR": str(PROJECT),
        }
        with duckdb.connect(self.path) as con:
            con.execute("create schema raw")
            for dataset in DATASETS.values():
                columns = [f"{column.name} {column.lake_type}" for column in dataset.columns]
                con.execute(f"create table raw.{dataset.name} ({dataset.date_column} date, {', '.join(columns)})")

    def copied(self, folder: Path) -> Self:
        """A copy of the warehouse, whose rows are in its file (`checkpoint`)."""
        copy = type(self)(folder, self.manifest)
        copy.path.write_bytes(self.path.read_bytes())
        copy.unseen = self.unseen
        return copy

    def load(self, dataset: str, rows: Sequence[Sequence[object]]) -> None:
        """Add raw rows: the partition's date, then the contract's columns."""
        if rows:
            with duckdb.connect(self.path) as con:
                con.executemany(f"insert into raw.{dataset} values ({', '.join('?' * len(rows[0]))})", rows)

    def load_landing(self, landing: Landing, first: date, last: date) -> list[date]:
        """Load what as-of dates first..last look back on; return the days that refused partitions block.

        Those that refused snapshots hide from the longer look-backs are noted. Holders are numbered instead of hashed.
        """
        holders: dict[str, int] = {}
        for dataset in REFERENCE_DATASETS:
            rows = []
            for day in days(first - timedelta(days=368 if dataset.is_snapshot else 89), last):
                for row in landing.partition(dataset, day).rows:
                    values = {column.name: row[column.name] for column in dataset.columns}
                    if "user_id" in values:
                        values["user_id"] = holders.setdefault(str(values["user_id"]), len(holders))
                    rows.append((day, *values.values()))
            self.load(dataset.name, rows)
        self.unseen = [day for day in days(first - timedelta(days=365), last) if refused_snapshots_block(landing, day)]
        return [day for day in days(first - timedelta(days=7), last) if is_blocked(landing, day)]

    def dbt(self, *args: str, on_event: Callable[[Any], None] | None = None, without: str = "", **settings: str) -> Any:
        """Run a dbt command; events may be looked at.

        Args:
            settings: `PORTFOLIO_*` by the rest of their names.
            without: a variable that is not set.
        """
        given = self.settings | {f"PORTFOLIO_{name.upper()}": value for name, value in settings.items()}
        with environment_of({name: value for name, value in given.items() if name != without}):
            try:
                return invoke(["--quiet", *args], on_event, self.manifest)
            finally:
                # dbt keeps the file open with its own options, and DuckDB refuses to open it with others beside.
                DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]

    def build(self, first: date, last: date, blocked: Sequence[date] = ()) -> None:
        """Build and test the marts of an inclusive range of as-of dates."""
        result = self.dbt(
            *BUILD,
            window_start=str(first),
            window_end=str(last),
            blocked_days=",".join(map(str, blocked)),
            unseen_days=",".join(map(str, self.unseen)),
        )
        assert result.success, failures(result)

    @cached_property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """The models and tests of the project, as its manifest.json has them."""
        assert self.manifest is not None
        return {name: node.to_dict() for name, node in self.manifest.nodes.items()}

    def check_sql(self, **settings: str) -> tuple[CheckSql, ...]:
        """The SQL of the project's data tests."""
        found: list[CheckSql] = []
        result = self.dbt("run-operation", MACRO, on_event=lambda event: found.extend(logged_checks(event)), **settings)
        assert result.success, result.exception
        return tuple(found)

    def check(
        self, checks: tuple[CheckSql, ...], connection: duckdb.DuckDBPyConnection, models: Sequence[str] = ()
    ) -> list[NodeResult]:
        """Run data tests as a build does, on what a connection sees.

        Args:
            models: the models' ids in the order in which they were built; any order where it is left out.
        """
        nodes = self.nodes
        ids = models or [name for name, node in nodes.items() if node["resource_type"] == "model"]
        built = tuple(NodeResult(name, name, False, True, False, False, 0, "", 0) for name in ids)
        build = DbtBuild(True, built, "", self.path, checks)
        return [node for node in with_checks(build, {"nodes": nodes}, DuckDBQueries(connection)).nodes if node.is_test]

    def query(self, sql: str, *parameters: object) -> Table:
        """The rows of a query."""
        with duckdb.connect(self.path) as con:
            return con.execute(sql, parameters).fetchall()

    def execute(self, sql: str) -> None:
        """Run a statement."""
        self.query(sql)

    def rows(self, mart: str) -> list[dict[str, Any]]:
        """All rows of a mart by column name."""
        with duckdb.connect(self.path) as con:
            con.execute(f"select * from marts.{mart} order by all")
            names = [column[0] for column in con.description or ()]
            return [dict(zip(names, row, strict=True)) for row in con.fetchall()]

    def marts(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of all marts that have as-of dates."""
        names = self.query(
            "select table_name from duckdb_columns() where schema_name = 'marts' and column_name = 'as_of_date'"
            " order by all"
        )
        return {name: self.rows(name) for (name,) in names}


def failures(result: Any) -> dict[str, str]:
    """What failed in a dbt command, by node name, with its message."""
    if result.exception:
        return {"dbt": str(result.exception)}
    return {run.node.name: run.message for run in result.result if run.status in ("error", "fail", "warn", "skipped")}
