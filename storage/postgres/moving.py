"""Databases of the version before, where readers asked the tables themselves: moved over at the next publication.

All in the transaction that makes the views. The rows are copied, not the tables renamed: statistics, compressed text
and indexes of values would stay with those.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.postgres.access import READER, READER_OF_ALL
from storage.postgres.fence import HELD, held_name, quoted, view_name
from storage.postgres.shape import Table

if TYPE_CHECKING:
    from storage.postgres.connection import Connection

_ASIDE = " (before)"
_FUNCTIONS = "access.customers(), access.partners(), access.whole_partners(), access.bindings_of_reader()"


@dataclass(frozen=True)
class Moved:
    """A table that stood where a view is now."""

    table: Table
    aside: str
    """The name that it has now, as SQL."""
    columns: Sequence[str]
    oid: int


def set_aside(connection: "Connection", tables: Sequence[Table]) -> list[Moved]:
    """Take tables of ours out of the views' way, and empty those that are published no more."""
    published = {(table.schema, table.name): table for table in tables}
    moved = []
    found = connection.execute(
        "select table_schema, table_name from access.tables join pg_class on relname = table_name"
        " where relnamespace::regnamespace::text = table_schema and relkind = 'r'"
    ).fetchall()
    for schema, name in found:
        old = Table(schema, name, {}, "")
        for policy in ("bound_rows", "every_row"):
            connection.execute(f"drop policy if exists {policy} on {view_name(old)}")
        if table := published.get((schema, name)):
            moved.append(_set_aside(connection, table))
        else:
            connection.execute(f"truncate {view_name(old)}")
            connection.execute("delete from access.applied where table_schema = %s and table_name = %s", [schema, name])
    if found:
        connection.execute(f"drop function if exists {_FUNCTIONS}")
    return moved


def finish_move(connection: "Connection", moved: Sequence[Moved], note: Callable[[str], None]) -> None:
    """Copy the rows over, and drop the old tables; those that somebody's views are made of are emptied and shut.

    Such a view then fails, and must be made again: better than that it shows no rows, or old ones, forever.
    """
    for one in moved:
        columns = ", ".join(map(quoted, one.columns))
        connection.execute(f"insert into {held_name(one.table)} ({columns}) select {columns} from {one.aside}")
        if one.table.by_day and "partner_id" in one.columns:
            days = f"select distinct partner_id, as_of_date from {one.aside}"
            connection.execute(f"insert into access.days {days} on conflict do nothing")
    for one in moved:
        if views := _made_of(connection, one.oid):
            connection.execute(f"truncate {one.aside}")
            connection.execute(f"revoke all on {one.aside} from public, {READER}, {READER_OF_ALL}, current_user")
            name = f"{one.table.schema}.{one.table.name}"
            note(f"{name} is a view now: what was made of the table must be made again ({', '.join(views)})")
        else:
            connection.execute(f"drop table {one.aside}")


def _set_aside(connection: "Connection", table: Table) -> Moved:
    name = view_name(table)
    found = connection.execute(
        "select attrelid::oid, array_agg(attname::text order by attnum) from pg_attribute"
        " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped group by 1",
        [name],
    ).fetchone()
    assert found is not None  # noqa: S101  a table of the publication has columns
    aside = quoted(f"{table.name}{_ASIDE}")
    connection.execute(f"alter table {name} set schema {HELD[table.schema]}")
    connection.execute(f"alter table {held_name(table)} rename to {aside}")
    # The old order of columns, which the views of `marts_latest` have.
    connection.execute(f"create table {held_name(table)} (like {HELD[table.schema]}.{aside})")
    return Moved(table, f"{HELD[table.schema]}.{aside}", found[1], found[0])


def _made_of(connection: "Connection", oid: int) -> list[str]:
    """Views that read the table."""
    found = connection.execute(
        "select distinct ev_class::regclass::text from pg_rewrite join pg_depend on objid = pg_rewrite.oid"
        " where classid = 'pg_rewrite'::regclass and refclassid = 'pg_class'::regclass and refobjid = %s"
        " and ev_class <> refobjid order by 1",
        [oid],
    )
    return [name for (name,) in found.fetchall()]
