"""Compare a published file with expected marts: schemas, columns, types and rows."""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from ..reference.comparing import differences, report
from ..reference.contract import CONSTANT_COLUMNS, DATASETS, MART_COLUMNS, OPTIONAL
from ..reference.marts import Marts, latest
from ..reference.raw import LOADED, Landing, days
from ..reference.star import constant_rows

TABLES = MART_COLUMNS | CONSTANT_COLUMNS

# What a range looks back on: D-89 for usage; D-7, and three days before that, for snapshots; D-3 for optional ones.
USAGE_DAYS_BEFORE, SNAPSHOT_DAYS_BEFORE, OPTIONAL_DAYS_BEFORE = 89, 10, 3


def assert_marts_equal(published: Path, expected: Marts) -> None:
    """Hold `marts` to the expected rows and `marts_latest` to each partner's newest ones (floats within 1e-9)."""
    failures = []
    constants = constant_rows()
    with duckdb.connect(str(published), read_only=True) as connection:
        for schema, rows in (("marts", expected), ("marts_latest", latest(expected))):
            failures += _table_failures(connection, schema)
            if not failures:
                failures += _row_failures(connection, schema, rows | constants)
    assert not failures, "\n".join(["the publication differs from the definitions", *failures])


def assert_ingestion_equal(published: Path, landing: Landing, first: date, last: date) -> None:
    """Hold `meta.ingestion` to the counts of every loaded partition that the range looks back on."""
    with duckdb.connect(str(published), read_only=True) as connection:
        fetched = connection.execute(
            "select dataset, partition_date, rows_read, rows_accepted, rows_quarantined, rows_duplicate"
            " from meta.ingestion"
        ).fetchall()
    found = {(dataset, day): tuple(counts) for dataset, day, *counts in fetched}
    wrong = []
    for dataset in DATASETS:
        before = SNAPSHOT_DAYS_BEFORE if dataset.is_snapshot else USAGE_DAYS_BEFORE
        before = OPTIONAL_DAYS_BEFORE if dataset in OPTIONAL else before
        for day in days(first - timedelta(days=before), last):
            partition = landing.partition(dataset, day)
            counts = (
                partition.rows_read,
                partition.rows_accepted,
                len(partition.quarantined),
                partition.rows_duplicate,
            )
            ingested = found.get((dataset.name, day))
            if partition.state == LOADED and ingested != counts:
                wrong.append(f"{dataset.name} {day}: {ingested}, expected {counts}")
    assert not wrong, "\n".join(["rows read, accepted, quarantined, duplicate differ", *wrong])


def _table_failures(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    """Name tables that lack or are too many, kinds that are no table, columns out of order, other types."""
    kinds = dict(
        connection.execute(
            "select table_name, table_type from information_schema.tables where table_schema = ?", [schema]
        ).fetchall()
    )
    if set(kinds) != set(TABLES):
        return [f"{schema}: tables are {sorted(kinds)}, expected {sorted(TABLES)}"]
    failures = [f"{schema}.{mart}: is a {kind}" for mart, kind in kinds.items() if kind != "BASE TABLE"]
    for mart, columns in TABLES.items():
        found = connection.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = ? and table_name = ? order by ordinal_position",
            [schema, mart],
        ).fetchall()
        if found != list(columns.items()):
            different = [
                f"  is {is_}, expected {should}"
                for is_, should in zip(found, columns.items(), strict=False)
                if is_ != should
            ]
            size = f"{len(found)} columns, expected {len(columns)}"
            failures.append("\n".join([f"{schema}.{mart}: {size}", *different[:3]]))
    return failures


def _row_failures(connection: duckdb.DuckDBPyConnection, schema: str, expected: Marts) -> list[str]:
    failures = []
    for mart, columns in TABLES.items():
        fetched = connection.execute(f'select * from "{schema}"."{mart}"').fetchall()
        found = [dict(zip(columns, row, strict=True)) for row in fetched]
        lines = differences(mart, found, expected[mart])
        if lines:
            failures.append(report(schema, mart, lines))
    return failures
