"""What usage the as-of days of the last build saw: the part of `storage.ledger.usage_windows` that looks it up."""

from collections.abc import Collection
from datetime import date

from expectations.windows import LONG_USED_WINDOW_DAYS, USED_WINDOW_DAYS, WEEKLY_CHANGE_DAYS
from storage.ledger.usage_windows import UsageWindow
from storage.warehouse.queries import Queries


def read_usage_windows(warehouse: Queries, days: Collection[date]) -> list[UsageWindow]:
    """The windows of some days that were just built: one for each partner of the day, and each product of the marts.

    Args:
        warehouse: with the marts of the days, and `raw.license_usage` as they saw it.
    """
    if not days:
        return []
    short, long, week = USED_WINDOW_DAYS, LONG_USED_WINDOW_DAYS, WEEKLY_CHANGE_DAYS
    listed = ", ".join(f"date '{day}'" for day in sorted(days))
    rows = warehouse.rows(f"""
        with usage as (
            select distinct partner_id, product, activity_date from {warehouse.table("raw", "license_usage")}
        )
        select built.as_of_date, built.partner_id, built.product,
            count(case when activity_date > as_of_date - {short} then 1 end),
            count(activity_date),
            count(case when activity_date between as_of_date - {week + short - 1} and as_of_date - {week} then 1 end)
        from {warehouse.table("marts", "license_distribution_trend")} as built
        left join usage
            on usage.partner_id = built.partner_id and usage.product = built.product
            and usage.activity_date between built.as_of_date - {long - 1} and built.as_of_date
        where built.as_of_date between date '{min(days)}' and date '{max(days)}' and built.as_of_date in ({listed})
        group by built.as_of_date, built.partner_id, built.product
        order by built.as_of_date, built.partner_id, built.product
    """)
    return [UsageWindow(*row) for row in rows]
