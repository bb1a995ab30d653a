"""The ledger: the state, hash and counts of every partition, in one SQLite file that can be read while a run writes."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from planning.records import PartitionRecord, RefusalRecord
from storage.files.sqlite import open_database, transaction

VERSION = 7

_PARTITION_COLUMNS = """
    dataset text not null,
    partition_date text not null,
    landing_signature text not null,
    landing_hash text not null,
    content_hash text not null,
    files integer not null,
    rows_read integer not null,
    rows_accepted integer not null,
    rows_quarantined integer not null,
    rows_duplicate integer not null,
    ingested_at text not null,
    unexpected_columns text not null,
    ignored_files text not null,
    reasons text not null,
    partners text not null,
    primary key (dataset, partition_date)
"""

_SCHEMA = f"""
create table if not exists partitions ({_PARTITION_COLUMNS}) without rowid;
create table if not exists rewrites ({_PARTITION_COLUMNS}) without rowid;
create table if not exists erasures (
    subject text not null primary key,
    details text not null
) without rowid;
create table if not exists refusals (
    dataset text not null,
    partition_date text not null,
    landing_signature text not null,
    landing_hash text not null,
    cause text not null,
    rows_read integer not null,
    refused_at text not null,
    reasons text not null,
    primary key (dataset, partition_date)
) without rowid;
create table if not exists accounts (
    dataset text not null,
    partition_date text not null,
    landing_hash text not null,
    content_hash text not null,
    accounts text not null,
    primary key (dataset, partition_date)
) without rowid;
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
) without rowid;
create table if not exists pruned (
    kind text not null primary key,
    kept_from text not null
) without rowid;
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
) without rowid;
create table if not exists accepted_days (
    check_name text not null,
    as_of_date text not null,
    seen_hash text not null,
    reason text not null,
    accepted_at text not null,
    primary key (check_name, as_of_date)
) without rowid;
create table if not exists usage_windows (
    as_of_date text not null,
    partner_id text not null,
    product text not null,
    usage_days integer not null,
    usage_days_90d integer not null,
    usage_days_week_before integer not null,
    primary key (as_of_date, partner_id, product)
) without rowid;
create table if not exists partition_profiles (
    dataset text not null,
    partition_date text not null,
    partner_id text not null,
    rows integer not null,
    total_licenses text not null,
    assigned_licenses text not null,
    products text not null,
    license_codes text not null,
    primary key (dataset, partition_date, partner_id)
) without rowid;
create table if not exists partition_checks (
    dataset text not null,
    partition_date text not null,
    profiled text not null,
    contract text not null,
    anomalies text not null,
    primary key (dataset, partition_date)
) without rowid
"""

State = Literal["loaded", "refused", "missing"]
_Record = TypeVar("_Record", PartitionRecord, RefusalRecord)
_READERS: Mapping[str, Callable[[str], Any]] = {
    "partition_date": date.fromisoformat,
    "ingested_at": datetime.fromisoformat,
    "refused_at": datetime.fromisoformat,
    "unexpected_columns": lambda text: tuple(json.loads(text)),
    "ignored_files": lambda text: tuple(json.loads(text)),
    "reasons": json.loads,
    "partners": json.loads,
}


class Ledger:
    """Partition states. Each method is one transaction; `transaction` groups statements of other modules."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = open_database(path, _SCHEMA, VERSION)
        self.connection.execute("pragma secure_delete = on")  # what is deleted is erased, not only marked as free

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """A write transaction on the ledger's file: all or nothing."""
        return transaction(self.connection, self.path)

    def record_loaded(self, record: PartitionRecord) -> None:
        """The lake now holds this; a refusal of the partition is over."""
        with self.transaction() as con:
            upsert(con, "partitions", record)
            _delete(con, "refusals", record.dataset, record.partition_date)

    def record_refused(self, refusal: RefusalRecord) -> None:
        """The landing files were refused; what the lake holds of the partition stays recorded."""
        with self.transaction() as con:
            upsert(con, "refusals", refusal)

    def drop_refusal(self, dataset: str, day: date) -> None:
        """The refused landing files are gone."""
        with self.transaction() as con:
            _delete(con, "refusals", dataset, day)

    def drop_partition(self, dataset: str, day: date) -> None:
        """The lake no longer holds the partition."""
        with self.transaction() as con:
            _delete(con, "partitions", dataset, day)

    def partition(self, dataset: str, day: date) -> PartitionRecord | None:
        """What the lake holds of the partition; None when nothing."""
        return next(iter(self.partitions(dataset, day, day)), None)

    def partitions(
        self, dataset: str | None = None, first: date | None = None, last: date | None = None
    ) -> list[PartitionRecord]:
        """What the lake holds, by dataset and date; bounds are inclusive."""
        return list(self._select("partitions", PartitionRecord, dataset, first, last))

    def newest_partition(self) -> date | None:
        """The newest day of which the lake holds a partition of any dataset; None when it holds nothing."""
        (newest,) = self.connection.execute("select max(partition_date) from partitions").fetchone()
        return date.fromisoformat(newest) if newest else None

    def loaded_partitions(self) -> list[PartitionRecord]:
        """The partitions whose state is loaded: without those whose newest landing files were refused."""
        refused = {(refusal.dataset, refusal.partition_date) for refusal in self.refusals()}
        return [record for record in self.partitions() if (record.dataset, record.partition_date) not in refused]

    def rewrites(self) -> list[PartitionRecord]:
        """Partitions that an erasure began to rewrite, as they will be."""
        return list(self._select("rewrites", PartitionRecord, None, None, None))

    def refusal(self, dataset: str, day: date) -> RefusalRecord | None:
        """The refusal of the partition's landing files; None when they are not refused."""
        return next(iter(self.refusals(dataset, day, day)), None)

    def refusals(
        self, dataset: str | None = None, first: date | None = None, last: date | None = None
    ) -> list[RefusalRecord]:
        """The refusals that stand, by dataset and date; bounds are inclusive."""
        return list(self._select("refusals", RefusalRecord, dataset, first, last))

    def state(self, dataset: str, day: date) -> State:
        """The partition's state; a refused one may still be in the lake as it was before."""
        if self.refusal(dataset, day):
            return "refused"
        return "loaded" if self.partition(dataset, day) else "missing"

    def _select(
        self, table: str, kind: type[_Record], dataset: str | None, first: date | None, last: date | None
    ) -> Iterator[_Record]:
        bounds = [
            (condition, value)
            for condition, value in (
                ("dataset = ?", dataset),
                ("partition_date >= ?", first and first.isoformat()),
                ("partition_date <= ?", last and last.isoformat()),
            )
            if value is not None
        ]
        where = f"where {' and '.join(condition for condition, _ in bounds)}" if bounds else ""
        names = [field.name for field in fields(kind)]
        rows = self.connection.execute(
            f"select {', '.join(names)} from {table} {where} order by dataset, partition_date",
            [value for _, value in bounds],
        )
        for row in rows:
            yield kind(**{name: _READERS[name](row[name]) if name in _READERS else row[name] for name in names})


def upsert(con: sqlite3.Connection, table: str, record: PartitionRecord | RefusalRecord) -> None:
    """Write a record to a table of its shape, over one of the same partition."""
    values = {field.name: _to_column(getattr(record, field.name)) for field in fields(record)}
    con.execute(
        f"insert or replace into {table} ({', '.join(values)}) values ({', '.join(f':{name}' for name in values)})",
        values,
    )


def _delete(con: sqlite3.Connection, table: str, dataset: str, day: date) -> None:
    con.execute(f"delete from {table} where dataset = ? and partition_date = ?", [dataset, day.isoformat()])


def _to_column(value: object) -> object:
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    if isinstance(value, tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return value
