"""Head figures over some customers' rows, as the marts of figures have them over all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from contracts.dashboard import KEY_MART, PRODUCTS, TREND_MART
from expectations.sql_text import sql_text
from storage.reading.filters import Filters
from storage.reading.known_usage import known_usage
from storage.reading.opening import PublishedMarts, Row

POSITIONS = "license_positions"


def _total(column: str) -> str:
    """A sum that is 0 without rows, and null where a row's figure is unknown."""
    return f"case when count({column}) = count(subscription_id) then coalesce(sum({column}), 0) end"


def _ratio(part: str, whole: str) -> str:
    return f"{_total(part)} / nullif(sum({whole}), 0)"


_TOTALS = {name: _total(name) for name in ("total_licenses", "assigned_licenses", "used_licenses")}
_RATIOS = {
    "license_assignment_ratio": _ratio("assigned_licenses", "total_licenses"),
    "license_usage_ratio": _ratio("used_licenses", "total_licenses"),
}
_CUSTOMERS = "count(distinct customer_id)"


@dataclass(frozen=True)
class _Figures:
    """The columns of a mart of figures, as SQL over positions."""

    flag: str
    """What a position has to meet."""
    columns: Mapping[str, str] = field(default_factory=dict)


_OF_PRODUCTS: Mapping[str, _Figures] = {
    TREND_MART: _Figures(
        "true",
        {
            "customers": _CUSTOMERS,
            "subscriptions": "count(distinct subscription_id)",
            **_TOTALS,
            **{name: _total(name) for name in ("assigned_unused_licenses", "available_licenses", "overage_licenses")},
            "assignment_ratio": _RATIOS["license_assignment_ratio"],
            "usage_ratio": _RATIOS["license_usage_ratio"],
        },
    ),
    "recently_added_kpis": _Figures(
        "is_recently_added", {"new_customers": _CUSTOMERS, "total_licenses": _TOTALS["total_licenses"]}
    ),
    "expiring_kpis": _Figures("is_expiring", {"expiring_customers": _CUSTOMERS, **_TOTALS, **_RATIOS}),
    "renewing_kpis": _Figures("is_renewing", {"renewing_customers": _CUSTOMERS, **_TOTALS, **_RATIOS}),
    "low_assignment_kpis": _Figures(
        "is_low_assignment",
        {
            "low_assignment_customers": _CUSTOMERS,
            **_TOTALS,
            "license_assignment_ratio": _RATIOS["license_assignment_ratio"],
            "license_usage_when_assigned_ratio": _RATIOS["license_usage_ratio"],
            "used_of_assigned_ratio": _ratio("used_licenses", "assigned_licenses"),
            "total_unassigned_licenses": _total("available_licenses"),
        },
    ),
    "overage_kpis": _Figures(
        "is_over_limit",
        {
            "customers_with_overages": _CUSTOMERS,
            "total_licenses_in_overage": _total("overage_licenses"),
            "avg_license_overage": f"sum(overage_licenses) / nullif({_CUSTOMERS}, 0)",
        },
    ),
}
_KEY_FIGURES = {
    "total_customers": "true",
    "nearing_expiration_customers": "is_expiring",
    "nearing_renewal_customers": "is_renewing",
    "low_assignment_customers": "is_low_assignment",
    "over_limit_customers": "is_over_limit",
}
_MANAGED = "managed_customers"


def product_figures(
    marts: PublishedMarts, mart: str, partner: str, first: date, last: date, filters: Filters
) -> list[Row]:
    """The rows that a mart of `PRODUCT_KPIS` would have, were there no other customers: one a product and as-of date.

    The customers are those that are meant on the last of the dates, so that a trend is of the same ones throughout.
    """
    figures = _OF_PRODUCTS[mart]
    columns = ", ".join(f"{sql} as {name}" for name, sql in figures.columns.items())
    days = f"select as_of_date from marts.{KEY_MART} where partner_id = {sql_text(partner)} and {_between(first, last)}"
    return marts.query(
        f"with found as (select * from ({_positions(marts, partner, last, filters)})"
        f" where {_between(first, last)} and {figures.flag})"
        f" select as_of_date, product, {columns} from ({days}) cross join (select unnest({list(PRODUCTS)}) as product)"
        " left join found using (as_of_date, product) group by all order by as_of_date"
    )


def key_figures(marts: PublishedMarts, partner: str, day: date, filters: Filters) -> Row:
    """The row that `portfolio_kpis` would have, were there no other customers."""
    columns = ", ".join(
        f"count(distinct case when {flag} then customer_id end) as {name}" for name, flag in _KEY_FIGURES.items()
    )
    managed = filters.condition("dim_customers", marts.columns.get("dim_customers", ()), (day, day))
    (row,) = marts.query(
        f"select {columns}, (select count(*) from marts.dim_customers where partner_id = {sql_text(partner)}"
        f" and {_between(day, day)} and is_managed and {managed or 'true'}) as {_MANAGED}"
        f" from ({_positions(marts, partner, day, filters)}) where {_between(day, day)}"
    )
    return row


def _positions(marts: PublishedMarts, partner: str, day: date, filters: Filters) -> str:
    columns = marts.columns.get(POSITIONS, ())
    return (
        f"select * from ({known_usage(marts.connection, f'marts.{POSITIONS}', columns)})"
        f" where partner_id = {sql_text(partner)} and customer_id in ({filters.customers_on(partner, day)})"
    )


def _between(first: date, last: date) -> str:
    return f"as_of_date between date '{first}' and date '{last}'"
