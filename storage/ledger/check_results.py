"""Results of data-quality checks in the ledger, and the failed ones that a person accepted.

A failed blocking check of a lake partition holds that partition: as-of days treat it as refused, until its content
changes or the check is accepted (`storage.ledger.holds`).
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby

from expectations.results import RAW, CheckResult, Severity
from expectations.wording import LONGEST_LINE, shortened
from storage.ledger.file import LedgerFile
from storage.ledger.recorded_checks import CheckedWindow, RecordedResult, Words

SCHEMA = """
create table if not exists check_results (
    asset text not null,
    check_name text not null,
    first_date text not null,
    last_date text not null,
    partner_id text not null,
    severity text not null,
    passed integer not null,
    message text not null,
    failures integer not null,
    sample text not null,
    content_hash text not null,
    run_id text not null,
    checked_at text not null,
    accepted_reason text,
    accepted_at text,
    primary key (asset, check_name, first_date, last_date, partner_id)
) without rowid
"""
_KEY = ("asset", "check_name", "first_date", "last_date", "partner_id")
_FOUND = (*_KEY, "severity", "passed", "message", "failures", "sample", "content_hash", "run_id", "checked_at")
_OF_MODEL = f"asset not like '{RAW}%'"
_COLUMNS = ", ".join((*_FOUND, "accepted_reason", "accepted_at"))


class CheckResults:
    """The check results of a ledger: one for each check, asset, range of partitions and partner, the newest."""

    def __init__(self, ledger: LedgerFile) -> None:
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
                    f"""
                    insert into check_results ({", ".join(_FOUND)}) values ({", ".join("?" * len(_FOUND))})
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
        """Accept the failed blocking results of a check, of partitions in first..last; how many there were."""
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
            f"select {_COLUMNS} from check_results where {_OF_MODEL} and last_date > ? order by last_date, checked_at",
            [after.isoformat()],
        )
        return {(row["asset"], row["check_name"]): _recorded(row) for row in found}

    def rows(self, first: date | None = None, last: date | None = None) -> Iterator[RecordedResult]:
        """The results of partitions in first..last (inclusive), by asset, check and date."""
        found = self._ledger.connection.execute(
            f"select {_COLUMNS} from check_results where first_date >= ? and last_date <= ?"
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


def failing_contents(
    connection: sqlite3.Connection, first: date, last: date
) -> Iterator[tuple[tuple[str, date], str, str, str]]:
    """The failed blocking results, accepted by nobody, of single partitions of first..last.

    Returns:
        Of each its partition (dataset, date), the content that was checked, the check's name, and the message; by
        dataset, check and date.
    """
    rows = connection.execute(
        "select asset, first_date, content_hash, check_name, message from check_results"
        " where asset >= ? and asset < ? and first_date >= ? and first_date <= ? and first_date = last_date"
        " and not passed and severity = 'error' and accepted_reason is null"
        " order by asset, check_name, first_date",
        [RAW, RAW[:-1] + chr(ord(RAW[-1]) + 1), first.isoformat(), last.isoformat()],
    )
    for asset, day, content_hash, check_name, message in rows:
        yield (asset.removeprefix(RAW), date.fromisoformat(day)), content_hash, check_name, message


def carry_content(connection: sqlite3.Connection, partition: tuple[str, date], before: str, after: str) -> None:
    """Within a transaction: results of a partition's content are of another one now, and stay as they are."""
    dataset, day = partition
    connection.execute(
        "update check_results set content_hash = ? where asset = ? and first_date = ? and content_hash = ?",
        [after, RAW + dataset, day.isoformat(), before],
    )


def delete_of_partitions_before(connection: sqlite3.Connection, dataset: str, kept_from: date) -> None:
    """Within a transaction: the dataset's partitions before a day are pruned."""
    connection.execute(
        "delete from check_results where asset = ? and first_date < ?", [RAW + dataset, kept_from.isoformat()]
    )


def delete_of_models_before(connection: sqlite3.Connection, kept_from: date) -> None:
    """Within a transaction: as-of days before a day are pruned."""
    connection.execute(f"delete from check_results where {_OF_MODEL} and last_date < ?", [kept_from.isoformat()])


def windows_of_models(connection: sqlite3.Connection) -> Iterator[tuple[tuple[str, str], list[CheckedWindow]]]:
    """By asset and check, the results of models that are of all partners, the newest check first."""
    rows = connection.execute(
        "select asset, check_name, first_date, last_date,"
        " (not passed and severity = 'error') or accepted_reason is not null as stays"
        f" from check_results where {_OF_MODEL} and partner_id = ''"
        " order by asset, check_name, checked_at desc, last_date desc"
    ).fetchall()
    for key, group in groupby(rows, key=lambda row: (row["asset"], row["check_name"])):
        windows = [
            CheckedWindow(
                date.fromisoformat(row["first_date"]), date.fromisoformat(row["last_date"]), bool(row["stays"])
            )
            for row in group
        ]
        yield key, windows


def delete_windows(connection: sqlite3.Connection, asset: str, check: str, windows: Iterable[CheckedWindow]) -> None:
    """Within a transaction: delete a check's results of these windows."""
    connection.executemany(
        "delete from check_results where asset = ? and check_name = ? and first_date = ? and last_date = ?",
        [(asset, check, window.first.isoformat(), window.last.isoformat()) for window in windows],
    )


def rewrite_words(connection: sqlite3.Connection, rewritten: Callable[[Words], Words]) -> int:
    """Within a transaction: replace the words of results of which something else is made; how many they were."""
    changed = 0
    found = connection.execute(f"select {', '.join(_KEY)}, sample, message, accepted_reason from check_results")
    for row in found.fetchall():
        before = Words(json.loads(row["sample"]), row["message"], row["accepted_reason"])
        after = rewritten(before)
        if after != before:
            changed += connection.execute(
                "update check_results set sample = ?, message = ?, accepted_reason = ?"
                f" where {' and '.join(f'{column} = ?' for column in _KEY)}",
                [
                    json.dumps(after.sample, ensure_ascii=False),
                    after.message,
                    after.accepted_reason,
                    *(row[column] for column in _KEY),
                ],
            ).rowcount
    return changed
