"""Reading the publication: short, read-only looks at `<serving>/portfolio.duckdb` while runs replace it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from expectations.sql_text import sql_text
from storage.files.atomic import StorageError
from storage.files.damage import damage, foreign, published_remedy
from storage.home import Serving
from storage.reading.known_usage import known_usage

Row = Mapping[str, Any]


class NothingPublishedError(Exception):
    """There is no publication; the message names the file that is not there."""


@dataclass(frozen=True)
class MartSummary:
    """What a published mart holds: its as-of dates, and the rows of the publication's newest one."""

    name: str
    first_as_of_date: date | None
    last_as_of_date: date | None
    days: int
    newest_rows: int


class PublishedMarts:
    """Queries over one publication; all of an instance's answers are of the same one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def publication(self) -> Row:
        """The row of `meta.publication`: publication_id, published_at (UTC), first and last as-of date, versions."""
        (row,) = self.query("select * from meta.publication")
        return row

    def provisional_day(self) -> date | None:
        """The day that was built before it was over; None where there is none, or an earlier version published."""
        day: date | None = self.publication().get("provisional_as_of_date")
        return day

    def newest_days(self) -> dict[str, date]:
        """Each partner's newest as-of date, by partner_id in alphabetical order."""
        rows = self.query(
            "select partner_id, max(as_of_date) as newest from marts.portfolio_kpis group by all order by all"
        )
        return {row["partner_id"]: row["newest"] for row in rows}

    def days(self, partner: str | None = None) -> list[date]:
        """The as-of dates that are published, of one partner or of any, in order."""
        condition = f"where partner_id = {_literal(partner)}" if partner is not None else ""
        rows = self.query(f"select distinct as_of_date from marts.portfolio_kpis {condition} order by as_of_date")
        return [row["as_of_date"] for row in rows]

    def partners(self, day: date) -> list[str]:
        """The partners that have rows of an as-of date, in alphabetical order."""
        rows = self.query(
            f"select partner_id from marts.portfolio_kpis where as_of_date = {_literal(day)} order by partner_id"
        )
        return [row["partner_id"] for row in rows]

    @cached_property
    def columns(self) -> dict[str, list[str]]:
        """The columns of each mart of schema `marts`, in order."""
        rows = self.query(
            "select table_name, list(column_name order by ordinal_position) as columns"
            " from information_schema.columns where table_schema = 'marts' group by all order by all"
        )
        return {row["table_name"]: row["columns"] for row in rows}

    def require(self, *names: str) -> None:
        """Raise `StorageError` unless the marts are published: an earlier version did not have all of them."""
        missing = [name for name in names if name not in self.columns]
        if missing:
            raise StorageError(
                f"an earlier version published this, without {', '.join(missing)};"
                " `portfolio materialize --stale` builds and publishes the days again"
            )

    def selected(
        self, mart: str, partner: str, first: date, last: date, *, product: str | None = None, condition: str = ""
    ) -> str:
        """A query of a mart's rows of a partner and the as-of dates first..last.

        What derives from usage that never came is null.

        Args:
            product: only this product's, in marts that have products in their grain.
            condition: what the rows have to meet beside that, as SQL over the mart's columns.
        """
        wanted = [f"partner_id = {_literal(partner)}", f"as_of_date between {_literal(first)} and {_literal(last)}"]
        if product is not None:
            wanted.append(f"product = {_literal(product)}")
        if condition:
            wanted.append(f"({condition})")
        relation = known_usage(self.connection, f'marts."{mart}"', self.columns.get(mart, ()))
        return f"select * from ({relation}) where {' and '.join(wanted)}"

    def rows(
        self,
        mart: str,
        partner: str,
        first: date,
        last: date,
        *,
        product: str | None = None,
        condition: str = "",
        order: str = "as_of_date",
    ) -> list[Row]:
        """The rows that `selected` queries.

        Args:
            product: as there.
            condition: as there.
            order: columns to sort by, as in SQL.
        """
        query = self.selected(mart, partner, first, last, product=product, condition=condition)
        return self.query(f"{query} order by {order}")

    def summaries(self) -> list[MartSummary]:
        """What each mart of schema `marts` that has as-of dates holds, in alphabetical order."""
        found = [
            f"select '{name}' as name, min(as_of_date) as first, max(as_of_date) as last,"
            " count(distinct as_of_date) as days, count(case when as_of_date = newest.day then 1 end) as newest"
            f' from marts."{name}", newest'
            for name, columns in self.columns.items()
            if "as_of_date" in columns
        ]
        if not found:
            return []
        newest = "with newest as materialized (select max(as_of_date) as day from marts.portfolio_kpis)"
        rows = self.query(f"{newest} {' union all '.join(found)} order by name")
        return [MartSummary(row["name"], row["first"], row["last"], row["days"], row["newest"]) for row in rows]

    def query(self, query: str) -> list[Row]:
        """The rows of a query over the publication's schemas."""
        return _fetch(self.connection, query)


@contextmanager
def open_publication(serving: Path) -> Iterator[PublishedMarts]:
    """Read the publication, as it is at this moment; keep the block short.

    Raises:
        NothingPublishedError: there is none.
        StorageError: the file can't be read, or is not what the pipeline writes.
    """
    path = Serving(serving).file
    if not path.is_file():
        raise NothingPublishedError(f"nothing is published in {path}")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            yield PublishedMarts(connection)
    except duckdb.Error as error:
        if found := damage(error):
            raise StorageError(published_remedy(path, found)) from error
        if line := foreign(path, error):
            raise StorageError(line) from error
        raise StorageError(f"{path} cannot be read: {_why(error)}") from error


def _why(error: duckdb.Error) -> str:
    message = str(error).splitlines()[0]
    if "Conflicting lock" in message:
        return "another process has it open for writing; close it there, or open it read-only"
    return message


def _fetch(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    result = connection.execute(query)
    columns = [column[0] for column in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def _literal(value: str | date) -> str:
    """A value as SQL. A parameter makes DuckDB import pandas, where installed, which is most of a command's time."""
    return f"date '{value}'" if isinstance(value, date) else sql_text(value)
