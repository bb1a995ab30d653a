"""What became of each as-of day in the warehouse, and what it was made from."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, cast

from storage.ledger import Ledger
from storage.staleness import DayPlan

Outcome = Literal["built", "blocked", "without_snapshot"]


@dataclass(frozen=True)
class DayRecord:
    """A day whose build passed every blocking check, or that had nothing to build."""

    outcome: Outcome
    inputs_hash: str
    rules: str
    """Thresholds, models and contract version that it was built with, as a JSON object of texts."""
    recorded_at: datetime


class AsOfDays:
    """The as-of days of the ledger. A day that a failed build touched has no record."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def clear(self, first: date, last: date) -> None:
        """Forget the days first..last: a build of them begins, and what the warehouse holds of them is in flux."""
        with self._ledger.transaction() as connection:
            connection.execute(
                "delete from as_of_days where as_of_date between ? and ?", [first.isoformat(), last.isoformat()]
            )

    def record(self, plan: DayPlan, inputs_hashes: Mapping[date, str], rules: Mapping[str, str], run_id: str) -> None:
        """The build of a plan is done, and every blocking check passed."""
        outcomes: dict[date, Outcome] = dict.fromkeys(plan.days, "built")
        outcomes |= dict.fromkeys(plan.blocked, "blocked")
        outcomes |= dict.fromkeys(plan.without_snapshot, "without_snapshot")
        now, rules_text = datetime.now(UTC).isoformat(), json.dumps(rules, sort_keys=True)
        with self._ledger.transaction() as connection:
            connection.executemany(
                "insert or replace into as_of_days values (?, ?, ?, ?, ?, ?)",
                [
                    (day.isoformat(), outcome, inputs_hashes[day], rules_text, run_id, now)
                    for day, outcome in outcomes.items()
                ],
            )

    @staticmethod
    def set_inputs(connection: sqlite3.Connection, hashes: Mapping[date, str]) -> None:
        """Within a transaction: these days were made from inputs that have another hash now, and are as they were."""
        connection.executemany(
            "update as_of_days set inputs_hash = ? where as_of_date = ?",
            [(inputs_hash, day.isoformat()) for day, inputs_hash in hashes.items()],
        )

    def records(self) -> dict[date, DayRecord]:
        """Every recorded day, in order."""
        rows = self._ledger.connection.execute(
            "select as_of_date, outcome, inputs_hash, rules, recorded_at from as_of_days order by as_of_date"
        )
        return {
            date.fromisoformat(row["as_of_date"]): DayRecord(
                cast("Outcome", row["outcome"]),
                row["inputs_hash"],
                row["rules"],
                datetime.fromisoformat(row["recorded_at"]),
            )
            for row in rows
        }
