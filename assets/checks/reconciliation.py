"""Nothing lost between landing and lake: what was read, against what the lake's files hold.

Each side is counted by itself: rows read by the readers, verdicts by the row checks, and what is stored here, in the
Parquet files as they lie on disk.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import duckdb

from expectations.accounts import Accounts, sum_licenses
from expectations.contract import DATASETS, LICENSE_ASSIGNMENTS, Dataset
from expectations.results import RAW, CheckResult, Severity
from expectations.sql_text import sql_files
from planning.records import PartitionRecord
from storage.lake.lake import Lake
from storage.ledger.accounts import PartitionAccounts
from storage.ledger.check_results import CheckResults
from storage.ledger.ledger import Ledger

ROWS_ADD_UP = "rows_add_up"
LICENSES_ARRIVED = "licenses_arrived"
_MEANINGS = {
    ROWS_ADD_UP: "Per file and in all: rows read = accepted + quarantined + exact duplicates, as counted in the lake.",
    LICENSES_ARRIVED: "The lake holds the licences of each partner and product that were accepted from landing.",
}
_SHOWN = 3


def checks_of(dataset: Dataset) -> dict[str, str]:
    """The checks that a dataset's partitions go through: what each holds, by its name."""
    names = [ROWS_ADD_UP, LICENSES_ARRIVED] if dataset is LICENSE_ASSIGNMENTS else [ROWS_ADD_UP]
    return {name: _MEANINGS[name] for name in names}


def reconcile_unchecked(
    lake: Lake, ledger: Ledger, dataset: Dataset, days: Iterable[date], run_id: str
) -> list[CheckResult]:
    """Reconcile the partitions of some days that were not yet as they are now, and record the results."""
    done = CheckResults(ledger).checked_content(RAW + dataset.name, ROWS_ADD_UP)
    records = [record for day in days if (record := ledger.partition(dataset.name, day)) is not None]
    waiting = [record for record in records if done.get(record.partition_date) != record.content_hash]
    if not waiting:
        return []
    with duckdb.connect() as con:
        results = list(reconcile(con, lake, ledger, waiting))
    hashes = {(record.dataset, record.partition_date): record.content_hash for record in waiting}
    CheckResults(ledger).record(results, run_id, content_hashes=hashes)
    return results


def reconcile(
    con: duckdb.DuckDBPyConnection, lake: Lake, ledger: Ledger, records: Iterable[PartitionRecord]
) -> Iterator[CheckResult]:
    """The results for partitions that the lake holds: a failed one blocks what is built from the partition.

    A partition that an erasure has changed since it was read passes as far as it can still be told.
    """
    known = PartitionAccounts(ledger)
    for record in records:
        dataset, accounts = DATASETS[record.dataset], known.of(record)
        yield _result(record, ROWS_ADD_UP, _row_differences(con, lake, dataset, record, accounts))
        if dataset is LICENSE_ASSIGNMENTS and accounts is not None:
            yield _result(record, LICENSES_ARRIVED, _license_differences(con, lake, record, accounts))


def _result(record: PartitionRecord, check: str, differences: list[str]) -> CheckResult:
    more = f"; and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
    return CheckResult(
        asset=RAW + record.dataset,
        check_name=check,
        first_date=record.partition_date,
        last_date=record.partition_date,
        severity=Severity.ERROR,
        passed=not differences,
        message="; ".join(differences[:_SHOWN]) + more,
        failures=len(differences),
    )


def _row_differences(
    con: duckdb.DuckDBPyConnection, lake: Lake, dataset: Dataset, record: PartitionRecord, accounts: Accounts | None
) -> list[str]:
    day = record.partition_date
    stored = _stored_rows(con, lake.accepted_path(dataset, day))
    quarantined = _quarantined_rows(con, lake.quarantine_path(dataset, day))
    differences = list(_ledger_differences(record, stored, quarantined))
    if accounts is None:
        return differences
    for name, rows in accounts.files.items():
        kept = rows.quarantined if quarantined is None else quarantined.get(name, 0)
        if rows.read != rows.accepted + kept + rows.duplicate:
            differences.append(
                f"{name}: {rows.read} rows read, {rows.accepted} accepted + {kept} in quarantine "
                f"+ {rows.duplicate} exact duplicates"
            )
    read = sum(rows.read for rows in accounts.files.values())
    if read != record.rows_read:
        differences.append(f"{read} rows were read, {record.rows_read} are recorded")
    accepted = sum(rows.accepted for rows in accounts.files.values())
    if accepted != stored + accounts.merged:
        differences.append(f"{accepted} rows were accepted, {stored} are in the lake + {accounts.merged} added up")
    return differences


def _ledger_differences(record: PartitionRecord, stored: int, quarantined: dict[str, int] | None) -> Iterator[str]:
    """What the ledger's own counts say against each other and against the files."""
    parts = record.rows_accepted + record.rows_quarantined + record.rows_duplicate
    if record.rows_read != parts:
        yield f"{record.rows_read} rows read are recorded, and {parts} accepted, quarantined or duplicate"
    if quarantined is not None and sum(quarantined.values()) != record.rows_quarantined:
        yield f"{record.rows_quarantined} quarantined rows are recorded, {sum(quarantined.values())} are stored"
    merges = DATASETS[record.dataset].summed is not None
    if stored > record.rows_accepted or (stored < record.rows_accepted and not merges):
        yield f"{record.rows_accepted} accepted rows are recorded, {stored} are in the lake"


def _license_differences(
    con: duckdb.DuckDBPyConnection, lake: Lake, record: PartitionRecord, accounts: Accounts
) -> list[str]:
    path = lake.accepted_path(LICENSE_ASSIGNMENTS, record.partition_date)
    stored = sum_licenses(con, f"select * from {_parquet(path)}")
    keys = {(partner, product) for side in (accounts.licenses, stored) for partner in side for product in side[partner]}
    return [
        f"partner {partner}, {product}: {was[0]} total and {was[1]} assigned licences accepted, "
        f"{now[0]} and {now[1]} in the lake"
        for partner, product in sorted(keys)
        if (was := accounts.licenses.get(partner, {}).get(product, (0, 0)))
        != (now := stored.get(partner, {}).get(product, (0, 0)))
    ]


def _stored_rows(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    found = con.execute(f"select count(partner_id) from {_parquet(path)}").fetchone()
    assert found is not None  # noqa: S101  an aggregate without groups gives one row
    return int(found[0])


def _quarantined_rows(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, int] | None:
    """Quarantined rows per landing file; None where they were pruned, which leaves an empty file."""
    if not path.exists():
        return {}
    return dict(con.execute(f"select file, count(*) from {_parquet(path)} group by file").fetchall()) or None


def _parquet(path: Path) -> str:
    return f"read_parquet({sql_files(path)}, hive_partitioning = false)"
