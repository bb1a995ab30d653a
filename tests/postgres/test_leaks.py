"""Row-level security: each role, each table, view and function, and every detour: nothing foreign is seen."""

import re

import psycopg
import pytest

from .conftest import OWNER
from .publications import TABLES, apply_file, customer_of, day, rows, write
from .roles import (
    BOUND,
    CONFINED,
    EVERYONE,
    NARROW,
    NOT_OF_VIEWS,
    OTHER,
    OWNED,
    RESOLD,
    ROLES,
    STRANGER,
    UNBOUND,
    bind_roles,
    session,
)
from .servers import new_database

FOREIGN = re.compile(r"theirs|\b10001\d\d\b")
"""Every text and every figure of the other partner, as the tests' publications have them."""
POSITIONS = "marts.license_positions"
HELD_POSITIONS = "marts_held.license_positions"
OF_CUSTOMER = f"where customer_id = '{customer_of('ours', 0)}'"
HELD = rows([0, 1, 2])
SHARED = {"marts.dim_dates", "meta.publication"}
WITHHELD = {"marts.notes", "meta.ingestion", "meta.check_results"}

DETOURS = {
    "join": f"select * from {POSITIONS} as a join {POSITIONS} as b on a.partner_id <> b.partner_id",
    "subquery": f"select (select max(customer_name) from {POSITIONS}), * from marts.dim_dates",
    "exists": f"select repeat('theirs', 1) where exists (select 1 from {POSITIONS} where partner_id > 'p')",
    "lateral": f"select * from marts.dim_dates as d, lateral (select * from {POSITIONS} as p"
    " where p.as_of_date = d.as_of_date) as l",
    "union": f"select customer_name from {POSITIONS} union all select customer_name from marts.dim_customers",
    "common table": f"with every as materialized (select * from {POSITIONS}) select * from every",
    "window": f"select max(customer_name) over (), sum(total_licenses) over () from {POSITIONS}",
    "aggregate": f"select string_agg(customer_name, ','), max(total_licenses), array_agg(p) from {POSITIONS} as p",
    "grouping": f"select partner_id, count(*) from {POSITIONS} group by grouping sets ((partner_id), ())",
    "whole row": f"select p, to_jsonb(p), row_to_json(p) from {POSITIONS} as p",
    "system columns": f"select ctid, xmin, tableoid::regclass, p.* from {POSITIONS} as p",
    "by position": f"select * from {POSITIONS} where ctid in ('(0,1)', '(0,2)', '(0,5)', '(0,6)', '(0,7)')",
    "sample": f"select * from {POSITIONS} tablesample system (100)",
    "order": f"select * from {POSITIONS} order by total_licenses desc limit 3",
    "distinct": f"select distinct partner_id from {POSITIONS} union select distinct partner_id from meta.newest_days",
    "xml": f"select query_to_xml('table {POSITIONS}', true, false, ''), table_to_xml('{POSITIONS}', true, false, '')",
    "schema to xml": "select schema_to_xml('marts', true, false, ''), schema_to_xml('marts_latest', true, false, '')",
    "only": f"select * from only {POSITIONS}",
    "copy of a table": f"copy {POSITIONS} to stdout",
    "copy of a query": f"copy (select * from {POSITIONS}) to stdout with (format csv)",
    "copy of a view": "copy (select * from marts_latest.license_positions) to stdout",
    "statistics": "select * from pg_stats where schemaname in ('marts', 'marts_latest', 'meta', 'access')",
    "extended statistics": "select * from pg_stats_ext, pg_stats_ext_exprs",
    "raw statistics": "select * from pg_statistic",
    "activity": "select usename, query from pg_stat_activity",
    "large objects": "select loid, data from pg_largeobject",
    "functions' text": "select prosrc from pg_proc where pronamespace > 16000",
    "bindings": "select * from access.bindings",
    "bindings to accounts": "select * from access.account_bindings",
    "what is bound": "select access.partners(), access.customers(), access.bindings_of_reader()",
    "row security off": f"set local row_security = off; select * from {POSITIONS}",
    "server's files": "select pg_read_file('PG_VERSION')",
    "division by zero": f"select 1 / case when partner_id = 'the' || 'irs' then 0 else 1 end from {POSITIONS}",
    "a cast that quotes": f"select customer_name::int from {POSITIONS} where partner_id <> 'ours'",
    "a cast in the condition": f"select 1 from {POSITIONS} where customer_name::int > 0 and partner_id > 'p'",
}


@pytest.fixture(scope="module")
def secured(server, tmp_path_factory):
    """The owner's DSN of a published database with every role bound."""
    with new_database(server, "portfolio_leaks", OWNER) as dsn:
        apply_file(dsn, write(tmp_path_factory.mktemp("published") / "a.duckdb", HELD))
        bind_roles(server, dsn)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("analyze")
        yield dsn


def relations(dsn):
    """Every table and view outside of PostgreSQL's own schemas."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "select format('%I.%I', nspname, relname) from pg_class join pg_namespace as n on relnamespace = n.oid"
            " where relkind in ('r', 'v', 'm', 'p', 'f', 'S') and nspname !~ '^(pg_|information_schema)'"
        )
        return [name for (name,) in found.fetchall()]


def visible(table, role):
    """The rows that a role is to see of a table: by the values of their columns, looked at one by one."""
    columns = [column.split()[0] for column in TABLES[table].split(",")]
    held = [dict(zip(columns, row, strict=True)) for row in HELD[table]]
    if role == EVERYONE:
        return held
    if role in (UNBOUND, STRANGER) or table in WITHHELD:
        return []
    if table in SHARED:
        return held
    partner = "theirs" if role == OTHER else "ours"
    found = [row for row in held if row["partner_id"] == partner]
    if role in (NARROW, OWNED, RESOLD):
        found = [row for row in found if row.get("customer_id") == customer_of("ours", 0)]
    return found


@pytest.mark.parametrize("role", (BOUND, NARROW, OWNED, RESOLD, UNBOUND, EVERYONE, OTHER))
@pytest.mark.parametrize("table", TABLES)
def test_a_reader_sees_exactly_its_rows_of_each_table(secured, table, role):
    columns = [column.split()[0] for column in TABLES[table].split(",")]
    expected = [tuple(row[column] for column in columns) for row in visible(table, role)]
    with session(secured, role) as reader:
        statement = f"select {', '.join(columns)} from {table}"
        if role != EVERYONE and table in WITHHELD:
            assert reader.is_refused(statement)
        else:
            assert sorted(reader.rows(statement), key=repr) == sorted(expected, key=repr)


@pytest.mark.parametrize("role", (BOUND, NARROW, OWNED, RESOLD, UNBOUND, EVERYONE, OTHER))
def test_a_reader_sees_its_newest_rows_of_each_view(secured, role):
    with session(secured, role) as reader:
        for name in ("license_positions", "portfolio_kpis", "license_distribution_trend"):
            held = visible(f"marts.{name}", role)
            expected = [tuple(row.values()) for row in held if row["as_of_date"] == day(2)]
            assert sorted(reader.rows(f"select * from marts_latest.{name}")) == sorted(expected)


@pytest.mark.parametrize("role", CONFINED)
def test_no_relation_shows_anything_foreign(secured, role):
    names = relations(secured)
    assert len(names) >= len(TABLES) + 5
    with session(secured, role) as reader:
        for name in names:
            for statement in (
                f"select * from {name}",
                f"copy (select * from {name}) to stdout",
                f"copy {name} to stdout",
            ):
                assert not FOREIGN.search(reader.told_by(statement)), statement


def test_whoever_is_no_reader_is_refused_everywhere(secured):
    with session(secured, STRANGER) as stranger:
        assert all(stranger.is_refused(f"select 1 from {name}") for name in relations(secured))


@pytest.mark.parametrize("role", (BOUND, NARROW, OWNED, RESOLD, UNBOUND))
@pytest.mark.parametrize("detour", DETOURS)
def test_no_detour_shows_anything_foreign(secured, detour, role):
    with session(secured, role) as reader:
        assert not FOREIGN.search(reader.told_by(DETOURS[detour]))


NO_DETOURS_INTO_VIEWS = ("system columns", "by position", "sample", "copy of a table")
"""What PostgreSQL knows of tables alone: nobody gets any further."""


@pytest.mark.parametrize(
    "detour",
    [
        name
        for name in DETOURS
        if POSITIONS in DETOURS[name] and name not in ("row security off", "xml", *NO_DETOURS_INTO_VIEWS)
    ],
)
def test_the_detours_would_show_foreign_rows_to_whoever_may_see_them(secured, detour):
    """Otherwise the test above would prove nothing."""
    with session(secured, EVERYONE) as reader:
        told = reader.told_by(DETOURS[detour])
        assert FOREIGN.search(told) or "division by zero" in told


@pytest.mark.parametrize("role", (*CONFINED, EVERYONE))
def test_tables_themselves_are_refused_by_whatever_way(secured, role):
    ways = [statement for statement in DETOURS.values() if POSITIONS in statement]
    with session(secured, role) as reader:
        for statement in ways:
            held = statement.replace(POSITIONS, HELD_POSITIONS).partition("set local row_security = off; ")[-1]
            assert reader.is_refused(held or statement.replace(POSITIONS, HELD_POSITIONS)), statement


def test_every_function_of_ours_is_refused(secured):
    with psycopg.connect(secured) as connection:
        found = connection.execute(
            "select format('%I.%I(%s)', nspname, proname, case pronargs when 1 then '''theirs''' when 2 then"
            " '''theirs'', ''2026-03-01''' end) from pg_proc join pg_namespace as n on pronamespace = n.oid"
            " where nspname in ('access', 'marts', 'marts_latest', 'meta', 'public')"
        ).fetchall()
    assert len(found) == 6 + len([table for table in TABLES if "partner_id" in TABLES[table]])
    for role in CONFINED:
        with session(secured, role) as reader:
            assert all(reader.is_refused(f"select {call}") for (call,) in found)


@pytest.mark.parametrize("cost", ("0.0000001", "1000000"))
def test_a_function_of_the_readers_own_is_shown_its_rows_alone(secured, cost):
    with session(secured, BOUND) as reader:
        reader.rows(
            "create function pg_temp.listen(name text) returns boolean language plpgsql"
            f" cost {cost} as $$ begin raise notice '%', name; return true; end $$"
        )
        told = reader.told_by(f"select 1 from {POSITIONS} where pg_temp.listen(customer_name)")
        assert "ours-customer" in told
        assert not FOREIGN.search(told)


def test_a_function_cannot_be_called_leakproof(secured):
    with session(secured, BOUND) as reader:
        made = "create function pg_temp.f(name text) returns boolean leakproof language sql as $$ select true $$"
        assert reader.is_refused(made)


def test_an_error_that_foreign_rows_would_cause_does_not_come(secured):
    with session(secured, BOUND) as reader:
        divisor = "(total_licenses - total_licenses / 1000000 * total_licenses)"
        assert reader.rows(f"select count(*) from {POSITIONS} where 1 / {divisor} > 9") == [(0,)]


@pytest.mark.parametrize("role", (BOUND, NARROW, OWNED, RESOLD, UNBOUND))
def test_plans_do_not_tell_whether_foreign_values_exist(secured, role):
    """The planner's estimate is the same for a value that is there and for one that is not."""
    there = {
        "partner_id": "'theirs'",
        "customer_name": f"'Name, of {customer_of('theirs', 0)}'",
        "subscription_id": "'theirs-subscription-0'",
        "total_licenses": "1000100",
    }
    with session(secured, role) as reader:
        for column, value in there.items():
            nowhere = "77" if value.isdigit() else "'nobody'"
            plans = [
                reader.rows(f"explain (format json) select * from {POSITIONS} where {column} {sign} {literal}")[0][0][0]
                for sign in ("=", ">")
                for literal in (value, nowhere)
            ]
            estimates = [plan["Plan"]["Plan Rows"] for plan in plans]
            assert estimates[0] == estimates[1], column
            assert estimates[2] == estimates[3], column


@pytest.mark.parametrize("role", (BOUND, NARROW, OWNED, RESOLD, UNBOUND))
def test_no_other_role_can_be_taken(secured, role):
    with session(secured, role) as reader:
        for other in {*ROLES, OWNER, "portfolio_reader_all", "postgres"} - {role, UNBOUND, STRANGER}:
            assert reader.is_refused(f"set role {other}")
            assert reader.is_refused(f"set session authorization {other}")
            assert reader.is_refused(f"select set_config('role', '{other}', false)")
        reader.rows("set local role portfolio_reader")
        assert reader.rows(f"select * from {POSITIONS}") == []


@pytest.mark.parametrize("role", (BOUND, NARROW, OWNED, RESOLD, UNBOUND, EVERYONE))
def test_readers_change_nothing(secured, role):
    with session(secured, role) as reader:
        for statement in (
            f"insert into {POSITIONS} (partner_id) values ('ours')",
            f"update {POSITIONS} set total_licenses = 0",
            f"delete from {POSITIONS}",
            f"truncate {POSITIONS}",
            f"select * from {POSITIONS} for update",
            f"lock table {POSITIONS}",
            f"copy {POSITIONS} from stdin",
            f"alter table {POSITIONS} disable row level security",
            f"drop policy bound_rows on {POSITIONS}",
            f"create policy mine on {POSITIONS} using (true)",
            f"create trigger mine before insert on {POSITIONS} execute function suppress_redundant_updates_trigger()",
            "insert into access.bindings (role, partner_id) values (current_user::regrole, 'theirs')",
            "delete from access.bindings",
            "insert into access.account_bindings select current_user::regrole, 'theirs', null, 'Owner 0'",
            "update access.account_bindings set owner = 'Owner 1'",
            "update meta.newest_accounts set owner = 'Owner 0'",
            "create view marts.mine as select 1",
            "create function access.partners2() returns int language sql as 'select 1'",
            "create or replace view marts_latest.license_positions as select 1",
            "copy (select 1) to program 'true'",
            f"grant select on {POSITIONS} to public",
        ):
            assert reader.is_refused(statement, *NOT_OF_VIEWS) or statement.startswith("grant"), statement
            if POSITIONS in statement and "policy" not in statement:
                assert reader.is_refused(statement.replace(POSITIONS, HELD_POSITIONS)), statement
        assert not reader.told_by(f"grant select on {POSITIONS} to public").count("GRANT")
