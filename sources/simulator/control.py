"""Control totals of a simulated day: what its files hold, for each partner and dataset."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from expectations.contract import LICENSE_ASSIGNMENTS

_SUMS = ("total_licenses", "assigned_licenses")


def control_totals(tables: Mapping[str, pa.Table]) -> pa.Table:
    """A row per partner and dataset: rows, and for license_assignments the licences."""
    found: list[dict[str, Any]] = []
    for dataset, table in tables.items():
        sums = _SUMS if dataset == LICENSE_ASSIGNMENTS.name else ()
        columns: dict[str, Any] = {name: table.column(name) for name in sums}
        # As text: a dictionary holds a partner once a customer, and each would be a group.
        columns["partner_id"] = table.column("partner_id").cast(pa.string())
        wanted: list[Any] = [([], "count_all"), *((name, "sum") for name in sums)]
        counted = pa.table(columns).group_by("partner_id").aggregate(wanted)
        for row in sorted(counted.to_pylist(), key=lambda row: str(row["partner_id"])):
            licences = {name: row.get(f"{name}_sum") for name in _SUMS}
            found.append({"partner_id": row["partner_id"], "dataset": dataset, "rows": row["count_all"], **licences})
    fields: list[tuple[str, pa.DataType]] = [("partner_id", pa.string()), ("dataset", pa.string())]
    fields += [(name, pa.int64()) for name in ("rows", *_SUMS)]
    return pa.Table.from_pylist(found, schema=pa.schema(fields))
