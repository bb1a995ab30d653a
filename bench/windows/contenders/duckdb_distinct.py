"""DuckDB, the query as one would say it: count(distinct) over a window frame of days, for each user's active day."""

from .. import duckdb_sql
from ..task import LONG, SHORT, Rows, Task

QUERY = """
with cells as (
    select distinct group_id, day, cast(null as integer) as user_id
    from (select distinct group_id from events) cross join (select distinct day from events)
    union all
    select group_id, day, user_id from events
),
counted as (
    select
        day,
        group_id,
        user_id,
        count(distinct user_id) over (
            partition by group_id order by day range between interval {short} days preceding and current row
        ) as users_7,
        count(distinct user_id) over (
            partition by group_id order by day range between interval {long} days preceding and current row
        ) as users_90
    from cells
)
select day, group_id, users_7, users_90 from counted where user_id is null and users_90 > 0
"""


def solve(task: Task) -> Rows:
    """A frame for each row; a row without user for each day and group says the day's count."""
    return duckdb_sql.solve(task, QUERY.format(short=SHORT - 1, long=LONG - 1))
