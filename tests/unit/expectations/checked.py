"""Partitions as they are delivered, and what the row checks make of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from expectations.breaker import Counts
from expectations.contract import (
    Dataset,
    Reason,
)
from expectations.delivery import MALFORMED_SCHEMA, RECORD_NUMBER, DeliveredFile
from expectations.quarantine import check_partition

DAY = date(2026, 3, 1)

KEY = bytes(range(32))

GOOD: dict[str, dict[str, str | None]] = {
    "customers": {"partner_id": "p", "customer_id": "c", "customer_name": "n"},
    "subscriptions": {
        "partner_id": "p",
        "customer_id": "c",
        "subscription_id": "s",
        "is_trial": "false",
        "status": "active",
        "start_date": "2026-01-01",
        "auto_renew": "true",
    },
    "license_assignments": {
        "partner_id": "p",
        "customer_id": "c",
        "subscription_id": "s",
        "product": "meetings",
        "license_code": "EE",
        "total_licenses": "10",
        "assigned_licenses": "5",
    },
    "license_usage": {
        "partner_id": "p",
        "customer_id": "c",
        "subscription_id": "s",
        "product": "meetings",
        "user_id": "u",
        "activity_count": "1",
    },
    "contract_lines": {
        "partner_id": "p",
        "customer_id": "c",
        "subscription_id": "s",
        "product": "meetings",
        "license_code": "EE",
        "currency": "EUR",
    },
    "accounts": {"partner_id": "p", "customer_id": "c"},
}

MISSING, BAD = [Reason.MISSING_REQUIRED], [Reason.BAD_TYPE]


def delivered(
    dataset: Dataset,
    rows: Sequence[dict[str, Any]],
    name: str = "a.csv",
    malformed: Sequence[tuple[int, list[str]]] = (),
) -> DeliveredFile:
    columns = {name for row in rows for name in row} or set(dataset.column_names)
    skipped = {number for number, _ in malformed}
    numbers = [n for n in range(1, len(rows) + len(skipped) + 1) if n not in skipped]
    table: dict[str, Any] = {
        column: pa.array([row.get(column) for row in rows], pa.bool_() if column.startswith("wrong") else pa.string())
        for column in columns
    }
    bad = pa.array(
        [{"record_number": n, "fields": fields} for n, fields in malformed], pa.struct(list(MALFORMED_SCHEMA))
    )
    return DeliveredFile(
        name, pa.table(table | {RECORD_NUMBER: pa.array(numbers, pa.int64())}), pa.Table.from_struct_array(bad)
    )


class Result:
    def __init__(self, con: duckdb.DuckDBPyConnection, dataset: Dataset, *files: DeliveredFile) -> None:
        checked = check_partition(con, dataset, DAY, files)
        self.counts: Counts = checked.counts
        self.content_hash = checked.content_hash
        self.accepted = con.execute(checked.accepted_sql).fetchall()
        self.quarantined = con.execute(checked.quarantined_sql).fetchall() if checked.quarantined_sql else []
        counts = self.counts
        assert counts.rows_read == sum(file.rows_read for file in files)
        assert counts.rows_read == counts.rows_accepted + counts.rows_quarantined + counts.rows_duplicate
        assert len(self.quarantined) == counts.rows_quarantined
        assert sum(counts.partners.values()) == counts.rows_accepted


def verdict(con: duckdb.DuckDBPyConnection, dataset: Dataset, **changes: str | None) -> list[str] | dict[str, Any]:
    """The one row's reasons, or its typed values when it is accepted."""
    result = Result(con, dataset, delivered(dataset, [GOOD[dataset.name] | changes]))
    if result.quarantined:
        return list(result.quarantined[0][4])
    return dict(zip(dataset.column_names, result.accepted[0], strict=True))
