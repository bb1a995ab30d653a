"""A SQLite file, open: a connection, and transactions on it."""

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.files.schemas import Opening, Schema
from storage.files.sqlite import open_database, transaction


class DatabaseFile:
    """A file of tables, made where it is missing; closed at the end of a `with`.

    Args:
        opening: `look` leaves a file of an earlier version as it is; `upgrade` also changes tables that are there.

    Raises:
        StorageError: as of `open_database`.
    """

    def __init__(self, path: Path, schema: Schema, opening: Opening = "write") -> None:
        self.path = path
        self.connection = open_database(path, schema, opening)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """A write transaction on the file: all or nothing."""
        return transaction(self.connection, self.path)
