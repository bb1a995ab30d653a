"""DuckDB, window functions: +1 on a user's active day, -1 after the window or on the next active day, a running sum."""

from .. import duckdb_sql
from ..task import LONG, SHORT, Rows, Task

QUERY = """
with active as (
    select day, group_id, lead(day) over (partition by group_id, user_id order by day) as next_day
    from events
),
steps as (
    select group_id, day, 1 as step_7, 1 as step_90 from active
    union all
    select group_id, least(day + {short}, next_day), -1, 0 from active
    union all
    select group_id, least(day + {long}, next_day), 0, -1 from active
),
changes as (
    select group_id, day, sum(step_7) as step_7, sum(step_90) as step_90 from steps group by all
),
levels as (
    select
        group_id,
        day as first_day,
        lead(day) over (partition by group_id order by day) as next_day,
        sum(step_7) over (partition by group_id order by day) as users_7,
        sum(step_90) over (partition by group_id order by day) as users_90
    from changes
)
select
    cast(unnest(generate_series(first_day, least(next_day - 1, date '{last}'), interval 1 day)) as date) as day,
    group_id,
    cast(users_7 as bigint) as users_7,
    cast(users_90 as bigint) as users_90
from levels
where users_90 > 0
"""


def solve(task: Task) -> Rows:
    """One pass for all days."""
    return duckdb_sql.solve(task, QUERY.format(short=SHORT, long=LONG, last=task.last))
