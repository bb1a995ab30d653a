"""What became of each as-of day in the warehouse: built and checked, blocked, or without a snapshot."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal, cast

from storage.ledger import Ledger
from storage.staleness import DayPlan

Outcome = Literal["built", "blocked", "without_snapshot"]


class AsOfDays:
    """The as-of days of the ledger. A day that a failed build touched has no record."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def clear(self, plan: DayPlan) -> None:
        """Forget the days of a plan: its build begins, and what the warehouse holds of them is in flux."""
        with self._ledger.transaction() as connection:
            connection.execute(
                "delete from as_of_days where as_of_date between ? and ?",
                [plan.first.isoformat(), plan.last.isoformat()],
            )

    def record(self, plan: DayPlan, run_id: str) -> None:
        """The build of a plan is done, and every blocking check passed."""
        outcomes: dict[date, Outcome] = dict.fromkeys(plan.days, "built")
        outcomes |= dict.fromkeys(plan.blocked, "blocked")
        outcomes |= dict.fromkeys(plan.without_snapshot, "without_snapshot")
        now = datetime.now(UTC).isoformat()
        with self._ledger.transaction() as connection:
            connection.executemany(
                "insert or replace into as_of_days values (?, ?, ?, ?)",
                [(day.isoformat(), outcome, run_id, now) for day, outcome in outcomes.items()],
            )

    def recorded(self) -> Mapping[date, Outcome]:
        """Every recorded day and its outcome, in order of days."""
        rows = self._ledger.connection.execute("select as_of_date, outcome from as_of_days order by as_of_date")
        return {date.fromisoformat(row["as_of_date"]): cast("Outcome", row["outcome"]) for row in rows}
