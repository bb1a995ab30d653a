"""Ours: the SQL that the macro `usage_windows` of dbt_project compiles to, for a run of days; a test compares the two.

A user's active days are bits. Shifting and OR-ing widens them to windows, and a sum per bit counts users, two days at a
time. No sort, no join by range, no running sum.
"""

WINDOWS = {"used_licenses": 7, "used_licenses_90d": 90}
POSITION = ("partner_id", "subscription_id", "product")
WORD, LANE = 62, 31
"""Days of a word, and bits of a sum that count the users of one day."""


def bit_words(days: int) -> str:
    """DuckDB's variant over the tables `usage` and `as_of_dates`, of which the second has so many days, in a row."""
    words = range(-(-days // WORD))
    numbers = range(WORD * len(words))
    longest, position = max(WINDOWS.values()), ", ".join(POSITION)
    activity = ", ".join(f"activity.{column}" for column in POSITION)
    active = ", ".join(_active_days(word) for word in words)
    kept = [f"{name}_{word}" for name in WINDOWS for word in words]
    sums = (f"sum(({column} >> {bit}) & {2**LANE + 1}) as {column}_{bit}" for column in kept for bit in range(LANE))
    counts = ", ".join(f"unnest([{', '.join(_count(name, day) for day in numbers)}]) as {name}" for name in WINDOWS)
    return f"""
        with first_days as (
            select min(as_of_date) as first_day from as_of_dates
        ),
        activities as (
            select {activity}, activity.user_id, activity.activity_date - first_days.first_day as day_number
            from usage as activity cross join first_days
        ),
        holders as (
            select {position}, user_id, {active},
                coalesce(min(case when day_number < 0 then -day_number end), {longest}) as days_before
            from activities group by {position}, user_id
        ),
        {_widened(position, words)}
        day_sums as (
            select {position}, {", ".join(sums)} from {list(WINDOWS)[-1]} group by {position}
        ),
        day_counts as (
            select {position}, {counts}, unnest(range({len(numbers)})) as day_number from day_sums
        )
        select as_of_dates.as_of_date, {", ".join(f"day_counts.{column}" for column in POSITION)},
            {", ".join(f"cast(day_counts.{name} as bigint) as {name}" for name in WINDOWS)}
        from as_of_dates as as_of_dates
        cross join first_days
        inner join day_counts on as_of_dates.as_of_date - first_days.first_day = day_counts.day_number
        where day_counts.used_licenses_90d > 0
    """


def _active_days(word: int) -> str:
    first = WORD * word
    return f"""bit_or(case when day_number between {first} and {first + WORD - 1}
        then cast(1 as bigint) << (day_number - {first}) else 0 end) as active_{word}"""


def _widened(position: str, words: range) -> str:
    """CTEs: bits of "active in the last 2 days", 4, 7 …; at a window's length with what was active before the first."""
    ctes, kept, reached, source = "", "", 1, "holders"
    for name, length in WINDOWS.items():
        while reached < length:
            step = min(reached, length - reached)
            reached += step
            wider = ", ".join(_wider(word, step) for word in words)
            ctes += f"active_{reached} as (select {position}, days_before, {kept} {wider} from {source}), "
            source = f"active_{reached}"
        ctes += f"{name} as (select *, {', '.join(_window(name, length, word) for word in words)} from {source}), "
        source, kept = name, kept + "".join(f"{name}_{word}, " for word in words)
    return ctes


def _wider(word: int, step: int) -> str:
    carried = f" | (active_{word - 1} >> {WORD - step})" if word else ""
    return f"active_{word} | ((active_{word} & {2 ** (WORD - step) - 1}) << {step}){carried} as active_{word}"


def _window(name: str, length: int, word: int) -> str:
    left = length - WORD * word
    before = f" | ((cast(1 as bigint) << greatest(0, least({WORD}, {left} - days_before))) - 1)" if left > 1 else ""
    return f"active_{word}{before} as {name}_{word}"


def _count(name: str, day: int) -> str:
    lane = f">> {LANE}" if day % WORD >= LANE else f"& {2**LANE - 1}"
    return f"{name}_{day // WORD}_{day % LANE} {lane}"
