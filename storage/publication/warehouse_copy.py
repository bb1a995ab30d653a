"""A new published file that begins as a copy of the warehouse's: blocks are copied, and no row is written again."""

import shutil
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import duckdb

from storage.files.duckdb_files import has_logs
from storage.warehouse.compaction import is_loose
from storage.warehouse.mart_rows import MARTS_SCHEMA, mart_days


def begin_as_warehouse(
    warehouse: Path, path: Path, marts: Sequence[str], days: Collection[date], memory_limit: str
) -> bool:
    """Make `path` the warehouse's file without all that is not published; whether it now is.

    It is not where the warehouse has marts' rows of other days, changes that wait in a log, or much free space, which
    readers would copy about with it: then there is no file at `path`, and rows have to be written. Nobody may have the
    warehouse open for writing.
    """
    if has_logs(warehouse):
        return False
    with duckdb.connect(str(warehouse), read_only=True, config={"memory_limit": memory_limit}) as connection:
        if not set(days).issuperset(mart_days(connection)):
            return False
    shutil.copyfile(warehouse, path)
    with duckdb.connect(str(path), config={"memory_limit": memory_limit}) as connection:
        _leave_marts_alone(connection, marts)
    if is_loose(path):
        path.unlink()
        return False
    return True


def _leave_marts_alone(connection: duckdb.DuckDBPyConnection, marts: Sequence[str]) -> None:
    """Drop what is not published: other schemas and tables, and what only the build holds rows to (not null)."""
    schemas = connection.execute(
        "select schema_name from duckdb_schemas()"
        " where database_name = current_database() and not internal and schema_name <> ?",
        [MARTS_SCHEMA],
    ).fetchall()
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts' and not list_contains(?, table_name)",
        [list(marts)],
    ).fetchall()
    columns = connection.execute(
        "select table_name, column_name from duckdb_columns()"
        " where schema_name = 'marts' and not is_nullable and list_contains(?, table_name)",
        [list(marts)],
    ).fetchall()
    statements = [
        *(f'drop schema "{schema}" cascade' for (schema,) in schemas),
        *(f'drop table marts."{table}"' for (table,) in tables),
        *(f'alter table marts."{table}" alter "{column}" drop not null' for table, column in columns),
    ]
    connection.execute(";\n".join(["begin", *statements, "commit"]))
