"""Applying a publication: in one transaction, the as-of days whose rows differ are deleted and copied in.

Readers are never in the way, nor is anything in theirs: deleting and copying lock rows alone, and until the commit
everyone sees the rows of before.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.postgres.errors import PostgresError
from storage.postgres.fence import held_name, quoted
from storage.postgres.locks import TURN, take_turn
from storage.postgres.rewriting import rewrite_what_was_erased
from storage.postgres.schema import prepare
from storage.postgres.shape import WHOLE, Digest, PublishedFile, Table
from storage.postgres.versions import refuse_newer

if TYPE_CHECKING:
    from storage.postgres.connection import Connection


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
    prepare(connection, tables, note)
    applied = Applied(published.publication_id())
    wanted = [(table, published.digests(table)) for table in tables]
    with connection.transaction():
        take_turn(connection, note)
        held = {} if anew else _held(connection)
        changes = [_change_of(table, digests, held.get((table.schema, table.name), {})) for table, digests in wanted]
        known = {(table.schema, table.name) for table in tables}
        for schema, name in _held(connection).keys() - known:
            _empty(connection, applied, Table(schema, name, {}, ""))
        for change in changes:
            report(f"{change.table.schema}.{change.table.name}")
            _change(connection, published, change, applied, anew=anew)
        if applied.tables:
            _note_days(connection, tables, None if anew else applied.days)
    _size_up(connection, tables)
    rewrite_what_was_erased(connection, note)
    return applied


def withdraw(connection: "Connection", note: Callable[[str], None] = lambda message: None) -> bool:
    """Take every published row away; whether there was one. Tables, roles and bindings stay.

    Raises:
        PostgresError: nothing was changed.
    """
    refuse_newer(connection)
    if connection.execute("select to_regclass('access.applied')").fetchone() == (None,):
        return False
    applied = Applied("")
    if connection.execute("select to_regclass(%s)", [TURN]).fetchone() == (None,):
        # Of the version before: its tables are emptied as those that are published no more.
        held = bool(_held(connection))
        prepare(connection, [], note)
        return held
    with connection.transaction():
        take_turn(connection, note)
        for schema, name in _held(connection):
            _empty(connection, applied, Table(schema, name, {}, ""))
        connection.execute("delete from access.days")
    rewrite_what_was_erased(connection, note)
    return bool(applied.tables)


def vacuum(connection: "Connection", tables: Sequence[str]) -> None:
    """Have PostgreSQL free the space of deleted rows now, as far as no open transaction can still see them."""
    for table in tables:
        schema, _, name = table.partition(".")
        connection.execute(f"vacuum {held_name(Table(schema, name, {}, ''))}")


def _held(connection: "Connection") -> dict[tuple[str, str], dict[str, Digest]]:
    """What was applied last: the digest of each day of each table."""
    held: dict[tuple[str, str], dict[str, Digest]] = {}
    for schema, name, day, rows, digest in connection.execute(
        "select table_schema, table_name, day, rows, digest from access.applied"
    ).fetchall():
        held.setdefault((schema, name), {})[day] = Digest(rows, digest)
    return held


def _change_of(table: Table, wanted: Mapping[str, Digest], there: Mapping[str, Digest]) -> _Change:
    copied = {day: digest for day, digest in wanted.items() if there.get(day) != digest}
    return _Change(table, {*copied, *(there.keys() - wanted.keys())}, copied)


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
        connection.execute(f"delete from {held_name(table)}")
        connection.execute(noted, [table.schema, table.name])
        return
    listed = sorted(days)
    connection.execute(f"delete from {held_name(table)} where as_of_date = any(%s::date[])", [listed])
    connection.execute(f"{noted} and day = any(%s)", [table.schema, table.name, listed])


def _note_days(connection: "Connection", tables: Sequence[Table], days: Collection[str] | None) -> None:
    """Note which partner has rows on which of the days that changed, or on any."""
    chosen, given = ("", []) if days is None else ("where as_of_date = any(%s::date[])", [sorted(days)])
    connection.execute(f"delete from access.days {chosen}", given)
    for table in tables:
        if table.by_day and "partner_id" in table.columns:
            connection.execute(
                f"insert into access.days select distinct partner_id, as_of_date from {held_name(table)} {chosen}"
                " on conflict do nothing",
                given,
            )


def _copy(connection: "Connection", published: PublishedFile, table: Table, days: Collection[str]) -> int:
    columns = ", ".join(map(quoted, table.columns))
    with connection.cursor() as cursor:
        with cursor.copy(f"copy {held_name(table)} ({columns}) from stdin (format csv)") as copy:
            for block in published.csv(table, days):
                copy.write(block)
        return cursor.rowcount


def _empty(connection: "Connection", applied: Applied, table: Table) -> None:
    """Take the rows of a table away that is published no more; its owner may have dropped it."""
    if connection.execute("select to_regclass(%s)", [held_name(table)]).fetchone() == (None,):
        connection.execute(
            "delete from access.applied where table_schema = %s and table_name = %s", [table.schema, table.name]
        )
        return
    _delete(connection, table, None)
    applied.tables.append(f"{table.schema}.{table.name}")


def _size_up(connection: "Connection", tables: Sequence[Table]) -> None:
    """Give the planner the size of tables that were just filled; later ones come from PostgreSQL's own maintenance.

    `vacuum` counts the rows; `analyze` would estimate how many there are, each time otherwise.
    """
    for table in tables:
        never = connection.execute(
            "select 1 from pg_class where oid = to_regclass(%s) and reltuples < 0", [held_name(table)]
        ).fetchone()
        if never:
            connection.execute(f"vacuum {held_name(table)}")
