"""What became of each as-of day in the warehouse, and what it was made from."""

import json
import sqlite3
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import cast

from planning.buildable import DayPlan
from planning.records import DayRecord, Outcome
from planning.staleness import unpublished_days
from storage.ledger.file import LedgerFile

SCHEMA = """
create table if not exists as_of_days (
    as_of_date text not null primary key,
    outcome text not null,
    inputs_hash text not null,
    rules text not null,
    run_id text not null,
    recorded_at text not null
) without rowid;
create table if not exists provisional_days (
    as_of_date text not null primary key
) without rowid
"""


class AsOfDays:
    """The as-of days of the ledger. A day that a failed build touched has no record."""

    def __init__(self, ledger: LedgerFile) -> None:
        self._ledger = ledger

    def clear(self, first: date, last: date) -> None:
        """Forget the days first..last: a build of them begins, and what the warehouse holds of them is in flux."""
        with self._ledger.transaction() as connection:
            connection.execute(
                "delete from as_of_days where as_of_date between ? and ?", [first.isoformat(), last.isoformat()]
            )

    def clear_unpublished(
        self, published: frozenset[date], published_at: datetime | None, replaced: Collection[date]
    ) -> None:
        """Forget the builds of `unpublished_days` that the next publication leaves out, before it is written.

        It would be newer than their records, as if it held them; without a record they are stale, and built again.

        Args:
            replaced: the days whose rows the next publication replaces.
        """
        for day in unpublished_days(self.records(), published, published_at):
            if day not in replaced:
                self.clear(day, day)

    def record(
        self,
        plan: DayPlan,
        inputs_hashes: Mapping[date, str],
        rules: Mapping[str, str],
        run_id: str,
        provisional: Collection[date] = (),
    ) -> None:
        """The build of a plan is done, and every blocking check passed.

        Args:
            provisional: days of the plan that were not over when landing was read.
        """
        outcomes: dict[date, Outcome] = dict.fromkeys(plan.days, "built")
        outcomes |= dict.fromkeys(plan.blocked, "blocked")
        outcomes |= dict.fromkeys(plan.without_snapshot, "without_snapshot")
        now, rules_text = datetime.now(UTC).isoformat(), json.dumps(rules, sort_keys=True)
        with self._ledger.transaction() as connection:
            connection.executemany(
                "insert or replace into as_of_days (as_of_date, outcome, inputs_hash, rules, run_id, recorded_at)"
                " values (?, ?, ?, ?, ?, ?)",
                [
                    (day.isoformat(), outcome, inputs_hashes[day], rules_text, run_id, now)
                    for day, outcome in outcomes.items()
                ],
            )
            connection.executemany(
                "delete from provisional_days where as_of_date = ?", [(day.isoformat(),) for day in outcomes]
            )
            connection.executemany(
                "insert into provisional_days (as_of_date) values (?)",
                [(day.isoformat(),) for day in plan.days if day in provisional],
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
            "select as_of_date, outcome, inputs_hash, rules, recorded_at,"
            " as_of_date in (select as_of_date from provisional_days) as provisional"
            " from as_of_days order by as_of_date"
        )
        return {
            date.fromisoformat(row["as_of_date"]): DayRecord(
                cast("Outcome", row["outcome"]),
                row["inputs_hash"],
                row["rules"],
                datetime.fromisoformat(row["recorded_at"]),
                bool(row["provisional"]),
            )
            for row in rows
        }
