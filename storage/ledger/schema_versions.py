"""Which version each schema of the home folder has, and which version of partner-portfolio brought it there."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from contracts.version import program_version
from storage import versions
from storage.files.names import shown
from storage.files.schemas import looked_at

SCHEMA = """
create table if not exists schema_versions (
    name text not null primary key,
    version integer not null,
    program text not null,
    changed_at text not null
) without rowid
"""


def note(connection: sqlite3.Connection) -> None:
    """Within a transaction: the home folder's schemas are of today's versions; those that were so stay as noted."""
    now, program = datetime.now(UTC).isoformat(timespec="seconds"), program_version()
    connection.executemany(
        "insert into schema_versions (name, version, program, changed_at) values (?, ?, ?, ?)"
        " on conflict (name) do update set version = excluded.version, program = excluded.program,"
        " changed_at = excluded.changed_at where version <> excluded.version",
        [(name, version, program, now) for name, version in {"ledger": versions.LEDGER, **versions.FILES}.items()],
    )


def program_of(path: Path) -> str:
    """The version of partner-portfolio that brought a ledger's tables to their version; nothing where it is not said.

    The ledger may be of a newer version, and is only looked at.
    """
    try:
        with looked_at(path) as connection:
            found = connection.execute("select program from schema_versions where name = 'ledger'").fetchone()
    except (OSError, sqlite3.Error):
        return ""
    return shown(str(found[0])) if found else ""
