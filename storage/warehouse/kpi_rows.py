"""Whether the KPI marts have the rows that they always have: a day that lost all of its rows looks like a quiet one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import duckdb
import pyarrow as pa

from contracts.dashboard import KEY_MART, PRODUCT_KPIS, PRODUCTS
from expectations.given_rows import give, take_back

_TYPES = {"as_of_date": pa.date32(), "partner_id": pa.string(), "product": pa.string()}
_EACH = {2: "one for each partner", 3: "one for each partner and product"}


def wrong_kpi_rows(connection: duckdb.DuckDBPyConnection, partners: Mapping[date, Collection[str]]) -> str:
    """The first KPI mart without exactly one row for each partner, and product, of some days, in words; or nothing.

    Args:
        connection: a database with schema `marts`.
        partners: those that have all three snapshots, by as-of day.
    """
    pairs = [(day, partner) for day, of_day in partners.items() for partner in of_day]
    triples = [(*pair, product) for pair in pairs for product in PRODUCTS]
    wanted: dict[str, Sequence[tuple[object, ...]]] = {KEY_MART: pairs, **dict.fromkeys(PRODUCT_KPIS, triples)}
    problems = (_difference(connection, mart, keys, list(partners)) for mart, keys in wanted.items() if keys)
    return next((problem for problem in problems if problem), "")


def _difference(
    connection: duckdb.DuckDBPyConnection, mart: str, keys: Sequence[tuple[object, ...]], days: Sequence[date]
) -> str:
    names = ("as_of_date", "partner_id", "product")[: len(keys[0])]
    wanted = pa.table({name: pa.array([key[i] for key in keys], _TYPES[name]) for i, name in enumerate(names)})
    give(connection, "wanted_rows", wanted)
    try:
        found = connection.execute(
            f"""
            with counted as (
                select {", ".join(names)}, count(*) as found_rows from marts.{mart}
                where list_contains($days, as_of_date) group by all
            )
            select as_of_date, coalesce(sum(found_rows), 0)::bigint, count(wanted)
            from (select *, true as wanted from wanted_rows) as wanted_rows
            full join counted using ({", ".join(names)})
            group by as_of_date
            having bool_or(wanted is null or found_rows is distinct from 1)
            order by as_of_date limit 1
            """,
            {"days": days},
        ).fetchone()
    finally:
        take_back(connection, "wanted_rows")
    return f"{mart} has {found[1]:,} rows on {found[0]}, not {found[2]:,} ({_EACH[len(names)]})" if found else ""
