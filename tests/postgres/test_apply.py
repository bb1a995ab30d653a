"""Applying publications: PostgreSQL holds what the file holds, whatever it held before."""

from decimal import Decimal

import duckdb
import pytest

from storage.postgres.apply import withdraw
from storage.postgres.connection import connect
from storage.postgres.errors import PostgresError

from .comparing import assert_equal
from .publications import TABLES, apply_file, day, rows, write


def test_the_first_publication_is_there_row_by_row(dsn, query, tmp_path):
    path = write(tmp_path / "a.duckdb", rows([0, 1, 2]))
    applied = apply_file(dsn, path)
    assert_equal(query, path)
    assert applied.days == {str(day(number)) for number in (0, 1, 2)}
    assert query("select publication_id from meta.publication") == [("p1",)]


def test_the_same_publication_changes_nothing(dsn, query, tmp_path):
    path = write(tmp_path / "a.duckdb", rows([0, 1]))
    apply_file(dsn, path)
    before = query("select xmin::text, * from marts_held.license_positions order by 2, 3, 4, 5")
    assert apply_file(dsn, path).tables == []
    assert query("select xmin::text, * from marts_held.license_positions order by 2, 3, 4, 5") == before


def test_only_days_that_changed_are_replaced(dsn, query, tmp_path):
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0, 1, 2])))
    before = dict(query("select as_of_date, min(xmin::text) from marts_held.license_positions group by 1"))
    path = write(tmp_path / "b.duckdb", rows([0, 1, 2, 3], "p2", shift={1: 5}))
    applied = apply_file(dsn, path)
    after = dict(query("select as_of_date, min(xmin::text) from marts_held.license_positions group by 1"))
    assert {changed for changed in after if after[changed] != before.get(changed)} == {day(1), day(3)}
    assert applied.days == {str(day(1)), str(day(3))}
    assert_equal(query, path)


def test_publications_may_be_skipped_and_days_may_vanish(dsn, query, tmp_path):
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0, 1, 2])))
    # Between the two lie publications that nobody applied: a correction of day 1, and the loss of day 0.
    path = write(tmp_path / "d.duckdb", rows([1, 4], "p4", shift={1: 3}))
    applied = apply_file(dsn, path)
    assert_equal(query, path)
    assert applied.days == {str(day(number)) for number in (0, 1, 2, 4)}
    assert query("select distinct as_of_date from marts.license_positions order by 1") == [(day(1),), (day(4),)]


def test_an_older_or_a_foreign_publication_is_what_is_there_afterwards(dsn, query, tmp_path):
    apply_file(dsn, write(tmp_path / "new.duckdb", rows([3, 4], "p9")))
    path = write(tmp_path / "old.duckdb", rows([0, 3], "p1", shift={3: 1}))
    apply_file(dsn, path)
    assert_equal(query, path)


def test_a_section_that_emptied_is_empty(dsn, query, tmp_path):
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0, 1])))
    held = rows([0, 1], "p2")
    held["marts.license_positions"] = []
    path = write(tmp_path / "b.duckdb", held)
    apply_file(dsn, path)
    assert_equal(query, path)
    assert query("select count(*) from marts.license_positions") == [(0,)]


def test_new_columns_and_tables_flow_in(dsn, query, tmp_path):
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0, 1])))
    query("create view public.of_a_user as select partner_id, total_licenses from marts.license_positions")
    columns = "as_of_date date, partner_id text, seats integer, share decimal(6,3), tags varchar[], product text"
    tables = TABLES | {
        "marts.portfolio_kpis": "as_of_date date, managed bigint, partner_id text, total_customers bigint",
        "marts.seats": columns,
    }
    held = rows([0, 1, 2], "p2")
    held["marts.portfolio_kpis"] = [(when, 7, partner, total) for when, partner, total in held["marts.portfolio_kpis"]]
    path = write(tmp_path / "b.duckdb", held, tables)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"insert into marts.seats values ('{day(0)}', 'ours', 3, 1.25, ['a', 'b'], 'meetings')")
    apply_file(dsn, path)
    assert_equal(query, path)
    assert query("select * from marts.seats")[0][:4] == (day(0), "ours", 3, Decimal("1.250"))
    assert query("select count(*) from public.of_a_user") == [(24,)]


def test_a_table_or_column_that_is_published_no_more_is_emptied(dsn, query, tmp_path):
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0, 1])))
    fewer = {name: columns for name, columns in TABLES.items() if name != "marts.dim_customers"}
    fewer["marts.license_positions"] = TABLES["marts.license_positions"].replace(" customer_name text,", "")
    held = rows([0, 1], "p2")
    held["marts.license_positions"] = [(*row[:5], *row[6:]) for row in held["marts.license_positions"]]
    path = write(tmp_path / "b.duckdb", held, fewer)
    apply_file(dsn, path)
    assert_equal(query, path, fewer)
    assert query("select count(*) from marts.dim_customers") == [(0,)]
    assert query("select count(customer_name) from marts.license_positions") == [(0,)]


def test_a_table_that_its_owner_dropped_is_filled_again(dsn, query, tmp_path):
    path = write(tmp_path / "a.duckdb", rows([0, 1]))
    apply_file(dsn, path)
    query("drop table marts_held.license_positions cascade")
    apply_file(dsn, path)
    assert_equal(query, path)


def test_rows_that_somebody_changed_are_set_right_by_applying_anew(dsn, query, tmp_path):
    path = write(tmp_path / "a.duckdb", rows([0, 1]))
    apply_file(dsn, path)
    query("update marts_held.license_positions set total_licenses = 0")
    query("insert into marts_held.portfolio_kpis values ('1999-01-01', 'ours', 1)")
    apply_file(dsn, path, anew=True)
    assert_equal(query, path)


@pytest.mark.parametrize(
    "text", ('"quoted", and ;', "two\nlines\r\n", "", "\\N", "\\.", "' or 1=1", "ünï ☃", "a\x00b", "%s")
)
def test_text_arrives_as_it_is(dsn, query, tmp_path, text):
    held = rows([0])
    held["marts.dim_customers"] = [("ours", "one", text), ("ours", "two", None)]
    apply_file(dsn, write(tmp_path / "a.duckdb", held))
    assert query("select customer_name from marts.dim_customers order by customer_id") == [
        (text.replace("\x00", "\N{REPLACEMENT CHARACTER}"),),
        (None,),
    ]


@pytest.mark.parametrize("value", (0.1 + 0.2, 1e-300, 1 / 3, 1e17 + 2, float("inf"), None))
def test_ratios_arrive_to_the_last_bit(dsn, query, tmp_path, value):
    held = rows([0])
    held["marts.license_positions"] = [(*row[:-1], value) for row in held["marts.license_positions"]]
    apply_file(dsn, write(tmp_path / "a.duckdb", held))
    assert query("select distinct assignment_ratio from marts.license_positions") == [(value,)]


def test_tables_have_indexes_and_what_readers_see_has_comments(dsn, query, tmp_path):
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0])))
    indexes = {text for (text,) in query("select indexdef from pg_indexes where tablename = 'license_positions'")}
    assert any("(as_of_date, partner_id)" in text for text in indexes)
    assert any("(partner_id, as_of_date)" in text for text in indexes)
    for relation in ("marts.license_positions", "marts_latest.license_positions"):
        ((table, column),) = query(
            f"select obj_description('{relation}'::regclass), col_description('{relation}'::regclass, 2)"
        )
        assert "One row per as-of date, partner, product and subscription." in table
        assert column == "The managing partner organisation."
    bare = query(
        "select attrelid::regclass, attname from pg_attribute where attnum > 0 and not attisdropped"
        " and attrelid in ('marts.portfolio_kpis'::regclass, 'meta.newest_days'::regclass, 'meta.ingestion'::regclass)"
        " and col_description(attrelid, attnum) is null"
    )
    assert bare == []


def test_a_column_of_another_type_is_one_line(dsn, query, tmp_path):
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0])))
    tables = TABLES | {"marts.portfolio_kpis": "as_of_date date, partner_id text, total_customers text"}
    path = write(tmp_path / "b.duckdb", rows([0], "p2"), tables)
    with pytest.raises(PostgresError, match=r"marts\.portfolio_kpis\.total_customers is bigint .* published as text"):
        apply_file(dsn, path)
    assert query("select publication_id from meta.publication") == [("p1",)]
    query("drop table marts_held.portfolio_kpis cascade")
    apply_file(dsn, path)
    assert_equal(query, path, tables)


def test_tables_of_somebody_else_are_not_touched(dsn, query, tmp_path):
    query("create schema marts; create table marts.license_positions (mine text)")
    with pytest.raises(PostgresError, match=r"already holds marts\.license_positions, which is not ours"):
        apply_file(dsn, write(tmp_path / "a.duckdb", rows([0])))
    assert query("select count(*) from pg_tables where schemaname in ('access', 'meta')") == [(0,)]


def test_where_nothing_is_published_any_more_every_row_goes_and_bindings_stay(dsn, query, tmp_path):
    path = write(tmp_path / "a.duckdb", rows([0]))
    apply_file(dsn, path)
    query("insert into access.bindings (role, partner_id) values ('portfolio_reader', 'ours')")
    with connect(dsn) as connection:
        assert withdraw(connection)
        assert not withdraw(connection)
    for table in [*TABLES, "meta.newest_days", "marts_latest.license_positions"]:
        assert query(f"select count(*) from {table}") == [(0,)], table
    assert query("select partner_id from access.bindings") == [("ours",)]
    apply_file(dsn, path)
    assert_equal(query, path)


def test_rows_beyond_a_batch_all_arrive(dsn, query, tmp_path):
    path = write(tmp_path / "a.duckdb", rows([0]))
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "insert into marts.dim_customers select 'ours', 'many-' || i, 'x' from range(50_001) as r(i)"
        )
    applied = apply_file(dsn, path)
    assert_equal(query, path)
    assert applied.rows > 50_001
    # Counted, not estimated: an estimate differs from time to time, and plans show it.
    assert query("select reltuples::int from pg_class where oid = 'marts_held.dim_customers'::regclass") == [(50_005,)]


def test_a_column_that_a_later_version_publishes_comes_by_itself(dsn, query, tmp_path):
    before = "publication_id text, contract_version text, git_revision text, last_as_of_date date"
    after = "publication_id text, contract_version text, raw_contract_version text, git_revision text"
    held = rows([0, 1])
    held["meta.publication"] = [("p1", "1.1", "abc", day(1))]
    apply_file(dsn, write(tmp_path / "a.duckdb", held, TABLES | {"meta.publication": before}))
    held["meta.publication"] = [("p2", "1.1", "1.0", "def")]
    path = write(tmp_path / "b.duckdb", held, TABLES | {"meta.publication": after})
    assert apply_file(dsn, path).days == set()
    assert_equal(query, path, TABLES | {"meta.publication": after})
    assert query("select contract_version, raw_contract_version from meta.publication") == [("1.1", "1.0")]
    assert query(
        "select col_description('meta.publication'::regclass, attnum) from pg_attribute"
        " where attrelid = 'meta.publication'::regclass and attname like '%contract_version' order by attname"
    ) == [("Version of the mart contract.",), ("Version of the raw contract that the rows were read by.",)]
