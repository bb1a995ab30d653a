"""Ours for other databases: the SQL that the macro's portable default compiles to; a test compares the two."""

from .task import LONG, SHORT

POSITION = "partner_id, subscription_id, product"


def spells() -> str:
    """Spells of activity, and a running sum of their ends, over the tables `usage` and `as_of_dates`."""
    holder = f"partition by {POSITION}, user_id order by activity_date nulls last"
    ends = "".join(
        f"""
            union all
            select {POSITION}, (activity_date + ({days})) as change_date,
                {-1 if days == SHORT else 0} as change_short, {-1 if days == LONG else 0} as change_long
            from activity where next_date is null or cast(next_date - activity_date as bigint) > {days}"""
        for days in (SHORT, LONG)
    )
    running = f"partition by {POSITION} order by change_date nulls last"
    return f"""
        with activity as (
            select {POSITION}, activity_date,
                lag(activity_date) over ({holder}) as previous_date,
                lead(activity_date) over ({holder}) as next_date
            from usage
        ),
        spell_edges as (
            select {POSITION}, activity_date as change_date, 1 as change_short,
                case
                    when previous_date is null or cast(activity_date - previous_date as bigint) > {LONG} then 1 else 0
                end as change_long
            from activity where previous_date is null or cast(activity_date - previous_date as bigint) > {SHORT}{ends}
        ),
        changes as (
            select {POSITION}, change_date, sum(change_short) as change_short, sum(change_long) as change_long
            from spell_edges group by {POSITION}, change_date
        ),
        holders as (
            select {POSITION}, change_date as first_date,
                lead(change_date) over ({running}) as next_change_date,
                cast(sum(change_short) over ({running}) as bigint) as used_licenses,
                cast(sum(change_long) over ({running}) as bigint) as used_licenses_90d
            from changes
        )
        select as_of_dates.as_of_date, holders.partner_id, holders.subscription_id, holders.product,
            holders.used_licenses, holders.used_licenses_90d
        from as_of_dates as as_of_dates
        inner join holders
            on as_of_dates.as_of_date >= holders.first_date and as_of_dates.as_of_date < holders.next_change_date
        where holders.used_licenses_90d > 0
    """
