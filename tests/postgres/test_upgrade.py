"""Databases of version 0.1.0, which had tables where views are now: moved over by the next publication."""

import psycopg
import pytest

from contracts.version import program_version
from pipelines.commands.upgrading import plan_upgrade
from pipelines.settings import load_settings
from storage.files.atomic import StorageError
from storage.postgres.apply import withdraw
from storage.postgres.bindings import Binding, bindings, require_set_up
from storage.postgres.connection import connect
from storage.postgres.errors import PostgresError
from storage.postgres.rewriting import note_erasure
from storage.postgres.versions import found_version

from .comparing import assert_equal
from .publications import TABLES, apply_file, day, rows, write
from .roles import BOUND, EVERYONE, bind_roles, session
from .servers import as_role

POLICIES = """
alter table {table} enable row level security;
create policy every_row on {table} for select to portfolio_reader_all using (true);
grant select on {table} to portfolio_reader_all;
create policy bound_rows on {table} for select to portfolio_reader using (
    partner_id = any((select access.partners())::text[])
);
grant select on {table} to portfolio_reader;
"""
STATE = """
create schema marts; create schema marts_latest; create schema meta; create schema access;
create table access.bindings (
    role regrole not null, partner_id text not null, customer_id text, granted_at timestamptz not null default now(),
    unique nulls not distinct (role, partner_id, customer_id)
);
create table access.tables (
    table_schema text, table_name text, definition text not null, primary key (table_schema, table_name)
);
create table access.applied (
    table_schema text, table_name text, day text, rows bigint not null, digest text not null,
    primary key (table_schema, table_name, day)
);
grant usage on schema marts, marts_latest, meta to portfolio_reader, portfolio_reader_all;
create function access.partners() returns text[] language sql stable security definer as $$
    select array_agg(partner_id) from access.bindings where role::oid = session_user::regrole::oid
$$;
grant execute on function access.partners() to portfolio_reader;
"""
HELD = rows([0, 1])


def make_it_as_before(owner):
    """The tables, views, rights and notes as version 0.1.0 left them, as far as the next publication meets them."""
    owner.execute(STATE)
    tables = {"meta.newest_days": "partner_id text, as_of_date date", **TABLES, "marts.gone": "partner_id text, a date"}
    for name, columns in tables.items():
        owner.execute(f"create table {name} ({columns.replace(' double', ' double precision')})")
        schema, _, table = name.partition(".")
        owner.execute("insert into access.tables values (%s, %s, 'old')", [schema, table])
        days = [str(day(0)), str(day(1))] if schema == "marts" and "as_of_date" in columns else [""]
        for one in days:
            owner.execute("insert into access.applied values (%s, %s, %s, 1, 'old')", [schema, table, one])
        for row in HELD.get(name, ()):
            owner.execute(f"insert into {name} values ({', '.join(['%s'] * len(row))})", row)
        if "partner_id" in columns:
            owner.execute(POLICIES.format(table=name))
    owner.execute(
        "insert into meta.newest_days select partner_id, max(as_of_date) from marts.portfolio_kpis group by 1"
    )
    owner.execute("insert into marts.gone values ('theirs')")
    owner.execute(
        "alter table marts.license_positions add primary key (as_of_date, partner_id, product, subscription_id)"
    )
    owner.execute(
        "create index license_positions_by_partner_id on marts.license_positions (partner_id, as_of_date, product)"
    )
    owner.execute(
        "create view marts_latest.license_positions with (security_invoker = true) as select mart.*"
        " from marts.license_positions as mart join meta.newest_days as newest using (partner_id, as_of_date);"
        " grant select on marts_latest.license_positions to portfolio_reader, portfolio_reader_all"
    )
    owner.execute("analyze")


@pytest.fixture
def before(server, dsn):
    """The owner's DSN of such a database, with bound roles."""
    with psycopg.connect(server, autocommit=True) as admin:
        for role in ("portfolio_reader", "portfolio_reader_all"):
            if not admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                admin.execute(f"create role {role}")
            admin.execute(f"grant {role} to portfolio_owner with admin option")
    with psycopg.connect(dsn, autocommit=True) as owner:
        make_it_as_before(owner)
    bind_roles(server, dsn, to_accounts=False)
    return dsn


def test_rows_bindings_and_rights_are_there_afterwards_and_nothing_of_before(before, query, tmp_path):
    with connect(before) as connection:
        bound = bindings(connection)
    with session(before, BOUND) as reader:
        assert len(reader.rows("select * from marts.license_positions")) == 8
    path = write(tmp_path / "a.duckdb", rows([0, 1, 2], "p2"))
    apply_file(before, path)
    assert_equal(query, path)
    with connect(before) as connection:
        assert bindings(connection) == bound
    assert Binding(BOUND, "ours", None) in bound
    for role, number in ((BOUND, 12), (EVERYONE, 24)):
        with session(before, role) as reader:
            assert len(reader.rows("select * from marts.license_positions")) == number
            assert len(reader.rows("select * from marts_latest.license_positions")) == number / 3
    kinds = dict(query("select relname, relkind from pg_class where relnamespace = 'marts'::regnamespace"))
    assert {kinds[name.partition(".")[2]] for name in TABLES if name.startswith("marts.")} == {"v"}
    assert query("select count(*) from marts.gone") == [(0,)]
    assert query("select count(*) from pg_stats where schemaname ~ 'held' and tablename <> 'dim_dates'") == [(0,)]
    assert query("select relname from pg_class where relname ~ 'before'") == []
    assert apply_file(before, path).tables == []


def test_readers_see_the_publication_before_until_all_is_moved(before, tmp_path):
    seen = []

    def read(table):
        with session(before, BOUND) as reader:
            seen.extend(reader.rows("select count(*) from marts.license_positions"))

    apply_file(before, write(tmp_path / "a.duckdb", rows([0, 1, 2], "p2")), report=read)
    assert set(seen) == {(8,)}


def test_every_row_can_be_taken_away(before, query):
    with connect(before) as connection:
        assert withdraw(connection)
    for name in TABLES:
        assert query(f"select count(*) from {name}") == [(0,)]


def test_a_failure_leaves_the_tables_of_before(before, query, tmp_path):
    query("create schema marts_held; create table marts_held.mine (a int)")
    path = write(tmp_path / "a.duckdb", rows([0, 1, 2], "p2"))
    with pytest.raises(Exception, match=r"already holds marts_held\.mine"):
        apply_file(before, path)
    assert query("select count(*) from marts.license_positions") == [(16,)]


def test_a_view_of_somebodys_own_fails_rather_than_showing_no_or_old_rows(before, query, tmp_path):
    query("create view public.of_the_owner as select total_licenses from marts.license_positions")
    query(f"create schema sandbox; grant all on schema sandbox to {BOUND}")
    with psycopg.connect(as_role(before, BOUND), autocommit=True) as maker:
        maker.execute("create view sandbox.of_a_reader as select total_licenses from marts.license_positions")
        maker.execute("create view sandbox.of_the_newest as select total_licenses from marts_latest.license_positions")
    notes = []
    apply_file(before, write(tmp_path / "a.duckdb", rows([0, 1, 2], "p2")), note=notes.append)
    made = "(of_the_owner, sandbox.of_a_reader)"
    assert notes == [f"marts.license_positions is a view now: what was made of the table must be made again {made}"]
    with session(before, BOUND) as reader:
        assert reader.is_refused("select * from sandbox.of_a_reader")
        assert len(reader.rows("select * from sandbox.of_the_newest")) == 4
    with session(before, "portfolio_owner") as owner:
        assert owner.is_refused("select * from public.of_the_owner")


def test_the_version_is_noted_with_the_program_that_brought_it(before, query, tmp_path):
    with connect(before) as connection:
        assert found_version(connection) == 1
    path = write(tmp_path / "a.duckdb", rows([0, 1, 2], "p2"))
    apply_file(before, path)
    noted = query("select version, program, changed_at from access.schema_versions")
    assert [(version, program) for version, program, _ in noted] == [(2, program_version())]
    apply_file(before, path)
    assert query("select version, program, changed_at from access.schema_versions") == noted


def test_a_database_of_a_newer_version_is_left_alone(before, query, tmp_path):
    path = write(tmp_path / "a.duckdb", rows([0, 1, 2], "p2"))
    apply_file(before, path)
    query("insert into access.schema_versions (version, program) values (3, '9.8.7')")
    held = query("select * from marts.license_positions")
    refused = r"newer version of partner-portfolio, 9\.8\.7, with schema 3; this is .*, with schema 2"
    with connect(before) as connection:
        for act in (withdraw, require_set_up, lambda it: note_erasure(it, ["c1"], None)):
            with pytest.raises(PostgresError, match=refused):
                act(connection)
    with pytest.raises(PostgresError, match=refused):
        apply_file(before, write(tmp_path / "b.duckdb", rows([3])))
    assert query("select * from marts.license_positions") == held


def test_an_upgrade_refuses_a_database_of_a_newer_version_before_it_does_anything(before, query, tmp_path, monkeypatch):
    apply_file(before, write(tmp_path / "a.duckdb", rows([0, 1, 2], "p2")))
    query("insert into access.schema_versions (version, program) values (3, '9.8.7')")
    (tmp_path / "landing").mkdir()
    monkeypatch.setenv("PORTFOLIO_POSTGRES_DSN", before)
    settings = load_settings(home=tmp_path / "home", landing=tmp_path / "landing")
    with pytest.raises(StorageError, match=r"newer version of partner-portfolio, 9\.8\.7, with schema 3; this is"):
        plan_upgrade(settings)


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_version_changes_is_done_in_the_publication_s_transaction_or_not_at_all(
    before, query, tmp_path, monkeypatch, fails
):
    path = write(tmp_path / "a.duckdb", rows([0, 1, 2], "p2"))
    apply_file(before, path)
    changed = ["alter table access.bindings add note text", *(["select 1 / 0"] if fails else [])]
    monkeypatch.setattr("storage.versions.POSTGRES", 3)
    monkeypatch.setattr("storage.postgres.versions.CHANGES", {3: changed})
    if fails:
        with pytest.raises(PostgresError, match="division by zero"):
            apply_file(before, path)
    else:
        apply_file(before, path)
        apply_file(before, path)
    columns = query(
        "select attname from pg_attribute where attrelid = 'access.bindings'::regclass and attname = 'note'"
    )
    found = query("select version from access.schema_versions order by 1")
    assert (columns, found) == (([], [(2,)]) if fails else ([("note",)], [(2,), (3,)]))
