"""Dagster's SQLite event log, with one transaction for many events instead of two connections an event.

A run over 120 days logs 240 events an asset. Stored one by one they cost about 7 ms each, most of it opening
connections, committing and asking for the database's tables; Dagster hands them over in batches when
DAGSTER_EVENT_BATCH_SIZE is set.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from dagster import EventLogEntry
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from dagster_shared.serdes import serialize_value
from sqlalchemy import text
from sqlalchemy.engine import Connection

if TYPE_CHECKING:
    from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned

_INDEXED = {*ASSET_EVENTS, *ASSET_CHECK_EVENTS, *EVENT_TYPE_TO_PIPELINE_RUN_STATUS}
"""What Dagster's SQLite storage also keeps in the index, which all runs share."""

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
        """Store the events as `store_event` would, in one transaction a database file and one statement a table."""
        rows = [self._event_to_row(event) for event in events]
        with self._transaction():
            for run_id in dict.fromkeys(event.run_id for event in events):
                with self.run_connection(run_id) as connection:
                    own = [row for event, row in zip(events, rows, strict=True) if event.run_id == run_id]
                    connection.execute(SqlEventLogStorageTable.insert(), own)
            indexed = [pair for pair in zip(events, rows, strict=True) if pair[0].dagster_event_type in _INDEXED]
            if indexed:
                self._store_indexed([event for event, _ in indexed], [row for _, row in indexed])

    def _store_indexed(self, events: Sequence[EventLogEntry], rows: Sequence[Mapping[str, Any]]) -> None:
        """Store what the index has of events: themselves, and what assets and checks say since."""
        with self.index_transaction() as connection:
            connection.execute(SqlEventLogStorageTable.insert(), list(rows))
            # In a transaction that writes, nobody else takes a number: SQLite counts on from the largest.
            last = connection.scalar(text("select last_insert_rowid()"))
            numbered = list(zip(events, range(last - len(rows) + 1, last + 1), strict=True))
            of_assets = [(event, number) for event, number in numbered if event.dagster_event_type in ASSET_EVENTS]
            self._store_asset_event_tags(connection, [event for event, _ in of_assets], [n for _, n in of_assets])
            for event, number in _newest_of_a_kind(of_assets):
                self._store_asset_event(connection, event, number)
        for event, number in numbered:
            if event.dagster_event_type in ASSET_CHECK_EVENTS:
                self.store_asset_check_event(event, number)

    def _store_asset_check_evaluation_planned(self, event: EventLogEntry, event_id: int | None) -> None:
        """Store a row a partition, as Dagster's own storage does, of an event that is spelt out once."""
        planned = cast("AssetCheckEvaluationPlanned", event.dagster_event.event_specific_data)  # type: ignore[union-attr]
        row = {
            "asset_key": planned.asset_key.to_string(),
            "check_name": planned.check_name,
            "run_id": event.run_id,
            "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
            "evaluation_event": serialize_value(event),
            "evaluation_event_timestamp": self._event_to_row(event)["timestamp"],
            "evaluation_event_storage_id": event_id,
        }
        partitions = planned.partitions_subset.get_partition_keys() if planned.partitions_subset else [None]
        rows = [row | {"partition": partition} for partition in partitions]
        with self.index_connection() as connection:
            connection.execute(AssetCheckExecutionsTable.insert(), rows)

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


def _newest_of_a_kind(numbered: Iterable[tuple[EventLogEntry, int]]) -> Iterable[tuple[EventLogEntry, int]]:
    """The last event of each kind of each asset, in their order: an asset's row says nothing of those before."""
    newest: dict[Any, tuple[EventLogEntry, int]] = {}
    for event, number in numbered:
        told = event.get_dagster_event()
        kind = (told.asset_key, told.event_type)
        newest.pop(kind, None)
        newest[kind] = event, number
    return newest.values()
