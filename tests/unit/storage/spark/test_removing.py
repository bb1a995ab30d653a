"""What is taken from Spark's tables: whole partitions, and a day's rows of others are written again."""

from datetime import date
from types import SimpleNamespace

import pyarrow as pa
import pytest

from storage.spark.queries import SparkQueries
from storage.spark.removing import delete_days_before, delete_partner_days, drop_intermediate, leave_only

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))
ROWS = [("p", MONDAY), ("p", TUESDAY), ("it's", TUESDAY), ("q\\", WEDNESDAY)]


class Spark(SparkQueries):
    """A catalog with one mart by day, one without days, and an intermediate model; it notes what it is told to do."""

    def __init__(self) -> None:
        super().__init__(SimpleNamespace(catalog=SimpleNamespace(databaseExists=lambda name: True)), "marts_of")
        self.done: list[str] = []
        self.session.createDataFrame = self.frame

    def rows(self, sql):
        if sql.startswith("show tables in marts_of_intermediate"):
            return [("", "int_days", False), ("", "a_view", True)]
        if sql.startswith("show tables"):
            return [("", "kpis", False), ("", "dim_dates", False)]
        if sql.startswith("select distinct"):
            return sorted({(day,) for _, day in ROWS})
        if sql.endswith("limit 1"):
            return [row for row in ROWS if str(row[1]) in sql and text(row[0]) in sql][:1]
        self.done.append(sql)
        return []

    def columns(self, sql):
        return ["partner_id", "as_of_date"] if sql.endswith("marts_of.kpis") else ["day_id"]

    def arrow(self, sql):
        day = sql.partition("date '")[2][:10]
        gone = sql.partition(" not in ")[2]
        kept = [row for row in ROWS if str(row[1]) == day and text(row[0]) not in gone]
        return pa.table({"partner_id": [partner for partner, _ in kept], "as_of_date": [of for _, of in kept]})

    def frame(self, table):
        insert = SimpleNamespace(insertInto=lambda name: self.done.append(f"{name} gets {table.to_pylist()}"))
        return SimpleNamespace(select=lambda *columns: SimpleNamespace(write=insert))


def text(partner: str) -> str:
    """As Spark spells it."""
    return {"p": "'p'", "it's": r"'it\'s'", "q\\": r"'q\\'"}[partner]


@pytest.fixture
def spark() -> Spark:
    return Spark()


def dropped(*days: date) -> str:
    listed = ", ".join(f"partition (as_of_date = date '{day}')" for day in days)
    return f"alter table marts_of.kpis drop if exists {listed}"


def test_older_days_go(spark):
    delete_days_before(spark, WEDNESDAY)
    assert spark.done == [dropped(MONDAY, TUESDAY)]


def test_days_that_nobody_built_go(spark):
    leave_only(spark, [TUESDAY])
    assert spark.done == [dropped(MONDAY, WEDNESDAY)]


def test_nothing_is_dropped_where_nothing_is_to_go(spark):
    leave_only(spark, [MONDAY, TUESDAY, WEDNESDAY])
    delete_days_before(spark, MONDAY)
    delete_partner_days(spark, [])
    assert spark.done == []


def test_a_partner_s_rows_go_and_those_of_others_stay(spark):
    delete_partner_days(spark, [("it's", TUESDAY), ("q\\", WEDNESDAY), ("p", WEDNESDAY)])
    assert spark.done == [
        dropped(TUESDAY),
        f"marts_of.kpis gets {[{'partner_id': 'p', 'as_of_date': TUESDAY}]}",
        dropped(WEDNESDAY),
    ]


def test_intermediate_tables_go(spark):
    drop_intermediate(spark)
    assert spark.done == ["drop table if exists marts_of_intermediate.int_days"]
