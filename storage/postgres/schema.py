"""Schemas, tables, indexes, views and comments: made or changed where the publication's differ from the server's.

Nothing is done where nothing differs, so that an ordinary publication takes no lock that a reader could wait for.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from expectations.sql_text import sql_text
from storage.mart_kinds import LATEST_BY_KEY
from storage.postgres.access import READER, READER_OF_ALL, SET_UP, is_shared, policies
from storage.postgres.connection import PostgresError
from storage.postgres.shape import NEWEST_DAYS, Table

if TYPE_CHECKING:
    from storage.postgres.connection import Connection

SCHEMAS = ("marts", "marts_latest", "meta")
_LOCK_TIMEOUT = "3s"
_LOCK_TRIES = 10
_ANALYZED = ("as_of_date", "product")
_LATEST_TEXT = {
    "day": "The rows of each partner's newest as-of date. ",
    "key": "The newest row of each key. ",
    "whole": "",
}
_STATE = """
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
"""


def prepare(connection: "Connection", tables: Sequence[Table], note: Callable[[str], None]) -> None:
    """Make the tables as the publication has them; rows are left alone, and a new table is empty.

    A change waits for readers of the table, and others queue behind it: so it gives up after some seconds, and tries
    again.

    Raises:
        PostgresError: a column has another type there, a lock can't be had, or the owner lacks a right.
    """
    from psycopg.errors import LockNotAvailable

    for attempt in range(1, _LOCK_TRIES + 1):
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
                _set_up(connection)
                for table in tables:
                    _ensure(connection, table)
            return
        except LockNotAvailable:
            if attempt == _LOCK_TRIES:
                message = "tables have to be changed and a reader keeps one of them open: end its transaction"
                raise PostgresError(f"{message}, and run again") from None
            note("tables have to be changed; waiting until no reader has them open")
            time.sleep(min(2**attempt / 10, 5))


def name_of(table: Table, schema: str | None = None) -> str:
    """A table's name as SQL; `schema` in place of its own, where given."""
    return f"{schema or table.schema}.{quoted(table.name)}"


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _set_up(connection: "Connection") -> None:
    """Roles, schemas, bindings and functions, where this version did not set them up yet."""
    statements = [
        *(f"create schema if not exists {schema}" for schema in SCHEMAS),
        SET_UP,
        _STATE,
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
    """Somebody else's tables of the same names must not be written over."""
    if connection.execute("select to_regclass('access.tables')").fetchone() != (None,):
        return
    found = connection.execute(
        "select schemaname || '.' || tablename from pg_tables where schemaname = any(%s) order by 1 limit 1",
        [["access", *SCHEMAS]],
    ).fetchone()
    if found:
        raise PostgresError(f"the database already holds {found[0]}, which is not ours: publish to another database")


def _ensure(connection: "Connection", table: Table) -> None:
    statements = _statements(table)
    definition = _digest(statements)
    name = name_of(table)
    secured = connection.execute("select relrowsecurity from pg_class where oid = to_regclass(%s)", [name]).fetchone()
    if secured == (True,) and _definition(connection, table.schema, table.name) == definition:
        return
    if secured is None:
        where = "where table_schema = %s and table_name = %s"
        connection.execute(f"delete from access.applied {where}", [table.schema, table.name])
    else:
        _refuse_other_types(connection, table)
    for statement in statements:
        connection.execute(statement)
    _remember(connection, table.schema, table.name, definition)


def _statements(table: Table) -> list[str]:
    """What makes the table as it should be, whatever part of it is there."""
    name = name_of(table)
    columns = [f"{quoted(column)} {kind}" for column, kind in table.columns.items()]
    key = [f"primary key ({', '.join(map(quoted, table.key))})"] if table.key else []
    statements = [
        f"create table if not exists {name} ({', '.join(columns + key)})",
        *(f"alter table {name} add column if not exists {column}" for column in columns),
        *_indexes(table),
        # The planner's statistics sample other partners' values, and EXPLAIN shows what it makes of them.
        *(
            f"alter table {name} alter column {quoted(column)} set statistics 0"
            for column in table.columns
            if column not in _ANALYZED and not is_shared(table)
        ),
        *policies(table, name),
        *_comments(table, name, "table", table.description.text),
    ]
    return statements + (_latest_view(table) if table.has_latest else [])


def _indexes(table: Table) -> list[str]:
    """What the key, which begins with as_of_date, is no help for: a partner's days, or days where no key is known."""
    wanted = [[column for column in ("partner_id", "as_of_date", "product") if column in table.columns]]
    if table.by_day:
        wanted.append(["as_of_date"])
    indexes = []
    for columns in wanted:
        if not columns or columns[0] in table.key[:1]:
            continue
        index = quoted(f"{table.name}_by_{columns[0]}"[:63])
        indexes.append(f"create index if not exists {index} on {name_of(table)} ({', '.join(map(quoted, columns))})")
    return indexes


def _latest_view(table: Table) -> list[str]:
    view = name_of(table, "marts_latest")
    return [
        f"create or replace view {view} with (security_invoker = true) as {_latest_rows(table)}",
        f"revoke all on {view} from public",
        f"grant select on {view} to {READER}, {READER_OF_ALL}",
        *_comments(table, view, "view", f"{_LATEST_TEXT[_latest_kind(table)]}{table.description.text}"),
    ]


def _latest_kind(table: Table) -> str:
    if "as_of_date" not in table.columns:
        return "whole"
    return "key" if LATEST_BY_KEY.get(table.name) in table.columns else "day"


def _latest_rows(table: Table) -> str:
    """The query of a view of `marts_latest`: what storage.mart_kinds.latest_rows is in a published file."""
    name = name_of(table)
    match _latest_kind(table):
        case "whole":
            return f"select * from {name}"
        case "key":
            key = LATEST_BY_KEY[table.name]
            return f"select distinct on ({key}) * from {name} order by {key}, as_of_date desc"
    return f"select mart.* from {name} as mart join meta.{NEWEST_DAYS} as newest using (partner_id, as_of_date)"


def _comments(table: Table, name: str, kind: str, text: str) -> list[str]:
    columns = table.description.columns
    return [
        f"comment on {kind} {name} is {_literal(text)}",
        *(
            f"comment on column {name}.{quoted(column)} is {_literal(columns.get(column, ''))}"
            for column in table.columns
        ),
    ]


def _refuse_other_types(connection: "Connection", table: Table) -> None:
    there: dict[str, str] = dict(
        connection.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
            [name_of(table)],
        ).fetchall()
    )
    for column, kind in table.columns.items():
        if there.get(column, kind) != kind:
            message = (
                f"{table.schema}.{table.name}.{column} is {there[column]} in the database, and is published as {kind}"
            )
            raise PostgresError(f"{message}: drop that table and its views, and run again; it is then filled anew")


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


def _literal(text: str) -> str:
    return sql_text(text) if text else "null"
