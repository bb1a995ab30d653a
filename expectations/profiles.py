"""Profiles: what a partition holds of each partner, in counts and sums that later partitions are compared with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb

from expectations.contract import LICENSE_ASSIGNMENTS, Dataset
from expectations.given_rows import give, take_back

MOST_CODES = 1000
"""Licence codes that a profile keeps; a partner with more is not asked for new ones."""


@dataclass(frozen=True)
class Profile:
    """A partner's part of one partition, in accepted rows."""

    day: date
    partner_id: str
    rows: int
    total_licenses: int = 0
    assigned_licenses: int = 0
    products: Mapping[str, int] = field(default_factory=dict)
    """Licences of each product, or usage rows."""
    license_codes: frozenset[str] | None = frozenset()
    """None where there are too many to keep."""


@dataclass(frozen=True)
class Lost:
    """How many customers (or subscriptions) a partner's snapshot before had, how many are gone, and a few of these."""

    before: int
    lost: int
    sample: tuple[str, ...] = ()


def read_profiles(con: duckdb.DuckDBPyConnection, dataset: Dataset, relation: str) -> list[Profile]:
    """The profiles of every partition in a relation: the contract's columns and the date column, as SQL."""
    has_products = "product" in dataset.column_names
    has_licenses = dataset is LICENSE_ASSIGNMENTS
    product = "product" if has_products else "null"
    totals = "sum(total_licenses), sum(assigned_licenses)" if has_licenses else "0, 0"
    codes = "list(distinct license_code)" if has_licenses else "[]::varchar[]"
    found = con.execute(f"""
        select day, partner_id, sum(rows)::bigint, sum(total)::hugeint, sum(assigned)::hugeint,
            list(product order by product), list({"total" if has_licenses else "rows"} order by product),
            list_sort(list_distinct(flatten(list(codes))))
        from (
            select {dataset.date_column}, partner_id, {product}, count(*), {totals}, {codes}
            from {relation} group by all
        ) as by_product (day, partner_id, product, rows, total, assigned, codes)
        group by day, partner_id order by day, partner_id
    """).fetchall()
    return [
        Profile(
            day=day,
            partner_id=partner,
            rows=rows,
            total_licenses=int(total),
            assigned_licenses=int(assigned),
            products={name: int(weight) for name, weight in zip(names, weights, strict=True)} if has_products else {},
            license_codes=frozenset(codes) if len(codes) <= MOST_CODES else None,
        )
        for day, partner, rows, total, assigned, names, weights, codes in found
    ]


def read_lost(
    con: duckdb.DuckDBPyConnection, relation: str, key: str, pairs: Iterable[tuple[date, str, date]], sample: int = 5
) -> dict[tuple[date, str], Lost]:
    """Which customers or subscriptions are gone, by day and partner.

    Args:
        relation: a snapshot with snapshot_date, partner_id and the key, as SQL.
        key: the column that names one within a partner, such as customer_id.
        pairs: day, partner and the day before that the partner's snapshot is compared with.
    """
    import pyarrow as pa  # the ledger's readers take profiles, and do without it

    listed = list(pairs)
    if not listed:
        return {}
    columns: Sequence[Sequence[object]] = list(zip(*listed, strict=True))
    give(
        con,
        "compared_days",
        pa.table(
            [pa.array(columns[0], pa.date32()), pa.array(columns[1], pa.string()), pa.array(columns[2], pa.date32())],
            names=["day", "partner_id", "day_before"],
        ),
    )
    try:
        found = con.execute(f"""
            with snapshots as materialized (select snapshot_date, partner_id, {key} as id from {relation})
            select day, partner_id, count(*), count(case when gone then 1 end),
                list(case when gone then id end order by id)
            from (
                select pairs.day, pairs.partner_id, earlier.id, later.id is null as gone
                from compared_days as pairs
                inner join snapshots as earlier
                    on earlier.snapshot_date = pairs.day_before and earlier.partner_id = pairs.partner_id
                left join snapshots as later
                    on later.snapshot_date = pairs.day and later.partner_id = pairs.partner_id
                    and later.id = earlier.id
            )
            group by day, partner_id
        """).fetchall()
    finally:
        take_back(con, "compared_days")
    return {
        (day, partner): Lost(before, lost, tuple([name for name in names if name is not None][:sample]))
        for day, partner, before, lost, names in found
    }
