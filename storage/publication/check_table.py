"""`meta.check_results` of a published file: what the checks found, and what a person accepted of it."""

import json
from collections.abc import Sequence

import duckdb
import pyarrow as pa

from expectations.given_rows import give, take_back
from storage.ledger.recorded_checks import RecordedResult

_COLUMNS: dict[str, pa.DataType] = {
    "asset": pa.string(),
    "check_name": pa.string(),
    "first_date": pa.date32(),
    "last_date": pa.date32(),
    "partner_id": pa.string(),
    "severity": pa.string(),
    "status": pa.string(),
    "failures": pa.int64(),
    "message": pa.string(),
    "sample": pa.string(),
    "run_id": pa.string(),
    "checked_at": pa.timestamp("us"),
    "accepted_reason": pa.string(),
    "accepted_at": pa.timestamp("us"),
}
_SCHEMA = pa.schema(_COLUMNS)


def check_results_table(connection: duckdb.DuckDBPyConnection, results: Sequence[RecordedResult]) -> None:
    """Write `meta.check_results`: a row per result in the ledger; times are UTC, `sample` is a JSON list of rows."""
    connection.execute("create schema if not exists meta")
    give(connection, "checked", pa.Table.from_pylist([_row(found) for found in results], schema=_SCHEMA))
    connection.execute(
        "create or replace table meta.check_results as from checked order by asset, check_name, first_date"
    )
    take_back(connection, "checked")


def _row(found: RecordedResult) -> dict[str, object]:
    result = found.result
    accepted = found.status == "accepted"
    return {
        "asset": result.asset,
        "check_name": result.check_name,
        "first_date": result.first_date,
        "last_date": result.last_date,
        "partner_id": result.partner_id,
        "severity": result.severity.value,
        "status": found.status,
        "failures": result.failures,
        "message": result.message or None,
        "sample": json.dumps([dict(row) for row in result.sample], ensure_ascii=False) if result.sample else None,
        "run_id": found.run_id,
        "checked_at": found.checked_at.replace(tzinfo=None),
        "accepted_reason": found.accepted_reason if accepted else None,
        "accepted_at": found.accepted_at.replace(tzinfo=None) if accepted and found.accepted_at else None,
    }
