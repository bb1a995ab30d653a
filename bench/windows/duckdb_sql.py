"""Running one SQL query in DuckDB, of whichever version is installed."""

from typing import Any

import duckdb

from .task import Rows, Task


def solve(task: Task, query: str, *before: str) -> Rows:
    """The rows of a query over the view `events`, in DuckDB's memory; `before` are statements run first."""
    config: dict[str, Any] = {
        "threads": task.threads,
        "memory_limit": f"{task.memory_gib}GiB",
        "temp_directory": task.spill,
        "preserve_insertion_order": False,
    }
    con = duckdb.connect(config=config)
    con.execute(f"create view events as select * from read_parquet('{task.events}')")
    for statement in before:
        con.execute(statement)
    con.execute(f"create temp table result as {query}")
    return con.table("result").to_arrow_table


def solve_as_usage(task: Task, query: str) -> Rows:
    """The rows of a query of dbt_project's, over its tables `usage` and `as_of_dates`."""
    return solve(
        task,
        f"""
        select as_of_date as day, subscription_id as group_id, used_licenses as users_7, used_licenses_90d as users_90
        from ({query})
        """,
        "create view usage as select day as activity_date, cast(1 as tinyint) as partner_id,"
        " group_id as subscription_id, cast(1 as tinyint) as product, user_id from events",
        "create table as_of_dates as select cast(unnest(generate_series("
        f"date '{task.first}', date '{task.last}', interval 1 day)) as date) as as_of_date",
    )
