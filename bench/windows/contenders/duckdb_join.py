"""DuckDB, the definition: each day joined with the events of its windows, and count(distinct)."""

from .. import duckdb_sql
from ..task import LONG, SHORT, Rows, Task

QUERY = """
select
    days.day,
    events.group_id,
    count(distinct case when events.day > days.day - {short} then events.user_id end) as users_7,
    count(distinct events.user_id) as users_90
from (select distinct day from events) as days
inner join events on events.day between days.day - {long} + 1 and days.day
group by days.day, events.group_id
"""


def solve(task: Task) -> Rows:
    """A row for each event and window that it lies in."""
    return duckdb_sql.solve(task, QUERY.format(short=SHORT, long=LONG))
