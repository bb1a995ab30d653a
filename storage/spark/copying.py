"""Marts that Spark built, copied into the warehouse file, and held to what Spark says of them.

What is published, pruned or erased is read from that file, whichever engine built it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb

from contracts.marts import Mart
from expectations.given_rows import give, take_back
from planning.buildable import DayPlan
from planning.days import days_between
from storage.spark.queries import SparkQueries
from storage.warehouse.mart_rows import MARTS_SCHEMA

DAY = "as_of_date"
ROWS_AT_ONCE = 2_000_000
"""Rows that are in memory at a time; a day is fetched whole."""


def copy_marts(connection: duckdb.DuckDBPyConnection, spark: SparkQueries, marts: Sequence[Mart], plan: DayPlan) -> str:
    """Replace the plan's window in each mart of the file by Spark's rows of its days, in one transaction.

    A mart without as-of dates is replaced whole.

    Returns:
        The first mart whose rows did not arrive as they are, in words, upon which the file is as it was; or nothing.

    Raises:
        QueryError: Spark can't be asked.
    """
    connection.execute("begin")
    try:
        connection.execute(f"create schema if not exists {MARTS_SCHEMA}")
        problems = (_copy(connection, spark, mart, plan) for mart in marts)
        problem = next((problem for problem in problems if problem), "")
        connection.execute("rollback" if problem else "commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return problem


def _copy(connection: duckdb.DuckDBPyConnection, spark: SparkQueries, mart: Mart, plan: DayPlan) -> str:
    names = [column.name for column in mart.columns]
    table, source = f'{MARTS_SCHEMA}."{mart.name}"', spark.table(MARTS_SCHEMA, mart.name)
    by_day = DAY in names
    window = list(days_between(plan.first, plan.last))
    if by_day:
        _make_table(connection, mart, table)
        connection.execute(f"delete from {table} where {DAY} between ? and ?", [plan.first, plan.last])
    else:
        connection.execute(f"drop table if exists {table}")
        _make_table(connection, mart, table)
    told = _facts(spark.rows(_fingerprint(mart, source, window if by_day else None)))
    rows: Mapping[Any, int] = {day: facts[0] for day, facts in told.items()}
    columns = ", ".join(map(spark.quoted, names))
    in_order = f" order by {DAY}, partner_id" if by_day else ""
    for days in _batches(rows) if by_day else [None]:
        fetched = spark.arrow(f"select {columns} from {source} {_of_days(days)}")
        give(connection, "fetched", fetched)
        connection.execute(f"insert into {table} by name select * from fetched{in_order}")
        take_back(connection, "fetched")
    arrived = _facts(connection.execute(_fingerprint(mart, table, window if by_day else None)).fetchall())
    if told == arrived:
        return ""
    differing = [key for key in {**told, **arrived} if told.get(key) != arrived.get(key)]
    of = f" of {differing[0]}" if by_day else ""
    return f"rows of {mart.name}{of} did not arrive from Spark as they are there"


def _make_table(connection: duckdb.DuckDBPyConnection, mart: Mart, table: str) -> None:
    """The table as dbt makes it in DuckDB: the contract's columns in order, with its not-null constraints.

    One that is there gets the columns that are new in the contract, without a value in the rows that it holds.
    """
    columns = (f'"{column.name}" {column.type}{"" if column.nullable else " not null"}' for column in mart.columns)
    connection.execute(f"create table if not exists {table} ({', '.join(columns)})")
    held = {name for name, *_ in connection.execute(f"describe {table}").fetchall()}
    for column in mart.columns:
        if column.name not in held:
            connection.execute(f'alter table {table} add column "{column.name}" {column.type}')


def _fingerprint(mart: Mart, table: str, days: Sequence[date] | None) -> str:
    """A query, the same for both engines, of what rows are in all: by day, where there are days.

    Whole numbers are summed, of text, dates and doubles the least and the greatest are looked at, and all are counted.
    """
    facts = ["count(*)"]
    for column in mart.columns:
        name = column.name
        facts.append(f"count({name})")
        if column.type in ("bigint", "integer"):
            facts.append(f"cast(sum(cast({name} as decimal(38, 0))) as decimal(38, 0))")
        elif column.type == "boolean":
            facts.append(f"count(case when {name} then 1 end)")
        else:
            facts += [f"min({name})", f"max({name})"]
    key, group = (DAY, f"group by {DAY}") if days is not None else ("1", "")
    return f"select {key}, {', '.join(facts)} from {table} {_of_days(days)} {group}"


def _facts(rows: Sequence[tuple[Any, ...]]) -> dict[Any, tuple[Any, ...]]:
    return {key: tuple(facts) for key, *facts in rows}


def _of_days(days: Sequence[date] | None) -> str:
    if days is None:
        return ""
    listed = ", ".join(f"date '{day}'" for day in days)
    return f"where {DAY} in ({listed})" if listed else "where false"


def _batches(rows: Mapping[date, int]) -> list[list[date]]:
    """The days that have rows, in order, in batches of not too many rows."""
    batches: list[list[date]] = []
    held = 0
    for day in sorted(rows):
        if not batches or held + rows[day] > ROWS_AT_ONCE:
            batches.append([])
            held = 0
        batches[-1].append(day)
        held += rows[day]
    return batches
