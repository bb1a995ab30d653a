"""What the published file says, asked by DuckDB directly: the expected values of the dashboard's tests."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

PRODUCTS = {"Meetings": "meetings", "Calling": "calling"}

# place of the tile: mart, column, format. A partner's mart row holds the figure itself; the dashboard sums and divides.
HEAD_TILES = {
    "portfolio-total-customers": ("portfolio_kpis", "total_customers", ",d"),
    "portfolio-nearing-expiration": ("portfolio_kpis", "nearing_expiration_customers", ",d"),
    "portfolio-nearing-renewal": ("portfolio_kpis", "nearing_renewal_customers", ",d"),
    "portfolio-low-assignment": ("portfolio_kpis", "low_assignment_customers", ",d"),
    "portfolio-over-limit": ("portfolio_kpis", "over_limit_customers", ",d"),
}
PRODUCT_TILES = {
    "licences-purchased": ("license_distribution_trend", "total_licenses", ",d"),
    "licences-assignment": ("license_distribution_trend", "assignment_ratio", ".1%"),
    "licences-usage": ("license_distribution_trend", "usage_ratio", ".1%"),
    "added-new-customers": ("recently_added_kpis", "new_customers", ",d"),
    "added-licences": ("recently_added_kpis", "total_licenses", ",d"),
    "expiring-expiring-customers": ("expiring_kpis", "expiring_customers", ",d"),
    "expiring-licences": ("expiring_kpis", "total_licenses", ",d"),
    "expiring-licence-assignment": ("expiring_kpis", "license_assignment_ratio", ".1%"),
    "expiring-licence-usage": ("expiring_kpis", "license_usage_ratio", ".1%"),
    "renewing-renewing-customers": ("renewing_kpis", "renewing_customers", ",d"),
    "renewing-licences": ("renewing_kpis", "total_licenses", ",d"),
    "renewing-licence-assignment": ("renewing_kpis", "license_assignment_ratio", ".1%"),
    "renewing-licence-usage": ("renewing_kpis", "license_usage_ratio", ".1%"),
    "low-customers": ("low_assignment_kpis", "low_assignment_customers", ",d"),
    "low-licence-assignment": ("low_assignment_kpis", "license_assignment_ratio", ".1%"),
    "low-usage-when-assigned": ("low_assignment_kpis", "license_usage_when_assigned_ratio", ".1%"),
    "low-unassigned-licences": ("low_assignment_kpis", "total_unassigned_licenses", ",d"),
    "overage-customers-with-overages": ("overage_kpis", "customers_with_overages", ",d"),
    "overage-licences-in-overage": ("overage_kpis", "total_licenses_in_overage", ",d"),
    "overage-overage-per-customer": ("overage_kpis", "avg_license_overage", ",.1f"),
}

# place of the table: mart, its first columns after customer and subscription, order.
TABLES = {
    "added-table": ("recently_added_subscriptions", ("added_date", "days_since_added"), "days_since_added"),
    "expiring-table": ("expiring_subscriptions", ("expiration_date", "days_until_expiration"), "days_until_expiration"),
    "renewing-table": ("renewing_subscriptions", ("renewal_date", "days_until_renewal"), "days_until_renewal"),
    "low-table": ("low_assignment_subscriptions", ("total_licenses", "assigned_licenses"), "available_licenses desc"),
    "overage-table": ("overage_subscriptions", ("total_licenses", "assigned_licenses"), "overage_licenses desc"),
}

# place of the bars: mart.
SECTION_BARS = {
    "added-bars": "recently_added_subscriptions",
    "expiring-bars": "expiring_subscriptions",
    "renewing-bars": "renewing_subscriptions",
    "low-bars": "low_assignment_subscriptions",
}

SINGLE_CHARTS = ("licences-trend", "overage-bars", "portfolio-data-as-of")
"""Each is compared by a test of its own."""
NOT_COMPARED = ("feeds", "publication")
"""Tables of `meta`, of which only the width is looked at."""


def query(home: Path, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a query over the published file."""
    with duckdb.connect(home / "serving" / "portfolio.duckdb", read_only=True) as connection:
        return connection.execute(sql, list(parameters)).fetchall()


def tile(home: Path, mart: str, column: str, form: str, product: str | None) -> str:
    """What a tile has to show for the demo's one partner."""
    where, parameters = ("", []) if product is None else ("where product = ?", [product])
    ((value,),) = query(home, f"select {column} from marts_latest.{mart} {where}", parameters)
    return format(value, form)


def first_rows(home: Path, place: str, product: str) -> list[list[str]]:
    """The first ten rows of a section's table: customer, subscription and two more columns, as texts."""
    mart, columns, order = TABLES[place]
    rows = query(
        home,
        f"select customer_name, subscription_label, {', '.join(columns)} from marts_latest.{mart}"
        f" where product = ? order by {order}, customer_name, subscription_id limit 10",
        [product],
    )
    return [[value.isoformat() if isinstance(value, date) else _text(value) for value in row] for row in rows]


def _text(value: Any) -> str:
    return format(value, ",d") if isinstance(value, int) else str(value)


def publish(home: Path, statements: Sequence[str]) -> None:
    """Publish what the statements make of the file, as the pipeline does: written beside, moved into place."""
    published = home / "serving" / "portfolio.duckdb"
    beside = published.with_suffix(".new")
    beside.write_bytes(published.read_bytes())
    with duckdb.connect(beside) as connection:
        for statement in statements:
            connection.execute(statement)
    beside.replace(published)
