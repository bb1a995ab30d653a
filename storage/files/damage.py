"""Files that were cut off or overwritten: how they show, and what to do."""

import re
from pathlib import Path

import duckdb

from storage.home import Home

_DAMAGED = re.compile(
    r"(not a valid DuckDB database file|Could not read enough bytes|Corrupt database file|"
    r"file is not a database|database disk image is malformed)"
)
_DUCKDB_MARK = slice(8, 12), b"DUCK"
_DUCKDB_HEADERS = 3 * 4096


def damage(message: object) -> str:
    """What an error's message says of a file that is damaged, in a few words; nothing where it is of something else."""
    found = _DAMAGED.search(str(message))
    return found[1][0].lower() + found[1][1:] if found else ""


def foreign(path: Path, error: duckdb.Error) -> str:
    """One line on a published file in which tables of the pipeline's are missing; nothing where the error is another.

    Such as a file of somebody's own that was saved in its place.
    """
    if not isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return ""
    return published_remedy(path, str(error).splitlines()[0].strip(), "it is not what the pipeline publishes")


def was_duckdb(path: Path) -> bool:
    """Whether a file that DuckDB can't open is one of its own that was cut off, or something else by that name."""
    where, mark = _DUCKDB_MARK
    with path.open("rb") as file:
        begin = file.read(where.stop)
    return len(begin) < where.stop or begin[where] == mark


def is_cut_off(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether blocks are missing at the end of an open DuckDB file; it finds out itself when it needs them.

    Free blocks need not be there: DuckDB may have taken them and never written to them.
    """
    sizes = connection.execute("select block_size, total_blocks, free_blocks from pragma_database_size()").fetchone()
    if sizes is None:
        return False
    block, total, free = sizes
    return bool((path.stat().st_size - _DUCKDB_HEADERS) // block + free < total)


def published_remedy(path: Path, found: str, is_what: str = "it is damaged") -> str:
    """One line on a published file that is damaged, or is another one."""
    return (
        f"{path} cannot be read: {is_what} ({found}); `portfolio materialize` puts it back from a kept publication;"
        " where there is none, delete it first, and the same command publishes all days anew"
    )


def warehouse_remedy(path: Path, found: str) -> str:
    """One line on a warehouse that is damaged."""
    return (
        f"{path} is damaged ({found}): delete it and run again; published days stay published, and what is not"
        " published yet is built anew from the lake"
    )


def sqlite_remedy(path: Path, found: str) -> str:
    """One line on a ledger that is damaged, or on another file of SQLite, from which nothing is lost."""
    if path != Home(path.parent).ledger:
        return f"{path} cannot be used: {found}; delete it, and run again"
    return (
        f"{path} cannot be used: {found}; restore it from a backup, or move it away and run again: partitions are read"
        " from landing once more, and what landing has no more has to be delivered again"
    )
