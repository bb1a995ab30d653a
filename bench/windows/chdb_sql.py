"""Running one SQL query in chDB, ClickHouse as a library."""

import tempfile

from chdb import session

from .task import LONG, SHORT, Rows, Task

CON = session.Session(tempfile.mkdtemp(prefix="chdb-"))
"""The engine starts with the first query: a second that belongs to its import."""
CON.query("create database bench")

PARTS = 8
"""Merged states are made of an eighth of the groups at a time: those of all do not fit."""


def solve(task: Task, *queries: str) -> Rows:
    """The rows of queries over the view `events`, one after the other."""
    limits = f"max_threads = {task.threads}, max_memory_usage = {int(task.memory_gib * 2**30)}"
    CON.query("use bench")
    columns = "day Date32, group_id Int32, user_id UInt32"
    file = f"file('{task.events}', Parquet, '{columns}')"
    CON.query(f"create view events as select * replace (toDate(day) as day) from {file}")
    CON.query("create table result (day Date, group_id Int32, users_7 UInt64, users_90 UInt64) engine = Memory")
    for query in queries:
        CON.query(f"insert into result select * from ({query}) settings {limits}")
    return lambda: CON.query("select toDate32(day) as day, group_id, users_7, users_90 from result", "ArrowTable")


def solve_by_states(task: Task, aggregate: str, parameters: str = "") -> Rows:
    """Windows of an aggregate's mergeable states, two merges a day whatever the window's length.

    Days are cut into blocks as long as the window. A window is the end of one block and the begin of the next, and
    states of all begins and ends are running aggregates (van Herk 1992; Gil and Werman 1993).
    """
    return solve(task, *(_of_states(task, aggregate, parameters, part) for part in range(PARTS)))


def _of_states(task: Task, aggregate: str, parameters: str, part: int) -> str:
    days = len(task.days)
    frame = "rows between unbounded preceding and current row"
    running = ", ".join(
        f"{aggregate}MergeState{parameters}(state)"
        f" over (partition by group_id, intDiv(n, {length}) order by n {order} {frame}) as {part_of_block}_{length}"
        for length in (SHORT, LONG)
        for part_of_block, order in (("begin", "asc"), ("end", "desc"))
    )
    merged = ", ".join(
        f"arrayReduce('{aggregate}Merge{parameters}', [begin_{length}, lagInFrame(end_{length}, {length - 1},"
        f" begin_{length}) over (partition by group_id order by n {frame})]) as users_{length}"
        for length in (SHORT, LONG)
    )
    return f"""
        select toDate('{task.first}') + n as day, group_id, users_7, users_90
        from (
            select n, group_id, {merged}
            from (
                select n, group_id, {running}
                from (
                    select n, group_id, {aggregate}MergeState{parameters}(state) as state
                    from (
                        select toUInt16(day - toDate('{task.first}')) as n, group_id,
                            {aggregate}State{parameters}(user_id) as state
                        from events where group_id % {PARTS} = {part} group by n, group_id
                        union all
                        select arrayJoin(range({days})) as n, group_id,
                            arrayReduce('{aggregate}State{parameters}', emptyArrayUInt32()) as state
                        from (select distinct group_id from events where group_id % {PARTS} = {part})
                    )
                    group by n, group_id
                )
            )
        )
        where users_90 > 0
    """
