"""The version of what the pipeline keeps in a database, and how that of an earlier version becomes today's.

It is noted where bindings and digests are, and raised in the transaction of the publication that brings it there.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from contracts.version import program_version
from storage import versions
from storage.files.names import shown
from storage.files.schemas import newer
from storage.postgres.errors import NewerDatabaseError

if TYPE_CHECKING:
    from storage.postgres.connection import Connection

_TABLE = "access.schema_versions"
STATE = f"""
create table if not exists {_TABLE} (
    version integer primary key, program text not null, changed_at timestamptz not null default now()
);
comment on table {_TABLE} is 'Which version of partner-portfolio brought the database to which version of its schema.';
"""
CHANGES: Mapping[int, Sequence[str]] = {}
"""By version, the statements that make it of the one before, before anything else is set up.

What version 1 had is moved by `moving`, since that takes the publication's tables.
"""


def found_version(connection: "Connection") -> int | None:
    """The version of the database, newer ones too; None where nothing was ever published to it."""
    found = _noted(connection)
    if found is not None:
        return found[0]
    if _has(connection, "access.days"):
        return 2  # before versions were noted
    return 1 if _has(connection, "access.tables") else None


def refuse_newer(connection: "Connection") -> None:
    """Raise `NewerDatabaseError` where a newer version published to the database."""
    found = _noted(connection)
    if found is not None and found[0] > versions.POSTGRES:
        raise NewerDatabaseError(newer("what is in the database", found[0], versions.POSTGRES, shown(found[1])))


def change(connection: "Connection") -> None:
    """Within a transaction: what has to be changed before today's schema is set up."""
    found = found_version(connection) or versions.POSTGRES
    for version in range(found + 1, versions.POSTGRES + 1):
        for statement in CHANGES.get(version, ()):
            connection.execute(statement)


def note(connection: "Connection") -> None:
    """Within a transaction: the database is of today's version."""
    if _noted(connection) is None or found_version(connection) != versions.POSTGRES:
        connection.execute(
            f"insert into {_TABLE} (version, program) values (%s, %s)", [versions.POSTGRES, program_version()]
        )


def _noted(connection: "Connection") -> tuple[int, str] | None:
    """The newest version that is noted, and the program that brought it."""
    if not _has(connection, _TABLE):
        return None
    query = f"select version, program from {_TABLE} order by version desc limit 1"
    return connection.execute(query).fetchone()


def _has(connection: "Connection", table: str) -> bool:
    return connection.execute("select to_regclass(%s) is not null", [table]).fetchone() == (True,)
