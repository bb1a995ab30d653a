"""Results of data-quality checks in the ledger, and the failed ones that a person accepted.

A failed blocking check of a lake partition holds that partition: as-of days treat it as refused, until its content
changes or the check is accepted (`held_partitions`).
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from expectations.results import CheckResult, Severity
from expectations.wording import LONGEST_LINE, shortened
from storage.ledger.ledger import Ledger

RAW = "raw/"


@dataclass(frozen=True)
class RecordedResult:
    """A result, the run that found it and when (UTC), and why a person accepted its failure, if one did."""

    result: CheckResult
    content_hash: str
    """The partition's accepted rows that were checked; empty for marts."""
    run_id: str
    checked_at: datetime
    accepted_reason: str | None = None
    accepted_at: datetime | None = None

    @property
    def status(self) -> str:
        """`passed`, `failed` or `accepted`."""
        if self.result.passed:
            return "passed"
        return "failed" if self.accepted_reason is None else "accepted"


class CheckResults:
    """The check results of a ledger: one for each check, asset, range of partitions and partner, the newest."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def record(
        self,
        results: Iterable[CheckResult],
        run_id: str,
        *,
        content_hashes: Mapping[tuple[str, date], str] | None = None,
    ) -> None:
        """Store results over earlier ones of a check and its days. An acceptance stays while the content is the same.

        Args:
            content_hashes: of checked lake partitions, by dataset and day.
        """
        hashes = content_hashes or {}
        now = datetime.now(UTC).isoformat()
        results = list(results)
        with self._ledger.transaction() as connection:
            _forget_other_partners(connection, results)
            for result in results:
                content_hash = hashes.get((result.asset.removeprefix(RAW), result.first_date), "")
                connection.execute(
                    """
                    insert into check_results values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null)
                    on conflict (asset, check_name, first_date, last_date, partner_id) do update set
                        accepted_reason = case when excluded.content_hash = content_hash then accepted_reason end,
                        accepted_at = case when excluded.content_hash = content_hash then accepted_at end,
                        severity = excluded.severity, passed = excluded.passed, message = excluded.message,
                        failures = excluded.failures, sample = excluded.sample, content_hash = excluded.content_hash,
                        run_id = excluded.run_id, checked_at = excluded.checked_at
                    """,
                    [
                        result.asset,
                        result.check_name,
                        result.first_date.isoformat(),
                        result.last_date.isoformat(),
                        result.partner_id or "",
                        result.severity.value,
                        int(result.passed),
                        shortened(result.message, LONGEST_LINE),
                        result.failures,
                        json.dumps([_shown(row) for row in result.sample], ensure_ascii=False),
                        content_hash,
                        run_id,
                        now,
                    ],
                )

    def accept(self, check_name: str, first: date, last: date, reason: str, accepted_at: datetime | None = None) -> int:
        """Wave through the failed blocking results of a check, of partitions in first..last; how many there were."""
        when = accepted_at or datetime.now(UTC)
        with self._ledger.transaction() as connection:
            done = connection.execute(
                "update check_results set accepted_reason = ?, accepted_at = ? where check_name = ?"
                " and first_date >= ? and last_date <= ? and not passed and severity = 'error'",
                [reason, when.isoformat(), check_name, first.isoformat(), last.isoformat()],
            )
            return done.rowcount

    def forget(self, asset: str, check_name: str, days: Iterable[date]) -> None:
        """Delete the results of a check of single partitions: there is nothing any more that it could be of."""
        with self._ledger.transaction() as connection:
            connection.executemany(
                "delete from check_results where asset = ? and check_name = ? and first_date = ?",
                [(asset, check_name, day.isoformat()) for day in days],
            )

    def checked_content(self, asset: str, check_name: str) -> dict[date, str]:
        """The content hash that a check of single partitions last looked at, by day."""
        found = self._ledger.connection.execute(
            "select first_date, content_hash from check_results where asset = ? and check_name = ?"
            " and first_date = last_date and partner_id = ''",
            [asset, check_name],
        )
        return {date.fromisoformat(row["first_date"]): row["content_hash"] for row in found}

    def newest_of_models(self, after: date) -> dict[tuple[str, str], RecordedResult]:
        """By asset and check, the result of a model's newest days, where these end after a date."""
        found = self._ledger.connection.execute(
            "select * from check_results where asset not like 'raw/%' and last_date > ? order by last_date, checked_at",
            [after.isoformat()],
        )
        return {(row["asset"], row["check_name"]): _recorded(row) for row in found}

    def rows(self, first: date | None = None, last: date | None = None) -> Iterator[RecordedResult]:
        """The results of partitions in first..last (inclusive), by asset, check and date."""
        found = self._ledger.connection.execute(
            "select * from check_results where first_date >= ? and last_date <= ?"
            " order by asset, check_name, first_date, last_date, partner_id",
            [(first or date.min).isoformat(), (last or date.max).isoformat()],
        )
        return map(_recorded, found)


def _shown(row: Mapping[str, str]) -> dict[str, str]:
    """A sample row, its values cut: a value may be of any length."""
    return {name: shortened(value) for name, value in row.items()}


def _recorded(row: sqlite3.Row) -> RecordedResult:
    return RecordedResult(
        CheckResult(
            asset=row["asset"],
            check_name=row["check_name"],
            first_date=date.fromisoformat(row["first_date"]),
            last_date=date.fromisoformat(row["last_date"]),
            severity=Severity(row["severity"]),
            passed=bool(row["passed"]),
            message=row["message"],
            failures=row["failures"],
            partner_id=row["partner_id"] or None,
            sample=tuple(json.loads(row["sample"])),
        ),
        content_hash=row["content_hash"],
        run_id=row["run_id"],
        checked_at=datetime.fromisoformat(row["checked_at"]),
        accepted_reason=row["accepted_reason"],
        accepted_at=datetime.fromisoformat(row["accepted_at"]) if row["accepted_at"] else None,
    )


def _forget_other_partners(connection: sqlite3.Connection, results: Sequence[CheckResult]) -> None:
    """What was found of partners that the new results of the same check and days don't name is over."""
    partners: dict[tuple[str, str, str, str], list[str]] = {}
    for result in results:
        subject = (result.asset, result.check_name, result.first_date.isoformat(), result.last_date.isoformat())
        partners.setdefault(subject, []).append(result.partner_id or "")
    for subject, named in partners.items():
        connection.execute(
            "delete from check_results where asset = ? and check_name = ? and first_date = ? and last_date = ?"
            " and partner_id not in (select value from json_each(?))",
            [*subject, json.dumps(named)],
        )


def held_partitions(ledger: Ledger, first: date | None = None, last: date | None = None) -> dict[tuple[str, date], str]:
    """The lake partitions whose present content failed a blocking check that nobody accepted, each with the cause."""
    rows = ledger.connection.execute(
        """
        select p.dataset, p.partition_date, group_concat(distinct r.check_name) as checks, min(r.message) as message
        from check_results as r
        join partitions as p
            on r.asset = 'raw/' || p.dataset and r.first_date = p.partition_date and r.content_hash = p.content_hash
        where not r.passed and r.severity = 'error' and r.accepted_reason is null and r.first_date = r.last_date
            and p.partition_date >= ? and p.partition_date <= ?
        group by p.dataset, p.partition_date
        """,
        [(first or date.min).isoformat(), (last or date.max).isoformat()],
    )
    return {
        (row["dataset"], date.fromisoformat(row["partition_date"])): f"check {row['checks']} failed: {row['message']}"
        for row in rows
    }
