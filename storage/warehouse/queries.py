"""What the pipeline asks a warehouse in SQL, whatever engine holds it: rows, the columns of a query, a table's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import duckdb

from expectations.wording import one_line


class QueryError(Exception):
    """A query can't be run: what the engine says, in one line."""


class Queries(Protocol):
    """A warehouse as its tables are now. Both ways to ask raise `QueryError` where the engine refuses."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""

    def columns(self, sql: str) -> list[str]:
        """The columns of a query, in order; it is not run."""

    def table(self, schema: str, name: str) -> str:
        """A table as a query names it, by its schema in the dbt project and its name."""

    def quoted(self, column: str) -> str:
        """A column's name as a query has it, whatever it is."""


class DuckDBQueries:
    """The warehouse file that a connection has open."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with _one_error():
            return self.connection.execute(sql).fetchall()

    def columns(self, sql: str) -> list[str]:
        """The columns of a query, in order; it is not run."""
        return [str(name) for name, *_ in self.rows(f"describe {sql}")]

    def table(self, schema: str, name: str) -> str:
        """A table as a query names it."""
        return f"{schema}.{name}"

    def quoted(self, column: str) -> str:
        """A column's name as a query has it."""
        return f'"{column}"'


@contextmanager
def _one_error() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise QueryError(one_line(error)) from error
