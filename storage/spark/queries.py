"""Spark's tables, asked in SQL as any warehouse is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from storage.spark.errors import spark_reason
from storage.warehouse.mart_rows import MARTS_SCHEMA
from storage.warehouse.queries import QueryError


class SparkQueries:
    """The tables that a session sees, with the marts in `schema` and the project's other schemas beside it."""

    def __init__(self, session: Any, schema: str) -> None:
        self.session = session
        self._schema = schema

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query, or of a statement."""
        with _one_error():
            return [tuple(row) for row in self.session.sql(sql).collect()]

    def columns(self, sql: str) -> list[str]:
        """The columns of a query, in order; it is not run."""
        with _one_error():
            return list(self.session.sql(sql).columns)

    def table(self, schema: str, name: str) -> str:
        """A table as a query names it, by its schema in the dbt project."""
        return f"{self.database(schema)}.{name}"

    def database(self, schema: str) -> str:
        """A schema of the dbt project as the catalog has it."""
        return self._schema if schema == MARTS_SCHEMA else f"{self._schema}_{schema}"

    def quoted(self, column: str) -> str:
        """A column's name as a query has it."""
        return f"`{column}`"

    def arrow(self, sql: str) -> pa.Table:
        """The rows of a query as columns."""
        with _one_error():
            table: pa.Table = self.session.sql(sql).toArrow()
            return table


@contextmanager
def _one_error() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # of Java, of gRPC, of pyspark
        raise QueryError(spark_reason(error)) from error
