"""What the pipeline needs of an engine: dbt builds in its warehouse, which is asked in SQL and hands over the marts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb

from planning.buildable import DayPlan
from storage.lake.lake import Lake
from storage.warehouse.opening import open_warehouse
from storage.warehouse.queries import DuckDBQueries, Queries


class Warehouse(Protocol):
    """An engine's warehouse while a process works in it."""

    def lost(self, days: Collection[date]) -> Collection[date]:
        """Those of the days, built before, that it does not hold any more."""

    def show_raw(self, partitions: Mapping[str, Sequence[date]]) -> None:
        """Have the raw relations list exactly these partitions, by dataset."""

    def asking(self) -> AbstractContextManager[Queries]:
        """The tables as dbt left them; nothing may build meanwhile."""

    def marts(self, queries: Queries, plan: DayPlan) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """The marts in schema `marts` of the warehouse file, the plan's days as they were built.

        Raises:
            StorageError: they did not arrive there as they are.
        """

    def delete_days_before(self, kept_from: date) -> None:
        """Delete every row of the as-of days before `kept_from`."""

    def delete_partner_days(self, pairs: Collection[tuple[str, date]]) -> None:
        """Delete a partner's rows of an as-of day from every mart, for each of the pairs."""

    def leave_only(self, days: Collection[date]) -> None:
        """Leave nothing but these as-of days of the marts: no intermediate model, and nothing of builds that failed."""


class Engine(Protocol):
    """Where dbt builds."""

    @property
    def name(self) -> str:
        """As PORTFOLIO_ENGINE and dbt's profile name it."""

    def check_installed(self) -> None:
        """See whether what it takes is on this machine.

        Raises:
            StorageError: something is missing; the line says what to do.
        """

    def check(self) -> None:
        """See whether it can be used at all, before anything is read for it.

        Raises:
            StorageError: something is missing, or can't be reached; the line says what to do.
        """

    def wait_for_others(self) -> None:
        """Before another program works in it: wait for a process that has what only one may have.

        Raises:
            StorageError: it keeps that.
        """

    def environment(self) -> dict[str, str]:
        """What a dbt command reads of it, the profile included."""

    def opened(self) -> AbstractContextManager[Warehouse]:
        """Its warehouse.

        Raises:
            StorageError: it can't be reached or used.
        """


@dataclass(frozen=True)
class DuckDBEngine:
    """dbt builds in the warehouse file itself."""

    path: Path
    lake: Lake
    settings: Mapping[str, str | int]
    """DuckDB's, to query the warehouse with."""
    name: str = "duckdb"

    def check_installed(self) -> None:
        """It comes with the package."""

    def check(self) -> None:
        """It is a file."""

    def wait_for_others(self) -> None:
        """dbt says itself who has the file open."""

    def environment(self) -> dict[str, str]:
        """What the profile reads is said by whoever knows the home folder."""
        return {}

    @contextmanager
    def opened(self) -> Iterator["DuckDBWarehouse"]:
        """The file, which is opened for each thing that is asked of it: dbt has to open it, too."""
        yield DuckDBWarehouse(self)


@dataclass(frozen=True)
class DuckDBWarehouse:
    """The warehouse file."""

    engine: DuckDBEngine

    def lost(self, days: Collection[date]) -> Collection[date]:
        """All of them, where the file is gone."""
        return () if self.engine.path.exists() else days

    def show_raw(self, partitions: Mapping[str, Sequence[date]]) -> None:
        """Make the views of the raw datasets."""
        with open_warehouse(self.engine.path) as connection:
            self.engine.lake.create_views(connection, partitions)

    @contextmanager
    def asking(self) -> Iterator[DuckDBQueries]:
        """The tables as dbt left them."""
        with open_warehouse(self.engine.path, read_only=True, settings=self.engine.settings) as connection:
            yield DuckDBQueries(connection)

    @contextmanager
    def marts(self, queries: Queries, plan: DayPlan) -> Iterator[duckdb.DuckDBPyConnection]:
        """They are there: dbt built them in the file."""
        assert isinstance(queries, DuckDBQueries)  # noqa: S101  its own
        yield queries.connection

    def delete_days_before(self, kept_from: date) -> None:
        """Whoever changes the file itself does it for every engine."""

    def delete_partner_days(self, pairs: Collection[tuple[str, date]]) -> None:
        """The same."""

    def leave_only(self, days: Collection[date]) -> None:
        """The same."""
