"""The table of what the lake holds, a row a partition. What writes is a step of its caller's transaction."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date

from planning.records import PartitionRecord
from storage.ledger import partition_rows

_TABLE = "partitions"
SCHEMA = f"create table if not exists {_TABLE} ({partition_rows.PARTITION_COLUMNS}) without rowid"


def select(
    connection: sqlite3.Connection, dataset: str | None = None, first: date | None = None, last: date | None = None
) -> Iterator[PartitionRecord]:
    """What the lake holds, by dataset and date; bounds are inclusive."""
    return partition_rows.select(connection, _TABLE, PartitionRecord, dataset, first, last)


def content_hashes(connection: sqlite3.Connection, first: date, last: date) -> dict[tuple[str, date], str]:
    """The hash of the accepted rows of each partition of first..last, by dataset and date."""
    rows = connection.execute(
        f"select dataset, partition_date, content_hash from {_TABLE} where partition_date between ? and ?",
        [first.isoformat(), last.isoformat()],
    )
    return {(row["dataset"], date.fromisoformat(row["partition_date"])): row["content_hash"] for row in rows}


def newest(connection: sqlite3.Connection) -> date | None:
    """The newest day of a partition of any dataset; None when there is none."""
    (day,) = connection.execute(f"select max(partition_date) from {_TABLE}").fetchone()
    return date.fromisoformat(day) if day else None


def oldest(connection: sqlite3.Connection) -> date | None:
    """The oldest day of a partition of any dataset; None when there is none."""
    return partition_rows.oldest(connection, _TABLE)


def upsert(connection: sqlite3.Connection, record: PartitionRecord) -> None:
    """The lake now holds this."""
    partition_rows.upsert(connection, _TABLE, record)


def delete(connection: sqlite3.Connection, dataset: str, day: date) -> None:
    """The lake no longer holds the partition."""
    partition_rows.delete(connection, _TABLE, dataset, day)


def delete_before(connection: sqlite3.Connection, dataset: str, kept_from: date) -> None:
    """The lake no longer holds the dataset's partitions before a day."""
    partition_rows.delete_before(connection, _TABLE, dataset, kept_from)


def follow_landing(
    connection: sqlite3.Connection, record: PartitionRecord, signature: str, ignored_files: Sequence[str]
) -> None:
    """The landing files of the record have these stat facts now, unless others were ingested since."""
    facts = {"landing_signature": signature, "ignored_files": tuple(ignored_files)}
    partition_rows.set_landing_facts(connection, _TABLE, record, facts)
