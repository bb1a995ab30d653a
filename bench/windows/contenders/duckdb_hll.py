"""DuckDB, approximate: each day joined with the events of its windows, and HyperLogLog (approx_count_distinct)."""

from .. import duckdb_sql
from ..task import LONG, SHORT, Rows, Task

QUERY = """
select
    days.day,
    events.group_id,
    approx_count_distinct(case when events.day > days.day - {short} then events.user_id end) as users_7,
    approx_count_distinct(events.user_id) as users_90
from (select distinct day from events) as days
inner join events on events.day between days.day - {long} + 1 and days.day
group by days.day, events.group_id
"""


def solve(task: Task) -> Rows:
    """A row for each event and window that it lies in."""
    return duckdb_sql.solve(task, QUERY.format(short=SHORT, long=LONG))
