"""Which tables of schema `marts` are not one set of rows per as-of date and partner, and how those are treated.

Calendar and products are the same on every date: such a table has no as_of_date, and is replaced whole. Of a dimension
`marts_latest` holds each key's newest row, so that facts of any date find the key there, once.
"""

from collections.abc import Sequence

import duckdb

from contracts.dashboard import LATEST_BY_KEY


def dated(connection: duckdb.DuckDBPyConnection, marts: Sequence[str], catalog: str | None = None) -> frozenset[str]:
    """Those of the marts that have rows per as-of date; the others are the same on every date.

    Args:
        catalog: the database to look into, by its name; the connection's own when None.
    """
    found = connection.execute(
        "select table_name from duckdb_columns()"
        " where database_name = coalesce(?, current_database()) and schema_name = 'marts'"
        " and column_name = 'as_of_date' and list_contains(?, table_name)",
        [catalog, list(marts)],
    ).fetchall()
    return frozenset(name for (name,) in found)


def latest_rows(mart: str, *, is_dated: bool) -> str:
    """The query of a mart's rows for `marts_latest`, over `newest` (partner_id, as_of_date: each partner's newest)."""
    if not is_dated:
        return f'select * from marts."{mart}"'
    if key := LATEST_BY_KEY.get(mart):
        return (
            f'select mart.* from marts."{mart}" as mart'
            f' join (select {key}, max(as_of_date) as as_of_date from marts."{mart}" group by {key})'
            f" using ({key}, as_of_date)"
        )
    return f'select mart.* from marts."{mart}" as mart join newest using (partner_id, as_of_date)'
