"""Taking somebody out of the lake: its files are rewritten one by one, then the ledger follows in one transaction.

What a partition will be is recorded before its files are written, so that an interrupted erasure is taken up where
it stopped; until the ledger follows, files and records differ and nothing else trusts them.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from expectations.contract import DATASETS
from expectations.quarantine import content_hash
from expectations.sql_text import sql_files
from planning.records import PartitionRecord
from planning.staleness import carried_hashes
from storage.lake.erased_rows import ErasedRows
from storage.lake.lake import Lake, StoredHash
from storage.ledger import partitions, rewrites
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.check_results import carry_content
from storage.ledger.ledger import Ledger
from storage.ledger.states import read_inputs

Partition = tuple[str, date]


@dataclass(frozen=True)
class LandingFacts:
    """What a partition's landing files are, once they were rewritten to hold the same rows as the lake."""

    signature: str
    content: str


def partitions_naming(con: duckdb.DuckDBPyConnection, lake: Lake, ledger: Ledger, rows: ErasedRows) -> set[Partition]:
    """The partitions with accepted or quarantined rows of somebody, and those of an interrupted rewriting."""
    found = {(record.dataset, record.partition_date) for record in ledger.rewrites() if not lake.holds(record)}
    known = ledger.partitions()
    for name, dataset in DATASETS.items():
        days = [record.partition_date for record in known if record.dataset == name]
        for test, path_of in (
            (rows.accepted(dataset), lake.accepted_path),
            (rows.quarantined(dataset), lake.quarantine_path),
        ):
            paths = {str(path): day for day in days if (path := path_of(dataset, day)).exists()}
            if test is None or not paths:
                continue
            naming = con.execute(f"select distinct filename from {_files(paths, filename=True)} where {test}")
            found |= {(name, paths[filename]) for (filename,) in naming.fetchall()}
    return found


def rewrite(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    ledger: Ledger,
    rows: ErasedRows,
    partitions: Iterable[Partition],
    landing: Mapping[Partition, LandingFacts],
    max_snapshot_age_days: int,
) -> int:
    """Rewrite the partitions' files without somebody, and have the ledger follow; how many partitions it were.

    Days built from them keep their rows where only values changed that no mart shows; they are stale where rows went.
    Raises `StorageError` when something can't be written; the same call goes on from there.
    """
    number = 0
    for name, day in sorted(partitions):
        record = ledger.partition(name, day)
        if record is None or not lake.accepted_path(DATASETS[name], day).exists():
            continue
        _rewrite_one(con, lake, ledger, rows, record, landing.get((name, day)))
        number += 1
    _commit(lake, ledger, max_snapshot_age_days, same_marts=not rows.removes)
    return number


def _rewrite_one(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    ledger: Ledger,
    rows: ErasedRows,
    record: PartitionRecord,
    facts: LandingFacts | None,
) -> None:
    dataset, day = DATASETS[record.dataset], record.partition_date
    accepted = _files([str(lake.accepted_path(dataset, day))])
    test = rows.accepted(dataset) if rows.removes else None
    kept = f" where not coalesce({test}, false)" if test else ""
    accepted_sql = f"select {', '.join(rows.values(dataset))} from {accepted}{kept}"
    quarantine = lake.quarantine_path(dataset, day)
    quarantined_sql = None
    after = record
    if rows.removes:
        after = _without_accepted(con, record, accepted, rows.accepted(dataset) or "false")
    if quarantine.exists():
        source = _files([str(quarantine)])
        test = rows.quarantined(dataset) or "false"
        if rows.removes:
            after = _without_quarantined(con, after, source, test)
        where = f" where not coalesce({test}, false)" if rows.removes else ""
        if after.rows_quarantined:
            changed = f"select * replace ({rows.raw_row(dataset)} as raw_row) from {source}"
            quarantined_sql = changed + where
    if facts is not None:
        after = replace(after, landing_signature=facts.signature, landing_hash=facts.content)
    after = replace(after, content_hash=content_hash(con, dataset, accepted_sql))
    with ledger.transaction() as connection:
        rewrites.upsert(connection, after)
    hashes = StoredHash(after.landing_hash, after.content_hash)
    lake.write(con, dataset, day, hashes, accepted_sql=accepted_sql, quarantined_sql=quarantined_sql)


def _commit(lake: Lake, ledger: Ledger, max_snapshot_age_days: int, *, same_marts: bool) -> None:
    """Have the ledger say what the files hold; a rewrite that something else has overtaken is forgotten."""
    written = [record for record in ledger.rewrites() if lake.holds(record)]
    hashes = {}
    if same_marts:
        content_hashes = {(record.dataset, record.partition_date): record.content_hash for record in written}
        hashes = carried_hashes(AsOfDays(ledger).records(), read_inputs(ledger), content_hashes, max_snapshot_age_days)
    with ledger.transaction() as connection:
        for record in written:
            _carry_checks(connection, ledger.partition(record.dataset, record.partition_date), record)
            partitions.upsert(connection, record)
        AsOfDays.set_inputs(connection, hashes)
        rewrites.clear(connection)


def _carry_checks(connection: sqlite3.Connection, before: PartitionRecord | None, after: PartitionRecord) -> None:
    """An erasure changes a partition as nobody's delivery does: what a person accepted of it stays accepted."""
    if before is not None:
        carry_content(connection, (after.dataset, after.partition_date), before.content_hash, after.content_hash)


def _without_accepted(
    con: duckdb.DuckDBPyConnection, record: PartitionRecord, source: str, test: str
) -> PartitionRecord:
    """The counts fall by the rows that go; usage rows that merged when they were read count once."""
    counted = con.execute(
        f"select partner_id, count(case when {test} then 1 end), count(*) from {source} group by partner_id"
    ).fetchall()
    partners = {
        partner: max(record.partners.get(partner, 0) - gone, rows - gone)
        for partner, gone, rows in sorted(counted)
        if rows > gone
    }
    return _counted(replace(record, partners=partners, rows_accepted=sum(partners.values())))


def _without_quarantined(
    con: duckdb.DuckDBPyConnection, record: PartitionRecord, source: str, test: str
) -> PartitionRecord:
    gone = con.execute(f"select reasons from {source} where {test}").fetchall()
    per_reason = Counter(reason for (reasons,) in gone for reason in reasons)
    left = {reason: rows - per_reason[reason] for reason, rows in record.reasons.items()}
    return _counted(
        replace(
            record,
            rows_quarantined=record.rows_quarantined - len(gone),
            reasons={reason: rows for reason, rows in left.items() if rows > 0},
        )
    )


def _counted(record: PartitionRecord) -> PartitionRecord:
    """rows_read = rows_accepted + rows_quarantined + rows_duplicate, whatever changed."""
    return replace(record, rows_read=record.rows_accepted + record.rows_quarantined + record.rows_duplicate)


def _files(paths: Iterable[str], *, filename: bool = False) -> str:
    return f"read_parquet({sql_files(*paths)}, hive_partitioning = false, filename = {str(filename).lower()})"
