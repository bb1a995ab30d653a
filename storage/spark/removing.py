"""Taking rows out of the tables that Spark built; what goes from a Parquet table goes as a partition."""

from collections.abc import Collection, Iterator
from datetime import date

from storage.spark.copying import DAY
from storage.spark.queries import SparkQueries
from storage.warehouse.mart_rows import MARTS_SCHEMA

_INTERMEDIATE = "intermediate"


def delete_days_before(spark: SparkQueries, kept_from: date) -> None:
    """Drop the partitions of the as-of days before `kept_from` from every mart."""
    for table in _dated_marts(spark):
        _drop(spark, table, [day for day in _days(spark, table) if day < kept_from])


def leave_only(spark: SparkQueries, days: Collection[date]) -> None:
    """Drop the partitions of all other as-of days from every mart."""
    for table in _dated_marts(spark):
        _drop(spark, table, [day for day in _days(spark, table) if day not in days])


def delete_partner_days(spark: SparkQueries, pairs: Collection[tuple[str, date]]) -> None:
    """Delete a partner's rows of an as-of day from every mart, for each of the pairs.

    A partition can't be written from itself: the rows that stay are held in memory meanwhile.
    """
    partners: dict[date, list[str]] = {}
    for partner, day in sorted(pairs):
        partners.setdefault(day, []).append(partner)
    for table in _dated_marts(spark) if pairs else ():
        columns = spark.columns(f"select * from {table}")
        for day, gone in partners.items():
            listed = ", ".join(map(_text, gone))
            of_day = f"select * from {table} where {DAY} = date '{day}'"
            if not spark.rows(f"{of_day} and partner_id in ({listed}) limit 1"):
                continue
            kept = spark.arrow(f"{of_day} and partner_id not in ({listed})")
            _drop(spark, table, [day])
            if kept.num_rows:
                spark.session.createDataFrame(kept).select(*columns).write.insertInto(table)


def drop_intermediate(spark: SparkQueries) -> None:
    """Drop the intermediate tables: they hold the last build's window, and each build makes them anew."""
    database = spark.database(_INTERMEDIATE)
    for table in _tables(spark, database):
        spark.rows(f"drop table if exists {table}")


def _dated_marts(spark: SparkQueries) -> Iterator[str]:
    for table in _tables(spark, spark.database(MARTS_SCHEMA)):
        if DAY in spark.columns(f"select * from {table}"):
            yield table


def _days(spark: SparkQueries, table: str) -> list[date]:
    return [day for (day,) in spark.rows(f"select distinct {DAY} from {table}")]


def _text(value: str) -> str:
    """A text as Spark has it: two quotes in a row would be the end of one literal and the begin of another."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _tables(spark: SparkQueries, database: str) -> list[str]:
    if not spark.session.catalog.databaseExists(database):
        return []
    return sorted(
        f"{database}.{name}" for _, name, temporary in spark.rows(f"show tables in {database}") if not temporary
    )


def _drop(spark: SparkQueries, table: str, days: Collection[date]) -> None:
    if days:
        listed = ", ".join(f"partition ({DAY} = date '{day}')" for day in sorted(days))
        spark.rows(f"alter table {table} drop if exists {listed}")
