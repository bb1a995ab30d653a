"""Taking rows out of the warehouse's own tables; raw data reaches it by views, and is not in it."""

from collections.abc import Callable, Collection, Iterator
from datetime import date

import duckdb

from expectations.sql_text import sql_text

MARTS_SCHEMA = "marts"


def tables_with(connection: duckdb.DuckDBPyConnection, column: str) -> Iterator[tuple[str, str]]:
    """Schema and quoted name of every table, views left out, that has a column."""
    found = connection.execute(
        "select columns.table_schema, columns.table_name from information_schema.columns as columns"
        " join information_schema.tables as tables using (table_catalog, table_schema, table_name)"
        " where columns.column_name = ? and tables.table_type = 'BASE TABLE' and table_catalog = current_database()"
        " order by all",
        [column],
    ).fetchall()
    for schema, table in found:
        yield schema, f'"{schema}"."{table}"'


def delete_days_before(connection: duckdb.DuckDBPyConnection, kept_from: date) -> None:
    """Delete every row of the as-of days before `kept_from`."""
    for _, table in tables_with(connection, "as_of_date"):
        connection.execute(f"delete from {table} where as_of_date < ?", [kept_from])


def mart_days(connection: duckdb.DuckDBPyConnection) -> list[date]:
    """The as-of days that some mart holds, in order."""
    tables = [table for schema, table in tables_with(connection, "as_of_date") if schema == MARTS_SCHEMA]
    if not tables:
        return []
    every = " union ".join(f"select as_of_date from {table}" for table in tables)
    return sorted(row[0] for row in connection.execute(every).fetchall())


def partner_days(connection: duckdb.DuckDBPyConnection, condition: Callable[[bool], str]) -> set[tuple[str, date]]:
    """Each partner and as-of day of which a mart that knows customers has rows that meet the condition.

    Args:
        condition: gives the SQL for a mart that knows subscriptions, too, or for one that does not.
    """
    tables = [table for schema, table in tables_with(connection, "customer_id") if schema == MARTS_SCHEMA]
    with_subscriptions = {table for _, table in tables_with(connection, "subscription_id")}
    found: set[tuple[str, date]] = set()
    for table in tables:
        where = condition(table in with_subscriptions)
        found.update(
            connection.execute(f"select distinct partner_id, as_of_date from {table} where {where}").fetchall()
        )
    return found


def delete_partner_days(connection: duckdb.DuckDBPyConnection, pairs: Collection[tuple[str, date]]) -> None:
    """Delete a partner's rows of an as-of day from every mart, for each of the pairs."""
    tables = [table for schema, table in tables_with(connection, "as_of_date") if schema == MARTS_SCHEMA]
    listed = ", ".join(f"({sql_text(partner)}, date '{day}')" for partner, day in sorted(pairs))
    for table in tables if pairs else ():
        connection.execute(f"delete from {table} where (partner_id, as_of_date) in ({listed})")


def empty_intermediate(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty the intermediate models: they hold the last build's window, and each build makes them anew."""
    tables = connection.execute(
        "select table_name from information_schema.tables"
        " where table_schema = 'intermediate' and table_type = 'BASE TABLE' and table_catalog = current_database()"
    ).fetchall()
    for (table,) in tables:
        connection.execute(f'delete from intermediate."{table}"')
