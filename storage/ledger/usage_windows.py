"""Whether a partner delivered usage of a product at all: marts count 0 where nobody used it, and where nothing came.

It is looked up when a day is built, from the same rows as its marts, kept in the ledger, and published as
`meta.usage_windows`; what reads the publication shows figures without any usage behind them as unknown.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date

import duckdb
import pyarrow as pa

from expectations.windows import LONG_USED_WINDOW_DAYS, USED_WINDOW_DAYS, WEEKLY_CHANGE_DAYS
from storage.ledger.ledger import Ledger

_WEEK = ("used_licenses", "assigned_unused_licenses", "usage_ratio", "used_ratio", "license_usage_ratio")
_WHEN_ASSIGNED = ("license_usage_when_assigned_ratio", "used_of_assigned_ratio")
UNKNOWN_WHEN: Mapping[str, str] = {
    **dict.fromkeys((*_WEEK, *_WHEN_ASSIGNED), "usage_days = 0"),
    "weekly_usage_change": "usage_days = 0 or usage_days_week_before = 0",
    "used_licenses_90d": "usage_days_90d = 0",
}
"""Mart columns that derive from usage, each with when it is unknown, in columns of `meta.usage_windows`."""
_GRAIN = ("as_of_date", "partner_id", "product")


@dataclass(frozen=True)
class UsageWindow:
    """The activity dates with a row of a partner and product that an as-of day sees."""

    as_of_date: date
    partner_id: str
    product: str
    usage_days: int
    """Of the window of used licences."""
    usage_days_90d: int
    usage_days_week_before: int
    """Of that window as the weekly change sees it, a week before."""


def read_usage_windows(warehouse: duckdb.DuckDBPyConnection, days: Collection[date]) -> list[UsageWindow]:
    """The windows of some days that were just built: one for each partner of the day, and each product of the marts.

    Args:
        warehouse: with the marts of the days, and `raw.license_usage` as they saw it.
    """
    if not days:
        return []
    short, long, week = USED_WINDOW_DAYS, LONG_USED_WINDOW_DAYS, WEEKLY_CHANGE_DAYS
    rows = warehouse.execute(
        f"""
        with usage as (select distinct partner_id, product, activity_date from raw.license_usage)
        select built.as_of_date, built.partner_id, built.product,
            count(case when activity_date > as_of_date - {short} then 1 end),
            count(activity_date),
            count(case when activity_date between as_of_date - {week + short - 1} and as_of_date - {week} then 1 end)
        from marts.license_distribution_trend as built
        left join usage
            on usage.partner_id = built.partner_id and usage.product = built.product
            and usage.activity_date between built.as_of_date - {long - 1} and built.as_of_date
        where built.as_of_date between ? and ? and list_contains(?, built.as_of_date)
        group by all order by all
        """,
        [min(days), max(days), sorted(days)],
    ).fetchall()
    return [UsageWindow(*row) for row in rows]


class UsageWindows:
    """The usage windows of a ledger's built days; a day that was built by an earlier version has none."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def record(self, first: date, last: date, windows: Iterable[UsageWindow]) -> None:
        """Store the windows of a build of first..last in place of earlier ones."""
        with self._ledger.transaction() as connection:
            connection.execute(
                "delete from usage_windows where as_of_date between ? and ?", [first.isoformat(), last.isoformat()]
            )
            connection.executemany(
                "insert into usage_windows values (?, ?, ?, ?, ?, ?)",
                [(window.as_of_date.isoformat(), *astuple(window)[1:]) for window in windows],
            )

    def read(self, days: Collection[date]) -> list[UsageWindow]:
        """The windows of some days, by day, partner and product."""
        rows = self._ledger.connection.execute("select * from usage_windows order by as_of_date, partner_id, product")
        found = (UsageWindow(date.fromisoformat(row["as_of_date"]), *tuple(row)[1:]) for row in rows)
        return [window for window in found if window.as_of_date in days]


def usage_windows_table(connection: duckdb.DuckDBPyConnection, windows: Sequence[UsageWindow]) -> None:
    """Write `meta.usage_windows` of a published file: the rows of the days and partners that it holds."""
    names = [field.name for field in fields(UsageWindow)]
    types = [pa.date32(), pa.string(), pa.string(), *[pa.int64()] * 3]
    columns = list(zip(*map(astuple, windows), strict=True)) or [()] * len(names)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    connection.register("windows", pa.table(arrays, names=names))
    connection.execute(
        "create or replace table meta.usage_windows as select * from windows"
        " semi join marts.portfolio_kpis as published using (as_of_date, partner_id)"
        " order by as_of_date, partner_id, product"
    )
    connection.unregister("windows")


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
    if not derived or not there or not set(_GRAIN) <= set(columns):
        return f"select * from {relation}"
    replaced = ", ".join(
        f"case when {unknown} then null else {name} end as {name}" for name, unknown in derived.items()
    )
    return (
        f"select mart.* replace ({replaced}) from {relation} as mart"
        f" left join meta.usage_windows as windows using ({', '.join(_GRAIN)})"
    )
