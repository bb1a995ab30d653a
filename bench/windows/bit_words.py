"""Ours: the SQL that the macro `usage_windows` of dbt_project compiles to, for a run of days; a test compares the two.

Each activity date knows, as bits, the as-of days on which it counts. An OR per holder, and a count of holders per bit,
answer all days at once: no sort, no join by range, no running sum.
"""

WINDOWS = {"used_licenses": 7, "used_licenses_90d": 90}
POSITION = ("partner_id", "subscription_id", "product")


def bit_words(days: int) -> str:
    """DuckDB's variant over the tables `usage` and `as_of_dates`, which has so many days, in a row."""
    words = range(-(-days // 64))
    columns = [f"{name}_{word}" for name in WINDOWS for word in words]
    bits = [
        f"bit_or(case when word = {word} and days_ago < {length} then day_bit else 0 end) as {name}_{word}"
        for name, length in WINDOWS.items()
        for word in words
    ]
    counts = [
        "unnest(["
        + ", ".join(f"count(case when {name}_{day // 64} & {2 ** (day % 64)} <> 0 then 1 end)" for day in range(days))
        + f"]) as {name}"
        for name in WINDOWS
    ]
    ored = ", ".join(f"bit_or(date_bits.{column}) as {column}" for column in columns)
    activity = ", ".join(f"activity.{column}" for column in POSITION)
    return f"""
        with numbered_days as (
            select as_of_date, row_number() over (order by as_of_date) - 1 as day_number from as_of_dates
        ),
        activity_dates as (
            select as_of_date - cast(days_ago as integer) as activity_date, days_ago, day_number // 64 as word,
                cast(1 as ubigint) << cast(day_number % 64 as ubigint) as day_bit
            from numbered_days cross join range({max(WINDOWS.values())}) as look_back (days_ago)
        ),
        date_bits as (
            select activity_date, {", ".join(bits)} from activity_dates group by activity_date
        ),
        holders as materialized (
            select {activity}, {ored}, activity.user_id
            from usage as activity inner join date_bits on activity.activity_date = date_bits.activity_date
            group by {activity}, activity.user_id
        ),
        positions as materialized (
            select {", ".join(POSITION)}, row_number() over () as position_number
            from holders group by {", ".join(POSITION)}
        ),
        day_counts as (
            select positions.position_number, {", ".join(counts)}, unnest(range({days})) as day_number
            from holders inner join positions on {" and ".join(f"holders.{c} = positions.{c}" for c in POSITION)}
            group by positions.position_number
        )
        select numbered_days.as_of_date, {", ".join(f"positions.{column}" for column in POSITION)},
            {", ".join(f"cast(day_counts.{name} as bigint) as {name}" for name in WINDOWS)}
        from day_counts
        inner join numbered_days on day_counts.day_number = numbered_days.day_number
        inner join positions on day_counts.position_number = positions.position_number
        where day_counts.used_licenses_90d > 0
    """
