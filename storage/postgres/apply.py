"""Applying a publication: in one transaction, the as-of days whose rows differ are deleted and copied in.

Readers are never in the way, nor is anything in theirs: deleting and copying lock rows alone, and until the commit
everyone sees the rows of before.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.postgres.connection import PostgresError
from storage.postgres.schema import name_of, prepare, quoted
from storage.postgres.shape import WHOLE, Digest, PublishedFile, Table

if TYPE_CHECKING:
    from storage.postgres.connection import Connection

_ONE_AT_A_TIME = 0x706F7274666F6C69
"""Key of the advisory lock that publications wait for."""


@dataclass
class Applied:
    """What a publication changed."""

    publication_id: str
    days: set[str] = field(default_factory=set)
    """As-of days of which some table's rows were replaced, added or removed (ISO dates)."""
    tables: list[str] = field(default_factory=list)
    """Tables with a change, as `schema.name`."""
    rows: int = 0
    """Rows that were copied."""


@dataclass(frozen=True)
class _Change:
    """What becomes of a table: the days to take away and the days to copy in."""

    table: Table
    deleted: Collection[str]
    copied: Mapping[str, Digest]


def apply(
    connection: "Connection",
    published: PublishedFile,
    *,
    anew: bool = False,
    report: Callable[[str], None] = lambda table: None,
    note: Callable[[str], None] = lambda message: None,
) -> Applied:
    """Make PostgreSQL hold what is published, whatever it held before.

    Args:
        anew: replace every row, also of days that seem to be as published.
        report: told each table's name as it begins.
        note: told what is being waited for, in one line.

    Raises:
        PostgresError: nothing was changed.
    """
    tables = published.tables()
    with _turn(connection, note):
        prepare(connection, tables, note)
        held = {} if anew else _held(connection)
        applied = Applied(published.publication_id())
        changes = []
        for table in tables:
            wanted = published.digests(table)
            there = held.get((table.schema, table.name), {})
            copied = {day: digest for day, digest in wanted.items() if there.get(day) != digest}
            changes.append(_Change(table, {*copied, *(there.keys() - wanted.keys())}, copied))
        known = {(table.schema, table.name) for table in tables}
        with connection.transaction():
            for schema, name in _held(connection).keys() - known:
                _empty(connection, applied, Table(schema, name, {}, ""))
            for change in changes:
                report(f"{change.table.schema}.{change.table.name}")
                _change(connection, published, change, applied, anew=anew)
        _analyze(connection, tables)
    return applied


def withdraw(connection: "Connection", note: Callable[[str], None] = lambda message: None) -> bool:
    """Take every published row away; whether there was one. Tables, roles and bindings stay.

    Raises:
        PostgresError: nothing was changed.
    """
    if connection.execute("select to_regclass('access.applied')").fetchone() == (None,):
        return False
    applied = Applied("")
    with _turn(connection, note), connection.transaction():
        for schema, name in _held(connection):
            _empty(connection, applied, Table(schema, name, {}, ""))
    return bool(applied.tables)


def vacuum(connection: "Connection", tables: Sequence[str]) -> None:
    """Have PostgreSQL free the space of deleted rows now, as far as no open transaction can still see them."""
    for table in tables:
        schema, _, name = table.partition(".")
        connection.execute(f"vacuum {schema}.{quoted(name)}")


@contextmanager
def _turn(connection: "Connection", note: Callable[[str], None]) -> Iterator[None]:
    """Be the one that publishes; the lock is the session's, and goes with it when the process is killed."""
    if connection.execute("select pg_try_advisory_lock(%s)", [_ONE_AT_A_TIME]).fetchone() != (True,):
        note("another publication is being applied to PostgreSQL; waiting for it")
        connection.execute("select pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(%s)", [_ONE_AT_A_TIME])


def _held(connection: "Connection") -> dict[tuple[str, str], dict[str, Digest]]:
    """What was applied last: the digest of each day of each table."""
    held: dict[tuple[str, str], dict[str, Digest]] = {}
    for schema, name, day, rows, digest in connection.execute(
        "select table_schema, table_name, day, rows, digest from access.applied"
    ).fetchall():
        held.setdefault((schema, name), {})[day] = Digest(rows, digest)
    return held


def _change(
    connection: "Connection", published: PublishedFile, change: _Change, applied: Applied, *, anew: bool
) -> None:
    table = change.table
    if anew:
        _delete(connection, table, None)
    elif change.deleted:
        _delete(connection, table, change.deleted)
    if change.copied:
        copied = _copy(connection, published, table, list(change.copied))
        expected = sum(digest.rows for digest in change.copied.values())
        if copied != expected:
            raise PostgresError(f"{table.schema}.{table.name} took {copied} rows of {expected}; run again")
        applied.rows += copied
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into access.applied values (%s, %s, %s, %s, %s)",
                [(table.schema, table.name, day, one.rows, one.digest) for day, one in change.copied.items()],
            )
    if change.deleted:
        applied.tables.append(f"{table.schema}.{table.name}")
        applied.days |= set(change.deleted) - {WHOLE}


def _delete(connection: "Connection", table: Table, days: Collection[str] | None) -> None:
    """Delete a table's rows of some days, or all, and what is noted of them."""
    noted = "delete from access.applied where table_schema = %s and table_name = %s"
    if days is None or not table.by_day:
        connection.execute(f"delete from {name_of(table)}")
        connection.execute(noted, [table.schema, table.name])
        return
    listed = sorted(days)
    connection.execute(f"delete from {name_of(table)} where as_of_date = any(%s::date[])", [listed])
    connection.execute(f"{noted} and day = any(%s)", [table.schema, table.name, listed])


def _copy(connection: "Connection", published: PublishedFile, table: Table, days: Collection[str]) -> int:
    columns = ", ".join(map(quoted, table.columns))
    with connection.cursor() as cursor:
        with cursor.copy(f"copy {name_of(table)} ({columns}) from stdin (format csv)") as copy:
            for block in published.csv(table, days):
                copy.write(block)
        return cursor.rowcount


def _empty(connection: "Connection", applied: Applied, table: Table) -> None:
    """Take the rows of a table away that is published no more; its owner may have dropped it."""
    if connection.execute("select to_regclass(%s)", [name_of(table)]).fetchone() == (None,):
        connection.execute(
            "delete from access.applied where table_schema = %s and table_name = %s", [table.schema, table.name]
        )
        return
    _delete(connection, table, None)
    applied.tables.append(f"{table.schema}.{table.name}")


def _analyze(connection: "Connection", tables: Sequence[Table]) -> None:
    """Give the planner figures of tables that were just filled; later ones come from PostgreSQL's own maintenance."""
    for table in tables:
        never = connection.execute(
            "select 1 from pg_class where oid = to_regclass(%s) and reltuples < 0", [name_of(table)]
        ).fetchone()
        if never:
            connection.execute(f"analyze {name_of(table)}")
