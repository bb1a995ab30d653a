"""The tables of a SQLite file, their version (`pragma user_version`), and how those of earlier versions become today's.

Tables that are new come by themselves, with the first command that writes: the old ones stay as they are. What changes
tables that are there waits for `portfolio upgrade`, which asks for a backup first. Looking changes nothing.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from contracts.version import program_version
from storage.files.atomic import StorageError

Opening = Literal["write", "look", "upgrade"]
"""What a file is opened for."""

_MADE = re.compile(r"create table if not exists (\w+)")
_VERSION_AT = slice(60, 64)  # of a SQLite file's header


@dataclass(frozen=True)
class Schema:
    """The tables of a file, as a version of it has them."""

    version: int
    tables: str
    """`create table if not exists` statements, with semicolons between them."""
    changes: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """By version, the statements that make its tables of those of the version before, where new ones do not suffice."""
    note: Callable[[sqlite3.Connection], None] = lambda connection: None
    """What else is written when tables are made or changed, in the same transaction."""

    def waits(self, found: int) -> bool:
        """Whether the tables of a version that was found are changed by `portfolio upgrade` alone."""
        return found > 0 and any(found < version <= self.version for version in self.changes)

    def statements(self, found: int) -> Iterator[str]:
        """What makes today's tables of those of a version that was found; 0 is a file without any."""
        if found > 0:
            for version in range(found + 1, self.version + 1):
                yield from self.changes.get(version, ())
        yield from filter(None, map(str.strip, self.tables.split(";")))


def bring_up(connection: sqlite3.Connection, path: Path, schema: Schema, opening: Opening) -> None:
    """Have the file's tables be of the schema's version; for looking, in this connection alone.

    Raises:
        StorageError: a newer version wrote the file, or it waits for `portfolio upgrade`.
    """
    found = _version(connection)
    if found > schema.version:
        raise StorageError(newer(path, found, schema.version))
    if found == schema.version:
        return
    if schema.waits(found) and opening != "upgrade":
        raise StorageError(
            f"{path} is of an earlier version, with schema {found} where {program_version()} has {schema.version}:"
            " back up, and run `portfolio upgrade`"
        )
    if opening == "look":
        _imagine(connection, schema)
        return
    connection.execute("begin immediate")
    try:
        found = _version(connection)  # another process may have been first
        if found < schema.version:
            for statement in schema.statements(found):
                connection.execute(statement)
            schema.note(connection)
            connection.execute(f"pragma user_version = {schema.version}")
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def version_of(path: Path) -> int:
    """The version of a file's tables; 0 where there is no file, none in it, or nobody may look.

    It is read out of the header, without a lock and without a file beside it, unless there is a log already.
    """
    try:
        if has_log(path):
            with looked_at(path) as connection:
                return _version(connection)
        with path.open("rb") as file:
            header = file.read(_VERSION_AT.stop)
    except (OSError, sqlite3.Error):
        return 0  # whoever opens it says so
    return int.from_bytes(header[_VERSION_AT]) if header.startswith(b"SQLite format 3\0") else 0


@contextmanager
def looked_at(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads, of whatever version the file is; where there is no log, none is made beside it."""
    alone = "" if has_log(path) else "&immutable=1"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{alone}", uri=True)) as connection:
        yield connection


def has_log(path: Path) -> bool:
    """Whether a write-ahead log with something in it is beside the file: whoever closes the file last takes it away.

    Raises:
        OSError: nobody may look.
    """
    try:
        return Path(f"{path}-wal").stat().st_size > 0  # asked once: it may be gone the next moment
    except FileNotFoundError:
        return False


def newer(what: object, found: int, known: int, program: str = "") -> str:
    """One line on something that a newer version wrote.

    Args:
        program: that version, where it is known.
    """
    return (
        f"{what} was written by a newer version of partner-portfolio, {f'{program}, ' if program else ''}with schema"
        f" {found}; this is {program_version()}, with schema {known}: install the newer one, or restore a backup of"
        " before the upgrade into an empty folder"
    )


def _version(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("pragma user_version").fetchone()
    return int(found)


def _imagine(connection: sqlite3.Connection, schema: Schema) -> None:
    """Have the tables that are missing be there for this connection alone, and empty."""
    there = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall()}
    connection.execute("pragma temp_store = memory")
    for statement in schema.statements(0):
        made = _MADE.match(statement)
        if made and made[1] not in there:
            connection.execute(statement.replace("create table", "create temp table", 1))
    connection.execute("pragma query_only = on")
