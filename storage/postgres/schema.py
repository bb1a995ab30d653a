"""Schemas, tables, functions, views and comments: made or changed where the publication's differ from the server's.

Nothing is done where nothing differs, so that an ordinary publication takes no lock that a reader could wait for.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from storage.postgres import versions
from storage.postgres.access import READER, READER_OF_ALL, SET_UP
from storage.postgres.errors import PostgresError
from storage.postgres.fence import HELD, held_name, table_statements, view_name, view_statements
from storage.postgres.locks import TURN, patiently, take_turn
from storage.postgres.moving import finish_move, set_aside
from storage.postgres.shape import Table

if TYPE_CHECKING:
    from storage.postgres.connection import Connection

SCHEMAS = ("marts", "marts_latest", "meta")
OURS = ("access", *SCHEMAS, *HELD.values())
"""Every schema that publications write to."""
_LOCK_TIMEOUT = "3s"
"""How long a change waits for readers, while others queue behind it."""
_STATE = f"""
create table if not exists access.tables (
    table_schema text, table_name text, definition text not null, primary key (table_schema, table_name)
);
comment on table access.tables is 'What was last done to set up each published table.';
create table if not exists access.applied (
    table_schema text, table_name text, day text, rows bigint not null, digest text not null,
    primary key (table_schema, table_name, day)
);
comment on table access.applied is
    'The as-of days that each table holds, with a digest of their rows; an empty day is the whole table.';
create table if not exists access.rewrites (table_schema text, table_name text, primary key (table_schema, table_name));
comment on table access.rewrites is 'Tables whose files still have to be written anew, without rows that were erased.';
create table if not exists {TURN} ();
comment on table {TURN} is 'Locked by whoever publishes.';
"""


def prepare(connection: "Connection", tables: Sequence[Table], note: Callable[[str], None]) -> None:
    """Make the tables and views as the publication has them; rows are left alone, and a new table is empty.

    A change waits for readers of the table, and others queue behind it: so it gives up after some seconds, and tries
    again.

    Raises:
        PostgresError: a column has another type there, a lock can't be had, or the owner lacks a right.
    """

    def change() -> None:
        versions.refuse_newer(connection)
        if connection.execute("select to_regclass(%s)", [TURN]).fetchone() == (None,):
            _set_up(connection)
        take_turn(connection, note)
        versions.change(connection)
        _set_up(connection)
        moved = set_aside(connection, tables)
        for table in tables:
            _ensure(connection, table)
        finish_move(connection, moved, note)
        versions.note(connection)

    patiently(connection, change, _LOCK_TIMEOUT, note)


def _set_up(connection: "Connection") -> None:
    """Roles, schemas, bindings and functions, where this version did not set them up yet."""
    statements = [
        *(f"create schema if not exists {schema}" for schema in SCHEMAS),
        *(f"create schema if not exists {schema}" for schema in HELD.values()),
        *(f"revoke all on schema {schema} from public" for schema in HELD.values()),
        SET_UP,
        _STATE,
        versions.STATE,
        f"grant usage on schema {', '.join(SCHEMAS)} to {READER}, {READER_OF_ALL}",
    ]
    definition = _digest(statements)
    if _definition(connection, "", "") == definition:
        return
    _refuse_foreign_tables(connection)
    _make_roles(connection)
    for statement in statements:
        connection.execute(statement)
    _remember(connection, "", "", definition)


def _make_roles(connection: "Connection") -> None:
    from psycopg.errors import InsufficientPrivilege

    for role in (READER, READER_OF_ALL):
        if connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
            continue
        try:
            connection.execute(f"create role {role} nologin")
        except InsufficientPrivilege:
            message = f"role {role} is missing, and {connection.info.user} may not create it: have an administrator run"
            raise PostgresError(f"{message} `create role {role} nologin`") from None


def _refuse_foreign_tables(connection: "Connection") -> None:
    """Somebody else's tables and views of the same names must not be written over."""
    if connection.execute("select to_regclass('access.days')").fetchone() != (None,):
        return
    # The version before had the tables where the views are now.
    is_ours = connection.execute("select to_regclass('access.tables')").fetchone() != (None,)
    found = connection.execute(
        "select nspname || '.' || relname from pg_class join pg_namespace as n on n.oid = relnamespace"
        " where nspname = any(%s) and relkind in ('r', 'v', 'm', 'p', 'f') order by 1 limit 1",
        [list(HELD.values()) if is_ours else list(OURS)],
    ).fetchone()
    if found:
        raise PostgresError(f"the database already holds {found[0]}, which is not ours: publish to another database")


def _ensure(connection: "Connection", table: Table) -> None:
    names = [held_name(table), view_name(table)]
    if table.has_latest:
        names.append(view_name(table, "marts_latest"))
    statements = [*table_statements(table), *view_statements(table, list(table.columns))]
    definition = _digest(statements)
    there = [connection.execute("select to_regclass(%s) is not null", [name]).fetchone() == (True,) for name in names]
    is_same = _definition(connection, table.schema, table.name) == definition
    if all(there) and is_same and _is_secured(connection, table):
        return
    if there[0]:
        _refuse_other_types(connection, table)
    else:
        where = "where table_schema = %s and table_name = %s"
        connection.execute(f"delete from access.applied {where}", [table.schema, table.name])
    for statement in table_statements(table):
        connection.execute(statement)
    _take_rights_back(connection, table)
    for statement in view_statements(table, list(_columns(connection, table))):
        connection.execute(statement)
    _remember(connection, table.schema, table.name, definition)


def _is_secured(connection: "Connection", table: Table) -> bool:
    """Whether nobody but the owner has a right in the table, whatever was granted since it was made."""
    found = connection.execute(
        "select relrowsecurity and not exists (select from aclexplode(relacl) where grantee <> relowner)"
        " from pg_class where oid = to_regclass(%s)",
        [held_name(table)],
    ).fetchone()
    return found == (True,)


def _take_rights_back(connection: "Connection", table: Table) -> None:
    granted = connection.execute(
        "select distinct grantee::regrole::text from pg_class, aclexplode(relacl)"
        " where pg_class.oid = to_regclass(%s) and grantee <> relowner and grantee <> 0",
        [held_name(table)],
    ).fetchall()
    for (role,) in granted:
        connection.execute(f"revoke all on {held_name(table)} from {role}")


def _columns(connection: "Connection", table: Table) -> dict[str, str]:
    """The type of each column that the table has in the database, in order."""
    return dict(
        connection.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum",
            [held_name(table)],
        ).fetchall()
    )


def _refuse_other_types(connection: "Connection", table: Table) -> None:
    there = _columns(connection, table)
    for column, kind in table.columns.items():
        if there.get(column, kind) != kind:
            message = (
                f"{table.schema}.{table.name}.{column} is {there[column]} in the database, and is published as {kind}"
            )
            remedy = f"drop table {held_name(table)} cascade"
            raise PostgresError(f"{message}: run `{remedy}`, and publish again; it is then filled anew")


def _definition(connection: "Connection", schema: str, name: str) -> str | None:
    if connection.execute("select to_regclass('access.tables')").fetchone() == (None,):
        return None
    found = connection.execute(
        "select definition from access.tables where table_schema = %s and table_name = %s", [schema, name]
    ).fetchone()
    return found[0] if found else None


def _remember(connection: "Connection", schema: str, name: str, definition: str) -> None:
    connection.execute(
        "insert into access.tables values (%s, %s, %s)"
        " on conflict (table_schema, table_name) do update set definition = excluded.definition",
        [schema, name, definition],
    )


def _digest(statements: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()
