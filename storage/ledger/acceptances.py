"""Failed checks of marts that a person accepts: for as-of days with just these inputs and rules, and no others.

A mart is a function of its inputs and rules, so a check that is run again on the same ones finds the same. When either
changes, the acceptance no longer matches, and the check counts again.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from storage.ledger.file import LedgerFile

SCHEMA = """
create table if not exists accepted_days (
    check_name text not null,
    as_of_date text not null,
    seen_hash text not null,
    reason text not null,
    accepted_at text not null,
    primary key (check_name, as_of_date)
) without rowid
"""


@dataclass(frozen=True)
class Acceptance:
    """Why a person waved a check of an as-of day through, and when (UTC)."""

    reason: str
    accepted_at: datetime


def seen_hashes(inputs_hashes: Mapping[date, str], rules: Mapping[str, str]) -> dict[date, str]:
    """One hash a day of all that its rows, and so its failures, depend on."""
    rules_text = json.dumps(rules, sort_keys=True)
    return {day: _digest(f"{inputs_hash} {rules_text}") for day, inputs_hash in inputs_hashes.items()}


def window_hash(seen: Mapping[date, str]) -> str:
    """One hash of all that a window's rows depend on."""
    return _digest("\n".join(f"{day} {seen[day]}" for day in sorted(seen)))


class Acceptances:
    """The acceptances of a ledger, by check and as-of day."""

    def __init__(self, ledger: LedgerFile) -> None:
        self._ledger = ledger

    def accept(self, checks: Iterable[str], seen: Mapping[date, str], reason: str) -> None:
        """Accept checks on days, as long as these are made of what they are made of now."""
        now = datetime.now(UTC).isoformat()
        with self._ledger.transaction() as connection:
            connection.executemany(
                "insert or replace into accepted_days (check_name, as_of_date, seen_hash, reason, accepted_at)"
                " values (?, ?, ?, ?, ?)",
                [(check, day.isoformat(), seen[day], reason, now) for check in checks for day in seen],
            )

    def in_force(self, seen: Mapping[date, str]) -> dict[str, dict[date, Acceptance]]:
        """The acceptances of these days that still hold, by check and day."""
        found: dict[str, dict[date, Acceptance]] = {}
        rows = self._ledger.connection.execute(
            "select check_name, as_of_date, seen_hash, reason, accepted_at from accepted_days"
            " order by check_name, as_of_date"
        )
        for row in rows:
            day = date.fromisoformat(row["as_of_date"])
            if seen.get(day) == row["seen_hash"]:
                accepted_at = datetime.fromisoformat(row["accepted_at"])
                found.setdefault(row["check_name"], {})[day] = Acceptance(row["reason"], accepted_at)
        return found

    def keep_failed(self, check: str, checked: Iterable[date], failed: Collection[date]) -> None:
        """A check ran on days: those on which it found nothing need no acceptance, and keep none for another time."""
        with self._ledger.transaction() as connection:
            connection.executemany(
                "delete from accepted_days where check_name = ? and as_of_date = ?",
                [(check, day.isoformat()) for day in checked if day not in failed],
            )


def delete_before(connection: sqlite3.Connection, kept_from: date) -> None:
    """Within a transaction: acceptances of as-of days before a day go."""
    connection.execute("delete from accepted_days where as_of_date < ?", [kept_from.isoformat()])


def rewrite_reasons(connection: sqlite3.Connection, rewritten: Callable[[str], str]) -> int:
    """Within a transaction: replace the reasons of which something else is made; how many they were."""
    changed = 0
    for row in connection.execute("select check_name, as_of_date, reason from accepted_days").fetchall():
        if (reason := rewritten(row["reason"])) != row["reason"]:
            changed += connection.execute(
                "update accepted_days set reason = ? where check_name = ? and as_of_date = ?",
                [reason, row["check_name"], row["as_of_date"]],
            ).rowcount
    return changed


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
