"""What was pruned: for each dataset, and for the marts, the first day that was kept.

Recorded where the pruning happened, so that it holds when the settings change: what is gone stays gone, and no as-of
day is built from what is left of its look-back.
"""

import sqlite3
from datetime import date

from storage.ledger.file import LedgerFile

SCHEMA = """
create table if not exists pruned (
    kind text not null primary key,
    kept_from text not null
) without rowid
"""


def horizons(ledger: LedgerFile) -> dict[str, date]:
    """The first kept day of whatever was pruned, by dataset or `MARTS`."""
    rows = ledger.connection.execute("select kind, kept_from from pruned")
    return {row["kind"]: date.fromisoformat(row["kept_from"]) for row in rows}


def raise_horizon(connection: sqlite3.Connection, kind: str, kept_from: date) -> None:
    """Within a transaction: what is before the day is pruned; a horizon never goes back."""
    connection.execute(
        "insert into pruned (kind, kept_from) values (?, ?)"
        " on conflict (kind) do update set kept_from = max(kept_from, excluded.kept_from)",
        [kind, kept_from.isoformat()],
    )
