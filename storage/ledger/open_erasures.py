"""Erasures that are under way, in the ledger: what an interrupted one needs to be taken up again."""

import json
from typing import Any

from storage.files.atomic import StorageError, storage_errors
from storage.ledger.file import LedgerFile

SCHEMA = """
create table if not exists erasures (
    subject text not null primary key,
    details text not null
) without rowid
"""


def details_of(ledger: LedgerFile, subject: str) -> dict[str, Any] | None:
    """What was noted when the erasure began; None when none is under way."""
    row = ledger.connection.execute("select details from erasures where subject = ?", [subject]).fetchone()
    return None if row is None else json.loads(row["details"])


def erases_customers(ledger: LedgerFile) -> bool:
    """Whether a customer's erasure is under way: the days that counted it are built again from what is left."""
    rows = ledger.connection.execute("select details from erasures")
    return any("subscriptions" in json.loads(row["details"]) for row in rows)


def are_under_way(ledger: LedgerFile) -> bool:
    """Whether anybody's erasure is under way, or waits for landing files."""
    return ledger.connection.execute("select 1 from erasures limit 1").fetchone() is not None


def begin(ledger: LedgerFile, subject: str, details: dict[str, Any]) -> None:
    """Note what the erasure needs to go on after an interruption."""
    with ledger.transaction() as connection:
        connection.execute(
            "insert or replace into erasures (subject, details) values (?, ?)", [subject, json.dumps(details)]
        )


def end(ledger: LedgerFile, subjects: list[str]) -> None:
    """Forget the erasures themselves, and leave no byte of what the ledger held of them."""
    with ledger.transaction() as connection:
        connection.executemany("delete from erasures where subject = ?", [[subject] for subject in subjects])
    scrub(ledger)


def scrub(ledger: LedgerFile) -> None:
    """Write the ledger's file anew: SQLite keeps deleted rows in it, and in its write-ahead log."""
    with storage_errors(ledger.path):
        ledger.connection.execute("vacuum")
        (busy, *_) = ledger.connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    if busy:
        raise StorageError(f"{ledger.path} is being read by another process: end it, and run the same command again")
