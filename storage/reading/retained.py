"""Retention of some customers, as the mart has it of all: from the positions of the day a year before."""

from datetime import date, timedelta

from expectations.windows import RETENTION_DAYS
from storage.reading.customers import CUSTOMERS_MART
from storage.reading.filters import Filters
from storage.reading.opening import PublishedMarts, Row
from storage.reading.recomputed import POSITIONS

RETENTION_MART = "retention"
_FIGURES = {
    "base_customers": "count(base.customer_id)",
    "retained_customers": "count(case when base.held_now > 0 then 1 end)",
    "base_licenses": "coalesce(sum(base.held_then), 0)",
    "kept_licenses": "coalesce(sum(least(base.held_then, base.held_now)), 0)",
    "licenses_now": "coalesce(sum(base.held_now), 0)",
    "customer_retention": "count(case when base.held_now > 0 then 1 end) / nullif(count(base.customer_id), 0)",
    "gross_license_retention": "sum(least(base.held_then, base.held_now)) / nullif(sum(base.held_then), 0)",
    "net_license_retention": "sum(base.held_now) / nullif(sum(base.held_then), 0)",
}


def year_before(day: date) -> date:
    """The day that retention compares an as-of date with."""
    return day - timedelta(days=RETENTION_DAYS)


def retention_of(
    marts: PublishedMarts, partner: str, day: date, filters: Filters, product: str | None = None
) -> list[Row]:
    """The rows that the mart would have, were there no other customers: one a product.

    Whose a customer is says its newest day of the year, so that one that has gone counts as its last owner's. Figures
    are null where the mart's are, and where the day a year before is not published.

    Raises:
        StorageError: an earlier version published, without one of the marts.
    """
    marts.require(RETENTION_MART, CUSTOMERS_MART)
    first = year_before(day)
    meant = filters.condition(CUSTOMERS_MART, ("owner", "segment"), (first, day)) or "true"
    is_published = "true" if partner in marts.partners(first) else "false"
    figures = ", ".join(
        f"case when {is_published} and any_value(mart.base_customers) is not null then {sql} end as {name}"
        for name, sql in _FIGURES.items()
    )
    return marts.query(
        f"with newest as ({marts.selected(CUSTOMERS_MART, partner, first, day)}"
        " qualify row_number() over (partition by customer_id order by as_of_date desc) = 1),"
        f" meant as (select customer_id from newest where {meant}),"
        " base as (select product, customer_id,"
        f" sum(case when as_of_date = date '{first}' then total_licenses else 0 end) as held_then,"
        f" sum(case when as_of_date = date '{day}' then total_licenses else 0 end) as held_now"
        f" from ({marts.selected(POSITIONS, partner, first, day)})"
        f" where as_of_date in (date '{first}', date '{day}') and not is_trial and customer_id in (from meant)"
        " group by product, customer_id having held_then > 0)"
        f" select mart.as_of_date, mart.partner_id, mart.product, {figures}"
        f" from ({marts.selected(RETENTION_MART, partner, day, day, product=product)}) as mart"
        " left join base using (product) group by all order by mart.product desc"
    )
