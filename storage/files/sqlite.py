"""SQLite files that one process writes while others read."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from storage.files.atomic import DISK_FULL, StorageError, is_full
from storage.files.damage import damage, sqlite_remedy
from storage.files.schemas import Opening, Schema, bring_up, has_log
from storage.home import Home

_BUSY_SECONDS = 30.0
_AGAIN_SECONDS = 0.02
_FULL_BYTES = 64 * 1024


class _Connection(sqlite3.Connection):
    """A connection to a file that any statement may find damaged: then a `StorageError` says what to do."""

    path = Path()

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """As always."""
        try:
            return super().execute(*arguments)
        except sqlite3.DatabaseError as error:
            if found := damage(error):
                raise StorageError(sqlite_remedy(self.path, found)) from error
            raise


def _is_cut_off(path: Path) -> bool:
    """Whether the file is shorter than its header says, and no write-ahead log has the rest of it."""
    if not path.exists() or has_log(path):
        return False
    with path.open("rb") as file:
        header = file.read(32)
    home = Home(path.parent)
    if len(header) < 32:
        # SQLite makes an empty file at first, and a full disk or a kill leaves it so: it is made anew. The ledger of a
        # home folder that has a lake was more than that.
        return home.lake.is_dir() and (path == home.ledger or len(header) > 0)
    if not header.startswith(b"SQLite format 3\0"):
        return False  # something else, which SQLite says itself
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    return path.stat().st_size < (65_536 if page == 1 else page) * pages


def open_database(path: Path, schema: Schema, opening: Opening = "write") -> sqlite3.Connection:
    """Open the file, making it and its tables where missing; for looking, tables that are missing are empty ones.

    Raises:
        StorageError: the file can't be opened, is no SQLite file, a newer version wrote it, or it waits for
            `portfolio upgrade`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if _is_cut_off(path):
            raise StorageError(sqlite_remedy(path, "a part of the file is missing"))
        # Autocommit: transactions are the ones that `transaction` opens. A run may hand the connection to a thread.
        con = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=_Connection
        )
        con.path = path
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{path} cannot be opened: {sqlite_reason(error, path)}") from error
    try:
        con.row_factory = sqlite3.Row
        if con.execute("pragma user_version").fetchone()[0] < schema.version and opening != "look":
            _write_ahead(con)  # readers go on while a run writes
        bring_up(con, path, schema, opening)
        # A power cut may lose the last transactions, never break the file; the lake's hashes show what is lost.
        con.execute("pragma synchronous = normal")
    except sqlite3.Error as error:
        con.close()
        raise StorageError(f"{path} cannot be used: {sqlite_reason(error, path)}") from error
    except StorageError:
        con.close()
        raise
    return con


def _write_ahead(con: sqlite3.Connection) -> None:
    """Switch the file to a write-ahead log: where another process does so just now, SQLite fails at once, unasked."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            con.execute("pragma journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(_AGAIN_SECONDS)


def copy_database(path: Path, to: Path) -> None:
    """Copy the file as it is at one moment, whoever writes it.

    Raises:
        StorageError: it can't be read, or there is no room for the copy.
    """
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be copied to {to}: {sqlite_reason(error, to)}") from error


@contextmanager
def transaction(con: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """All of the block's statements or none; a full disk or a locked file becomes a `StorageError`."""
    try:
        con.execute("begin immediate")
        try:
            yield con
        except BaseException:
            con.rollback()
            raise
        con.commit()
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be written: {sqlite_reason(error, path)}") from error


def sqlite_reason(error: BaseException | None, path: Path) -> str:
    """Why SQLite failed on `path`, in a few words: a full disk also shows as an I/O error."""
    if (error and is_full(error)) or (
        "disk I/O error" in str(error) and shutil.disk_usage(path.parent).free < _FULL_BYTES
    ):
        return DISK_FULL
    return str(error).splitlines()[0]
