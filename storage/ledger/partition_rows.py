"""Rows that are of a partition, as records: what the tables of partitions, rewrites and refusals have in common.

Each function is told its table by the module that owns it. Those that write are steps of their caller's transaction.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeVar

from planning.records import PartitionRecord, RefusalRecord

PARTITION_COLUMNS = """
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
"""The columns of a `PartitionRecord`."""

_Record = TypeVar("_Record", PartitionRecord, RefusalRecord)
_READERS: Mapping[str, Callable[[str], Any]] = {
    "partition_date": date.fromisoformat,
    "ingested_at": datetime.fromisoformat,
    "refused_at": datetime.fromisoformat,
    "unexpected_columns": lambda text: () if text == "[]" else tuple(json.loads(text)),
    "ignored_files": lambda text: () if text == "[]" else tuple(json.loads(text)),
    "reasons": lambda text: {} if text == "{}" else json.loads(text),
    "partners": json.loads,
}


def select(
    connection: sqlite3.Connection,
    table: str,
    kind: type[_Record],
    dataset: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Iterator[_Record]:
    """The table's records, by dataset and date; bounds are inclusive."""
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
    rows = connection.execute(
        f"select {', '.join(names)} from {table} {where} order by dataset, partition_date",
        [value for _, value in bounds],
    )
    readers = [_READERS.get(name) for name in names]
    for row in rows:
        yield kind(*(read(value) if read else value for read, value in zip(readers, row, strict=True)))


def oldest(connection: sqlite3.Connection, table: str) -> date | None:
    """The oldest day of which the table has a partition of any dataset; None when it has none."""
    (day,) = connection.execute(f"select min(partition_date) from {table}").fetchone()
    return date.fromisoformat(day) if day else None


def upsert(connection: sqlite3.Connection, table: str, record: PartitionRecord | RefusalRecord) -> None:
    """Write a record over one of the same partition."""
    values = {field.name: _to_column(getattr(record, field.name)) for field in fields(record)}
    connection.execute(
        f"insert or replace into {table} ({', '.join(values)}) values ({', '.join(f':{name}' for name in values)})",
        values,
    )


def delete(connection: sqlite3.Connection, table: str, dataset: str, day: date) -> None:
    """Delete a partition's row."""
    connection.execute(f"delete from {table} where dataset = ? and partition_date = ?", [dataset, day.isoformat()])


def delete_before(connection: sqlite3.Connection, table: str, dataset: str, kept_from: date) -> None:
    """Delete the rows of the dataset's partitions before a day."""
    connection.execute(
        f"delete from {table} where dataset = ? and partition_date < ?", [dataset, kept_from.isoformat()]
    )


def set_landing_facts(
    connection: sqlite3.Connection, table: str, record: PartitionRecord | RefusalRecord, facts: Mapping[str, object]
) -> None:
    """Set columns of a record's row, unless someone has ingested other landing files since the record was read."""
    connection.execute(
        f"update {table} set {', '.join(f'{name} = ?' for name in facts)}"
        " where dataset = ? and partition_date = ? and landing_signature = ? and landing_hash = ?",
        [
            *map(_to_column, facts.values()),
            record.dataset,
            record.partition_date.isoformat(),
            record.landing_signature,
            record.landing_hash,
        ],
    )


def _to_column(value: object) -> object:
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    if isinstance(value, tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return value
