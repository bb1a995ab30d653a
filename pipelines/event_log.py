"""Dagster's SQLite event log, with one transaction for many events instead of two connections an event.

A run over 120 days logs 240 events an asset. Stored one by one they cost about 7 ms each, most of it opening
connections, committing and asking for the database's tables; Dagster hands them over in batches when
DAGSTER_EVENT_BATCH_SIZE is set.
"""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from dagster import EventLogEntry
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection

os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """Stores a batch through the connections that its first event opens: all of it or nothing.

    Configured in dagster.yaml; its files are where Dagster's own SQLite storage has them.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None):
        self._batch = threading.local()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)
        # Reentrant, since a batch holds the connections of two files.
        self._db_lock = threading.RLock()  # type: ignore[assignment]

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """No configuration: the folder follows from DAGSTER_HOME."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """The storage of the instance that DAGSTER_HOME names."""
        return cls(str(Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"), inst_data)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store the events as `store_event` would, in one transaction a database file."""
        with self._transaction():
            self._batch.newest = {}
            try:
                for event in events:
                    self.store_event(event)
                with self.index_transaction() as connection:
                    for event, event_id in self._batch.newest.values():
                        super()._store_asset_event(connection, event, event_id)
            finally:
                del self._batch.newest

    @contextmanager
    def together(self) -> Iterator[None]:
        """Store what this thread logs in the block in one transaction a database file, however the block ends.

        The block must not work or wait for anything: meanwhile no other process can write events.
        """
        raised: BaseException | None = None
        with self._transaction():
            try:
                yield
            except BaseException as error:  # what was logged before it stays
                raised = error
        if raised is not None:
            raise raised

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Connections that are opened in the block stay open until it ends, and what is done by them is one piece."""
        if getattr(self._batch, "held", None) is not None:
            yield
            return
        with self._db_lock, ExitStack() as self._batch.stack:
            self._batch.held = {}
            try:
                yield
            finally:
                del self._batch.held

    def _store_asset_event(self, conn: Connection, event: EventLogEntry, event_id: int) -> None:
        """Note what an asset's row says since this event: in a batch only the last one of each kind is written."""
        newest: dict[Any, tuple[EventLogEntry, int]] | None = getattr(self._batch, "newest", None)
        if newest is None or event.dagster_event is None:
            super()._store_asset_event(conn, event, event_id)
            return
        kind = (event.dagster_event.asset_key, event.dagster_event_type)
        newest.pop(kind, None)
        newest[kind] = event, event_id

    def _has_asset_key_index_cols_on_connection(self, conn: Connection) -> bool:
        """True: only tables of very old Dagster versions lack these columns, and no home folder is of one."""
        return True

    def has_table(self, table_name: str) -> bool:
        """Whether the table is in the index; what was found once is not looked for again, once an event."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        held: dict[str, Connection] | None = getattr(self._batch, "held", None)
        if held is None:
            with super()._connect(shard) as connection:
                yield connection
            return
        if shard not in held:
            held[shard] = self._batch.stack.enter_context(super()._connect(shard))
        yield held[shard]
