"""DataFusion, window functions: +1 on a user's active day, -1 after the window or on the next one, a running sum."""

import pyarrow as pa

from .. import datafusion_sql
from ..task import LONG, SHORT, Rows, Task


def solve(task: Task) -> Rows:
    """One pass for all days, joined with the days."""
    con = datafusion_sql.context(task)
    con.from_arrow(pa.table({"day": pa.array(range(len(task.days)), pa.int32())}), "days")
    first = task.first_number
    result = con.sql(f"""
        with active as (
            select day, group_id, lead(day) over (partition by group_id, user_id order by day) as next_day
            from (select arrow_cast(day, 'Int32') - {first} as day, group_id, user_id from events)
        ),
        steps as (
            select group_id, day, 1 as step_7, 1 as step_90 from active
            union all
            select group_id, least(day + {SHORT}, next_day), -1, 0 from active
            union all
            select group_id, least(day + {LONG}, next_day), 0, -1 from active
        ),
        changes as (
            select group_id, day, sum(step_7) as step_7, sum(step_90) as step_90
            from steps where day < {len(task.days)} group by group_id, day
        ),
        cells as (
            select group_id, day, 0 as step_7, 0 as step_90 from (select distinct group_id from changes) cross join days
            union all
            select group_id, day, step_7, step_90 from changes
        ),
        levels as (
            select group_id, day,
                sum(sum(step_7)) over (partition by group_id order by day) as users_7,
                sum(sum(step_90)) over (partition by group_id order by day) as users_90
            from cells group by group_id, day
        )
        select arrow_cast(day + {first}, 'Date32') as day, group_id, users_7, users_90 from levels where users_90 > 0
    """)
    table = result.to_arrow_table()
    return lambda: table
