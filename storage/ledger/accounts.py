"""The accounts of partitions in the ledger: what became of each file's rows when the partition was read."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from expectations.accounts import Accounts, FileRows
from planning.records import PartitionRecord
from storage.ledger.ledger import Ledger


class PartitionAccounts:
    """The accounts of a ledger's partitions, each valid for the very content that was read."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def record(self, dataset: str, day: date, landing_hash: str, content_hash: str, accounts: Accounts) -> None:
        """Store a partition's accounts; its record is written after them."""
        written = json.dumps(asdict(accounts), ensure_ascii=False)
        with self._ledger.transaction() as connection:
            connection.execute(
                "insert or replace into accounts values (?, ?, ?, ?, ?)",
                [dataset, day.isoformat(), landing_hash, content_hash, written],
            )

    def of(self, record: PartitionRecord) -> Accounts | None:
        """The accounts of what a record describes; None where an erasure has changed it since."""
        found = self._ledger.connection.execute(
            "select accounts from accounts where dataset = ? and partition_date = ?"
            " and landing_hash = ? and content_hash = ?",
            [record.dataset, record.partition_date.isoformat(), record.landing_hash, record.content_hash],
        ).fetchone()
        return None if found is None else _accounts(json.loads(found["accounts"]))


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
