"""The engine `spark`: dbt builds tables of a Spark catalog; the warehouse file has a copy of the marts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from contracts.dashboard import KEY_MART
from contracts.marts import read_marts
from planning.buildable import DayPlan
from storage.lake.lake import Lake
from storage.spark.catalog import wait_for_catalog
from storage.spark.copying import copy_marts
from storage.spark.errors import SparkError
from storage.spark.place import SparkPlace
from storage.spark.queries import SparkQueries
from storage.spark.raw_tables import register_raw
from storage.spark.removing import delete_days_before, delete_partner_days, drop_intermediate, leave_only
from storage.spark.session import WAIT_SECONDS, open_session, python_warnings, submit_arguments
from storage.spark.shared_path import check_shared
from storage.warehouse.mart_rows import MARTS_SCHEMA, mart_days
from storage.warehouse.opening import open_warehouse
from storage.warehouse.queries import Queries, QueryError


@dataclass(frozen=True)
class SparkEngine:
    """dbt builds on a cluster."""

    place: SparkPlace
    copy: Path
    """The warehouse file."""
    lake: Lake
    folder: Path
    """Of the driver's log, and of the embedded catalog where the configuration names no other."""
    settings: Mapping[str, str | int]
    """DuckDB's, for the warehouse file."""
    name: str = "spark"

    def check_installed(self) -> None:
        """See whether packages and Java are on this machine.

        Raises:
            SparkError: one is missing; the line says what to do.
        """
        self.place.check_installed()

    def check(self) -> None:
        """See whether Spark is installed and answers.

        Raises:
            SparkError: it is not, or does not; the line says what to do.
        """
        self.place.check()

    def wait_for_others(self) -> None:
        """Wait for the embedded catalog, where a driver here would use it.

        Raises:
            SparkError: another process keeps it.
        """
        if self.place.remote is None:
            wait_for_catalog(self.folder, WAIT_SECONDS)

    def environment(self) -> dict[str, str]:
        """What a dbt command reads of it: the target, the schema, and how another process gets to the same session."""
        reached = (
            {"SPARK_REMOTE": self.place.remote}
            if self.place.remote
            else {"PYSPARK_SUBMIT_ARGS": submit_arguments(self.place, self.folder)}
        )
        names = {"PORTFOLIO_ENGINE": self.name, "PORTFOLIO_SPARK_SCHEMA": self.place.schema}
        return names | reached | {"PYTHONWARNINGS": python_warnings()}

    @contextmanager
    def opened(self) -> Iterator["SparkWarehouse"]:
        """The catalog's tables, in a session of this process.

        Raises:
            SparkError: it can't be reached or used.
        """
        self.check()
        with open_session(self.place, self.folder) as session:
            yield SparkWarehouse(self, session)


@dataclass(frozen=True)
class SparkWarehouse:
    """The tables of a catalog, by a session; and the copy of its marts."""

    engine: SparkEngine
    session: Any

    @property
    def queries(self) -> SparkQueries:
        """Ask the session."""
        return SparkQueries(self.session, self.engine.place.schema)

    def lost(self, days: Collection[date]) -> Collection[date]:
        """Those of which the copy has rows and Spark has none: its catalog is another one, or was cleared."""
        with _one_line():
            held = self._days()
        if not self.engine.copy.exists():
            return days
        with open_warehouse(self.engine.copy, read_only=True) as connection:
            copied = set(mart_days(connection))
        return [day for day in days if day in copied and day not in held]

    def show_raw(self, partitions: Mapping[str, Sequence[date]]) -> None:
        """Make the tables of the raw datasets, which lie where every worker has to see them."""
        check_shared(self.session, self.engine.lake.root)
        with _one_line():
            register_raw(self.session, self.engine.place.schema, self.engine.lake, partitions)

    @contextmanager
    def asking(self) -> Iterator[SparkQueries]:
        """The tables as dbt left them."""
        yield self.queries

    @contextmanager
    def marts(self, queries: Queries, plan: DayPlan) -> Iterator[duckdb.DuckDBPyConnection]:
        """The copy, with the plan's days as Spark has them now.

        Raises:
            SparkError: rows did not arrive as they are.
        """
        engine = self.engine
        with open_warehouse(engine.copy, settings=engine.settings) as connection, _one_line():
            if problem := copy_marts(connection, self.queries, read_marts(), plan):
                raise SparkError(f"{problem}; nothing was published; run again")
        with open_warehouse(engine.copy, read_only=True, settings=engine.settings) as connection:
            yield connection

    def delete_days_before(self, kept_from: date) -> None:
        """Drop the partitions of older days."""
        with _one_line():
            delete_days_before(self.queries, kept_from)

    def delete_partner_days(self, pairs: Collection[tuple[str, date]]) -> None:
        """Write the partitions of the days anew, without the partners' rows."""
        with _one_line():
            delete_partner_days(self.queries, pairs)

    def leave_only(self, days: Collection[date]) -> None:
        """Drop the intermediate tables, and the partitions of all other as-of days: the copy tells nothing of those."""
        with _one_line():
            drop_intermediate(self.queries)
            leave_only(self.queries, days)

    def _days(self) -> set[date]:
        table = self.queries.table(MARTS_SCHEMA, KEY_MART)
        if not self.session.catalog.tableExists(table):
            return set()
        return {day for (day,) in self.queries.rows(f"select distinct as_of_date from {table}")}


@contextmanager
def _one_line() -> Iterator[None]:
    """What the engine refuses becomes the pipeline's error."""
    try:
        yield
    except QueryError as error:
        raise SparkError(f"Spark can't be used: {error}") from error
