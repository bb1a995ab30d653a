"""`meta.usage_windows` of a published file: whether a partner delivered usage of a product at all."""

from collections.abc import Sequence
from dataclasses import astuple, fields

import duckdb
import pyarrow as pa

from expectations.given_rows import give, take_back
from storage.ledger.usage_windows import UsageWindow


def usage_windows_table(connection: duckdb.DuckDBPyConnection, windows: Sequence[UsageWindow]) -> None:
    """Write `meta.usage_windows` of a published file: the rows of the days and partners that it holds."""
    names = [field.name for field in fields(UsageWindow)]
    types = [pa.date32(), pa.string(), pa.string(), *[pa.int64()] * 3]
    columns = list(zip(*map(astuple, windows), strict=True)) or [()] * len(names)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    give(connection, "windows", pa.table(arrays, names=names))
    connection.execute(
        "create or replace table meta.usage_windows as select * from windows"
        " semi join marts.portfolio_kpis as published using (as_of_date, partner_id)"
        " order by as_of_date, partner_id, product"
    )
    take_back(connection, "windows")
