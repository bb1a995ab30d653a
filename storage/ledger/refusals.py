"""The table of refused landing files, a row a partition. What writes is a step of its caller's transaction."""

import sqlite3
from collections.abc import Iterator
from datetime import date

from planning.records import RefusalRecord
from storage.ledger import partition_rows

_TABLE = "refusals"
SCHEMA = f"""
create table if not exists {_TABLE} (
    dataset text not null,
    partition_date text not null,
    landing_signature text not null,
    landing_hash text not null,
    cause text not null,
    rows_read integer not null,
    refused_at text not null,
    reasons text not null,
    primary key (dataset, partition_date)
) without rowid
"""


def select(
    connection: sqlite3.Connection, dataset: str | None = None, first: date | None = None, last: date | None = None
) -> Iterator[RefusalRecord]:
    """The refusals that stand, by dataset and date; bounds are inclusive."""
    return partition_rows.select(connection, _TABLE, RefusalRecord, dataset, first, last)


def oldest(connection: sqlite3.Connection) -> date | None:
    """The oldest day of a refused partition of any dataset; None when there is none."""
    return partition_rows.oldest(connection, _TABLE)


def upsert(connection: sqlite3.Connection, refusal: RefusalRecord) -> None:
    """The landing files were refused."""
    partition_rows.upsert(connection, _TABLE, refusal)


def delete(connection: sqlite3.Connection, dataset: str, day: date) -> None:
    """The refusal of the partition is over."""
    partition_rows.delete(connection, _TABLE, dataset, day)


def delete_before(connection: sqlite3.Connection, dataset: str, kept_from: date) -> None:
    """The dataset's partitions before a day are pruned."""
    partition_rows.delete_before(connection, _TABLE, dataset, kept_from)


def follow_landing(connection: sqlite3.Connection, refusal: RefusalRecord, signature: str) -> None:
    """The landing files of the refusal have these stat facts now, unless others were ingested since."""
    partition_rows.set_landing_facts(connection, _TABLE, refusal, {"landing_signature": signature})
