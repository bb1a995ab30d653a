"""The table of partitions that an erasure began to rewrite, as they will be. What writes is a step of a transaction."""

import sqlite3
from collections.abc import Iterator

from planning.records import PartitionRecord
from storage.ledger import partition_rows

_TABLE = "rewrites"
SCHEMA = f"create table if not exists {_TABLE} ({partition_rows.PARTITION_COLUMNS}) without rowid"


def select(connection: sqlite3.Connection) -> Iterator[PartitionRecord]:
    """The partitions, by dataset and date."""
    return partition_rows.select(connection, _TABLE, PartitionRecord)


def upsert(connection: sqlite3.Connection, record: PartitionRecord) -> None:
    """The partition's files are about to be rewritten, and will be this."""
    partition_rows.upsert(connection, _TABLE, record)


def clear(connection: sqlite3.Connection) -> None:
    """Every rewriting is done, or something else has overtaken it."""
    connection.execute(f"delete from {_TABLE}")
