"""Figures that derive from usage, as readers see them: unknown where no usage was delivered, and not 0.

`meta.usage_windows` of the publication says of which days, partners and products that is so.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from expectations.windows import LONG_USED_WINDOW_DAYS, USED_WINDOW_DAYS

_WEEK = ("used_licenses", "assigned_unused_licenses", "usage_ratio", "used_ratio", "license_usage_ratio")
_WHEN_ASSIGNED = ("license_usage_when_assigned_ratio", "used_of_assigned_ratio")
UNKNOWN_WHEN: Mapping[str, str] = {
    **dict.fromkeys((*_WEEK, *_WHEN_ASSIGNED), "usage_days = 0"),
    "weekly_usage_change": "usage_days = 0 or usage_days_week_before = 0",
    "used_licenses_90d": "usage_days_90d = 0",
}
"""Mart columns that derive from usage, each with when it is unknown, in columns of `meta.usage_windows`."""
_GRAIN = ("as_of_date", "partner_id", "product")
_TOLD_LATER = "changed_on"
"""The column of a mart whose figures are those of the week before."""
_PRODUCTS = "products"
"""The column of a mart over all products that names those of a row: one without usage leaves the sum unknown."""


@dataclass(frozen=True)
class WithoutUsage:
    """Days on which a partner has licences of a product, and no usage of it in the window that ends on them."""

    partner_id: str
    product: str
    window_days: int
    """The longer window's where that is empty as well."""
    days: tuple[date, ...]


def without_usage(connection: duckdb.DuckDBPyConnection, days: Collection[date]) -> list[WithoutUsage]:
    """The windows of a publication's days that hold no usage, by partner and product, the longer windows first."""
    rows = connection.execute(
        f"""
        select partner_id, product,
            case when usage_days_90d = 0 then {LONG_USED_WINDOW_DAYS} else {USED_WINDOW_DAYS} end as window_days,
            list(as_of_date order by as_of_date)
        from meta.usage_windows
        semi join (from marts.license_distribution_trend where subscriptions > 0) as held
            using (as_of_date, partner_id, product)
        where usage_days = 0 and list_contains(?, as_of_date)
        group by all order by partner_id, product, window_days desc
        """,
        [sorted(days)],
    ).fetchall()
    return [WithoutUsage(partner, product, window, tuple(found)) for partner, product, window, found in rows]


def known_usage(connection: duckdb.DuckDBPyConnection, relation: str, columns: Collection[str]) -> str:
    """A query of the relation's rows, with null where a figure would be of usage that was not delivered.

    Args:
        connection: a publication; one that an earlier version wrote says nothing of windows, and rows stay as they are.
        relation: a table of a mart's columns, as SQL.
        columns: its columns.
    """
    derived = {name: unknown for name, unknown in UNKNOWN_WHEN.items() if name in columns}
    there = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'meta' and table_name = 'usage_windows'"
    ).fetchone()
    if not derived or not there:
        return f"select * from {relation}"
    if _TOLD_LATER in columns:
        derived = dict.fromkeys(derived, "usage_days_week_before = 0")
    if _PRODUCTS in columns:
        unknown_of_any = {name: _of_any_product(unknown) for name, unknown in derived.items()}
        return f"select mart.* replace ({_replaced(unknown_of_any)}) from {relation} as mart"
    if not set(_GRAIN) <= set(columns):
        return f"select * from {relation}"
    return (
        f"select mart.* replace ({_replaced(derived)}) from {relation} as mart"
        f" left join meta.usage_windows as windows using ({', '.join(_GRAIN)})"
    )


def _replaced(derived: Mapping[str, str]) -> str:
    return ", ".join(f"case when {unknown} then null else {name} end as {name}" for name, unknown in derived.items())


def _of_any_product(unknown: str) -> str:
    """The same condition, of one of the products that a row names."""
    same = " and ".join(f"found.{name} = mart.{name}" for name in ("as_of_date", "partner_id"))
    return (
        f"exists (from meta.usage_windows as found"
        f" where {same} and contains(mart.{_PRODUCTS}, found.product) and ({unknown}))"
    )
