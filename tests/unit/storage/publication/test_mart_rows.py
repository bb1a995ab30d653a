"""The rows that a publication writes: those of its days, by day and partner."""

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.publication.mart_tables import Window, patch_marts, verify_marts

DAYS = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)]
ROWS = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from("pq")), max_size=12)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        opened.execute("attach ':memory:' as warehouse")
        opened.execute("create schema warehouse.marts")
        opened.execute("create table warehouse.marts.mart (as_of_date date, partner_id text, number bigint)")
        yield opened


def written(connection, rows, window):
    """What is published of a warehouse's rows, which are numbered in its order."""
    connection.execute("drop schema if exists memory.marts cascade")
    connection.execute("delete from warehouse.marts.mart")
    if rows:
        numbered = [(*row, number) for number, row in enumerate(rows)]
        connection.executemany("insert into warehouse.marts.mart values (?, ?, ?)", numbered)
    patch_marts(connection, ["mart"], window)
    assert verify_marts(connection, ["mart"], window) is None
    return connection.execute("from marts.mart").fetchall()


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, replaced=st.sets(st.sampled_from(DAYS)), data=st.data())
def test_the_rows_of_the_window_s_days_are_written_by_day_and_partner(connection, rows, replaced, data):
    built = data.draw(st.sets(st.sampled_from(sorted(replaced)))) if replaced else set()
    found = written(connection, rows, Window(sorted(replaced), sorted(built)))
    assert [row[:2] for row in found] == sorted(row for row in rows if row[0] in built)
    assert all(rows[number] == (day, partner) for day, partner, number in found)
    assert len({number for *_, number in found}) == len(found)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS.map(sorted))
def test_rows_that_come_by_day_and_partner_keep_the_warehouse_s_order(connection, rows):
    found = written(connection, rows, Window(DAYS, DAYS))
    assert found == [(*row, number) for number, row in enumerate(rows)]
