"""Rows of Arrow as relations of a DuckDB connection.

DuckDB 2 gives and takes none while the last query has rows that nobody fetched, as it has after `fetchone`. Those are
let go first, as any other query would do.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def give(connection: "duckdb.DuckDBPyConnection", name: str, rows: Any) -> None:
    """Have queries find some rows under a name."""
    _finish(connection)
    connection.register(name, rows)


def take_back(connection: "duckdb.DuckDBPyConnection", name: str) -> None:
    """Have queries find them no more; nothing where there are none."""
    _finish(connection)
    connection.unregister(name)


def _finish(connection: "duckdb.DuckDBPyConnection") -> None:
    connection.execute("select 1").fetchall()
