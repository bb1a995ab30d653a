"""What a published file holds, as PostgreSQL sees it: tables, types, and a digest of each as-of day's rows."""

import hashlib
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.csv

from contracts.dashboard import KEY_MART
from contracts.descriptions import TableDescription
from storage.files.atomic import StorageError

NEWEST_DAYS = "newest_days"
"""The table that says each partner's newest as-of date, by which the views of `marts_latest` choose rows."""
NEWEST_ACCOUNTS = "newest_accounts"
"""The table that says who looks after each customer, by which bindings to owners and sub-partners choose customers."""
_ACCOUNTS_MART = "customer_overview"
WHOLE = ""
"""Stands for the day of a table that is replaced as a whole."""
_BATCH_ROWS = 20_000
_LAYOUT = "by width"
"""How rows lie in PostgreSQL's files; under another name all are copied anew."""
_TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "HUGEINT": "numeric",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TINYINT": "smallint",
    "UBIGINT": "numeric",
    "UINTEGER": "bigint",
    "VARCHAR": "text",
}


_ACCOUNTS = dict.fromkeys(("partner_id", "customer_id", "owner", "sub_partner_id"), "text")


@dataclass(frozen=True)
class Table:
    """A table of the publication."""

    schema: str
    name: str
    columns: Mapping[str, str]
    """PostgreSQL's type by column, in order."""
    source: str
    """What to select from in the published file."""
    description: TableDescription = field(default_factory=TableDescription)
    has_latest: bool = False
    """Whether `marts_latest` has a view of it."""

    @property
    def by_day(self) -> bool:
        """Whether it is replaced an as-of day at a time."""
        return self.schema == "marts" and "as_of_date" in self.columns

    @property
    def key(self) -> tuple[str, ...]:
        """The grain, where it is known."""
        return tuple(self.description.key) if set(self.description.key) <= self.columns.keys() else ()


@dataclass(frozen=True)
class Digest:
    """The rows of a day: how many, and a digest of their values."""

    rows: int
    digest: str


class PublishedFile:
    """One publication, read through one connection: it stays the same while runs replace the file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, descriptions: Mapping[str, TableDescription]) -> None:
        self._connection = connection
        self._descriptions = descriptions

    def publication_id(self) -> str:
        """The publication's id."""
        return str(self._rows("select publication_id from meta.publication")[0][0])

    def tables(self) -> list[Table]:
        """Every table of `marts` and `meta`, and two that the file does not hold: the newest days and accounts."""
        found: dict[tuple[str, str], dict[str, str]] = {}
        for schema, table, column, kind in self._rows(
            "select schema_name, table_name, column_name, data_type from duckdb_columns()"
            " where schema_name in ('marts', 'marts_latest', 'meta') and not internal"
            " order by schema_name, table_name, column_index"
        ):
            found.setdefault((schema, table), {})[column] = _postgres_type(kind)
        tables = [
            Table(
                schema,
                name,
                columns,
                f'{schema}."{name}"',
                self._descriptions.get(f"{schema}.{name}", TableDescription()),
                schema == "marts" and ("marts_latest", name) in found,
            )
            for (schema, name), columns in found.items()
            if schema != "marts_latest"
        ]
        newest = f"(select partner_id, max(as_of_date) as as_of_date from marts.{KEY_MART} group by partner_id)"
        days = {"partner_id": "text", "as_of_date": "date"}
        # First, since views are made of them.
        return [
            self._made(NEWEST_DAYS, days, newest),
            self._made(NEWEST_ACCOUNTS, _ACCOUNTS, _newest_accounts(found.get(("marts", _ACCOUNTS_MART), {}))),
            *tables,
        ]

    def _made(self, name: str, columns: Mapping[str, str], source: str) -> Table:
        """A table of `meta` that is made of marts."""
        return Table("meta", name, columns, source, self._descriptions.get(f"meta.{name}", TableDescription()))

    def digests(self, table: Table) -> dict[str, Digest]:
        """The digest of each as-of day that has rows (ISO dates), or of the whole table.

        Two 64-bit folds of DuckDB's row hash: a change that one of them misses, the other sees. Another version of
        DuckDB may hash otherwise, which costs a rewrite and no mistake.
        """
        day = "as_of_date::varchar" if table.by_day else f"'{WHOLE}'"
        rows = self._rows(
            f"select {day}, count(*), bit_xor(hash(t))::varchar, sum(hash(t)::hugeint)::varchar"
            f" from {table.source} as t group by 1"
        )
        columns = hashlib.sha256(repr([_LAYOUT, *table.columns.items()]).encode()).hexdigest()[:16]
        return {day: Digest(count, f"{columns} {xor} {total}") for day, count, xor, total in rows}

    def csv(self, table: Table, days: Collection[str]) -> Iterator[bytes]:
        """The rows of the days as CSV without a header, some thousands at a time; null is nothing, empty text is `""`.

        PostgreSQL's text has no NUL character: it becomes `�`.
        """
        chosen = ", ".join(
            f"replace(\"{name}\"::varchar, chr(0), '\N{REPLACEMENT CHARACTER}')" if kind == "text" else f'"{name}"'
            for name, kind in table.columns.items()
        )
        where = "where list_contains($days, as_of_date)" if table.by_day else ""
        given = {"days": [date.fromisoformat(day) for day in days]} if table.by_day else None
        reader = self._connection.execute(
            f"select {chosen} from {table.source} as t {where} order by {_order(table)}", given
        )
        for batch in reader.to_arrow_reader(_BATCH_ROWS):
            written = io.BytesIO()
            pyarrow.csv.write_csv(batch, written, pyarrow.csv.WriteOptions(include_header=False))
            yield written.getvalue()

    def _rows(self, query: str) -> Sequence[tuple]:  # type: ignore[type-arg]
        return self._connection.execute(query).fetchall()


@contextmanager
def open_published(
    path: Path, descriptions: Mapping[str, TableDescription], memory_limit: str
) -> Iterator[PublishedFile]:
    """Read a published file.

    Raises:
        StorageError: the file can't be read, or is not what the pipeline publishes.
    """
    try:
        with duckdb.connect(str(path), read_only=True, config={"memory_limit": memory_limit}) as connection:
            yield PublishedFile(connection, descriptions)
    except duckdb.Error as error:
        raise StorageError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error


def _newest_accounts(columns: Mapping[str, str]) -> str:
    """A query for who looks after each customer, on the newest day on which the mart with these columns lists it.

    Where there is no such mart, or none with accounts, nobody does.
    """
    if not _ACCOUNTS.keys() <= columns.keys():
        return f"(select {', '.join(f'null::varchar as {name}' for name in _ACCOUNTS)} where false)"
    last = ", ".join(f"nullif(arg_max_null({name}, as_of_date), '') as {name}" for name in ("owner", "sub_partner_id"))
    return f"(select partner_id, customer_id, {last} from marts.{_ACCOUNTS_MART} group by partner_id, customer_id)"


def _order(table: Table) -> str:
    """How rows are sorted: by day, by partner, and within by nothing that shows their values in where they lie.

    How many rows a page takes depends on their widths. So these order the rows of a partner, and the partners of a day.
    """
    groups = [f'"{column}"' for column in ("as_of_date", "partner_id") if column in table.columns]
    widths = (
        f'strlen("{name}"::varchar)' if kind in ("text", "numeric") else f'"{name}" is null'
        for name, kind in table.columns.items()
    )
    width = f"hash({', '.join(widths)})"
    within = [f"sum({width}) over (partition by {', '.join(groups)})"] if groups else []
    keys = [f'"{name}"' for name in table.key or table.columns]
    return ", ".join([*groups[:-1], *within, *groups[-1:], width, *keys])


def _postgres_type(kind: str) -> str:
    """A DuckDB type in PostgreSQL; what has no counterpart is text."""
    if decimal := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind):
        return f"numeric({decimal[1]},{decimal[2]})"
    return _TYPES.get(kind, "text")
