"""Dagster's SQLite event log, with connections that stay open and one transaction a batch of events.

A run over 120 days logs 240 events an asset, and each run some 250 of its outputs and checks. Stored as Dagster does
they cost about 7 ms each, most of it opening connections and committing. Dagster hands over the partitions' events
in batches when DAGSTER_EVENT_BATCH_SIZE is set, the others one by one.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from dagster import EventLogEntry
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.event import listen
from sqlalchemy.pool import QueuePool

os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
KEPT_FILES = 4
"""A run writes to its own file and to the index; the daemon looks at the runs' files, one after the other."""


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """Keeps the connections to the last few files, and stores a batch as a whole or not at all.

    Configured in dagster.yaml; its files are where Dagster's own SQLite storage has them.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None):
        self._batch = threading.local()
        self._engines: OrderedDict[str, Engine] = OrderedDict()
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
        with self._db_lock, ExitStack() as self._batch.stack:
            self._batch.held = {}
            try:
                for event in events:
                    self.store_event(event)
            finally:
                del self._batch.held

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        held: dict[str, Connection] | None = getattr(self._batch, "held", None)
        if held is None:
            with self._db_lock, self._engine(shard).begin() as connection:
                yield connection
            return
        if shard not in held:
            held[shard] = self._batch.stack.enter_context(self._engine(shard).begin())
        yield held[shard]

    def _engine(self, shard: str) -> Engine:
        """The engine of a file, whose one connection stays open while it is among the last few that were used."""
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=QueuePool,
                pool_size=1,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            # A power cut may lose the last events, never break the file.
            listen(engine, "connect", lambda opened, _: opened.execute("pragma synchronous = normal"))
            self._initdb(engine)
            self._engines[shard] = engine
            if len(self._engines) > KEPT_FILES:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def dispose(self) -> None:
        """Close every file."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()
