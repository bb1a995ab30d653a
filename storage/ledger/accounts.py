"""The accounts of partitions in the ledger: what became of each file's rows when the partition was read."""

import json
import sqlite3
from dataclasses import asdict
from datetime import date
from typing import Any

from expectations.accounts import Accounts, FileRows
from planning.records import PartitionRecord
from storage.ledger import partition_rows
from storage.ledger.file import LedgerFile

_TABLE = "accounts"
SCHEMA = f"""
create table if not exists {_TABLE} (
    dataset text not null,
    partition_date text not null,
    landing_hash text not null,
    content_hash text not null,
    accounts text not null,
    primary key (dataset, partition_date)
) without rowid
"""


class PartitionAccounts:
    """The accounts of a ledger's partitions, each valid for the very content that was read."""

    def __init__(self, ledger: LedgerFile) -> None:
        self._ledger = ledger

    def record(self, dataset: str, day: date, landing_hash: str, content_hash: str, accounts: Accounts) -> None:
        """Store a partition's accounts; its record is written after them."""
        written = json.dumps(asdict(accounts), ensure_ascii=False)
        with self._ledger.transaction() as connection:
            connection.execute(
                f"insert or replace into {_TABLE} (dataset, partition_date, landing_hash, content_hash, accounts)"
                " values (?, ?, ?, ?, ?)",
                [dataset, day.isoformat(), landing_hash, content_hash, written],
            )

    def of(self, record: PartitionRecord) -> Accounts | None:
        """The accounts of what a record describes; None where an erasure has changed it since."""
        found = self._ledger.connection.execute(
            f"select accounts from {_TABLE} where dataset = ? and partition_date = ?"
            " and landing_hash = ? and content_hash = ?",
            [record.dataset, record.partition_date.isoformat(), record.landing_hash, record.content_hash],
        ).fetchone()
        return None if found is None else _accounts(json.loads(found["accounts"]))


def delete_before(connection: sqlite3.Connection, dataset: str, kept_from: date) -> None:
    """Within a transaction: the dataset's partitions before a day are pruned."""
    partition_rows.delete_before(connection, _TABLE, dataset, kept_from)


def _accounts(stored: dict[str, Any]) -> Accounts:
    return Accounts(
        files={name: FileRows(**rows) for name, rows in stored["files"].items()},
        merged=stored["merged"],
        delivered=stored["delivered"],
        licenses={
            partner: {product: (total, assigned) for product, (total, assigned) in products.items()}
            for partner, products in stored["licenses"].items()
        },
    )
