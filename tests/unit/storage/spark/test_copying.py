"""Marts copied from an engine into the warehouse file: the window's days, and never with rows that are others."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from contracts.marts import Mart, MartColumn
from planning.buildable import DayPlan
from storage.spark import copying
from storage.spark.copying import copy_marts

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))
PLAN = DayPlan(MONDAY, TUESDAY, (MONDAY, TUESDAY))


def column(name: str, kind: str, *, nullable: bool = False) -> MartColumn:
    return MartColumn(name, kind, nullable, "")


KPIS = Mart(
    "kpis",
    "core",
    "",
    (
        column("as_of_date", "date"),
        column("partner_id", "string"),
        column("seats", "bigint", nullable=True),
        column("ratio", "double", nullable=True),
        column("is_low", "boolean"),
        column("price", "decimal(18,6)", nullable=True),
    ),
)
CALENDAR = Mart("calendar", "star", "", (column("day_id", "date"), column("name", "string")))


class Engine:
    """Another engine: a database whose tables have their columns in another order, the day last."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(
            "create table kpis (partner_id text, seats bigint, ratio double, is_low bool, price decimal(18,6),"
            " as_of_date date);"
            "create table calendar (day_id date, name text)"
        )
        self.fetched = 0

    def rows(self, sql):
        return self.connection.execute(sql).fetchall()

    def arrow(self, sql):
        self.fetched += 1
        return self.connection.execute(sql).to_arrow_table()

    def table(self, schema, name):
        return name

    def quoted(self, name):
        return f'"{name}"'


@pytest.fixture
def engine() -> Engine:
    made = Engine()
    made.connection.execute(
        "insert into kpis values ('q', 3, 0.5, true, 1.25, '2026-03-02'), ('p', null, null, false, null, '2026-03-02'),"
        " ('p', 9, 1e-9, false, 0.000001, '2026-03-03'), ('z', 1, 1, true, 1, '2026-03-04');"
        "insert into calendar values ('2026-03-02', 'Monday')"
    )
    return made


@pytest.fixture
def file() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def kpis(file):
    return file.execute("select as_of_date, partner_id, seats from marts.kpis order by all").fetchall()


def test_the_window_s_rows_arrive_and_no_others(engine, file):
    assert copy_marts(file, engine, [KPIS, CALENDAR], PLAN) == ""
    assert kpis(file) == [(MONDAY, "p", None), (MONDAY, "q", 3), (TUESDAY, "p", 9)]
    assert file.execute("from marts.calendar").fetchall() == [(MONDAY, "Monday")]
    columns = file.execute("select column_name, data_type, is_nullable from duckdb_columns() where table_name = 'kpis'")
    assert columns.fetchall() == [
        ("as_of_date", "DATE", False),
        ("partner_id", "VARCHAR", False),
        ("seats", "BIGINT", True),
        ("ratio", "DOUBLE", True),
        ("is_low", "BOOLEAN", False),
        ("price", "DECIMAL(18,6)", True),
    ]


def test_a_day_that_became_empty_is_empty_and_days_outside_stay(engine, file):
    copy_marts(file, engine, [KPIS], DayPlan(MONDAY, WEDNESDAY, (MONDAY, TUESDAY, WEDNESDAY)))
    engine.connection.execute("delete from kpis where as_of_date in ('2026-03-03', '2026-03-04')")
    assert copy_marts(file, engine, [KPIS], PLAN) == ""
    assert kpis(file) == [(MONDAY, "p", None), (MONDAY, "q", 3), (WEDNESDAY, "z", 1)]


def test_a_column_that_is_new_in_the_contract_is_added_and_empty_in_the_rows_before(engine, file):
    before = Mart(KPIS.name, KPIS.section, "", KPIS.columns[:3])
    copy_marts(file, engine, [before], DayPlan(WEDNESDAY, WEDNESDAY, (WEDNESDAY,)))
    assert copy_marts(file, engine, [KPIS], PLAN) == ""
    assert file.execute(
        "select partner_id, ratio, price from marts.kpis order by as_of_date, partner_id"
    ).fetchall() == [
        ("p", None, None),
        ("q", 0.5, Decimal("1.250000")),
        ("p", 1e-9, Decimal("0.000001")),
        ("z", None, None),
    ]


def test_many_rows_come_in_batches_of_whole_days(engine, file, monkeypatch):
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", 2)
    assert copy_marts(file, engine, [KPIS], PLAN) == ""
    assert engine.fetched == 2
    assert len(kpis(file)) == 3


@pytest.mark.parametrize(
    "change",
    [
        "set seats = seats + 1 where partner_id = 'q'",
        "set seats = 0 where seats is null",
        "set ratio = 0.25 where partner_id = 'q'",
        "set is_low = not is_low where partner_id = 'q'",
        "set price = price * 2 where partner_id = 'q'",
        "set partner_id = 'r' where partner_id = 'q'",
        "set as_of_date = '2026-03-03' where partner_id = 'q'",
    ],
)
def test_rows_that_change_on_the_way_are_found_and_the_file_stays(engine, file, monkeypatch, change):
    copy_marts(file, engine, [KPIS, CALENDAR], PLAN)
    before, fetch = kpis(file), Engine.arrow

    def changed(self, sql):
        if "from kpis" in sql:
            self.connection.execute(f"update kpis {change}")
        return fetch(self, sql)

    monkeypatch.setattr(Engine, "arrow", changed)
    assert copy_marts(file, engine, [CALENDAR, KPIS], PLAN) == (
        "rows of kpis of 2026-03-02 did not arrive from Spark as they are there"
    )
    assert kpis(file) == before


def test_what_the_contract_never_has_is_refused(engine, file):
    engine.connection.execute("insert into kpis values (null, 1, 1, true, 1, '2026-03-02')")
    with pytest.raises(duckdb.ConstraintException, match="partner_id"):
        copy_marts(file, engine, [KPIS], PLAN)
