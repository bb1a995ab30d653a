"""Bindings: who sees what after granting, revoking, renaming and dropping; and who can't be bound."""

import psycopg
import pytest
from psycopg import sql

from storage.postgres.bindings import Binding, bindings, grant, grant_all, revoke
from storage.postgres.connection import connect
from storage.postgres.errors import PostgresError

from .publications import TABLES, apply_file, customer_of, rows, write
from .roles import session
from .servers import new_database


@pytest.fixture
def published(dsn, tmp_path):
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0])))
    return dsn


@pytest.fixture
def role(server):
    """A login role that nobody knows, with a name that needs quotes."""
    name = 'A "strange" röle'
    identifier = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("create role {} login").format(identifier))
        yield name
        for held in admin.execute(r"select rolname from pg_roles where rolname ~ 'strange'").fetchall():
            admin.execute(sql.SQL("drop role {}").format(sql.Identifier(held[0])))


def bound(connection, *roles):
    """The bindings of these roles: the server may know roles of other tests."""
    return [binding for binding in bindings(connection) if binding.role in roles]


def seen(dsn, role, columns="partner_id"):
    with session(dsn, role) as reader:
        return set(reader.rows(f"select {columns} from marts.license_positions"))


def test_granting_and_revoking(published, role):
    with connect(published) as connection:
        grant(connection, role, ["ours", "theirs"], [])
        assert bound(connection, role) == [Binding(role, "ours", None), Binding(role, "theirs", None)]
        assert seen(published, role) == {("ours",), ("theirs",)}
        assert revoke(connection, role, ["theirs"], []) == 1
        assert seen(published, role) == {("ours",)}
        assert revoke(connection, role, [], []) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            seen(published, role)
        assert revoke(connection, role, [], []) == 0
        assert bound(connection, role) == []


def test_customers_narrow_a_partner_until_the_whole_is_granted(published, role):
    first, second = customer_of("ours", 0), customer_of("ours", 2)
    with connect(published) as connection:
        grant(connection, role, ["ours"], [first])
        assert seen(published, role, "customer_id") == {(first,)}
        grant(connection, role, ["ours"], [first, second])
        assert revoke(connection, role, ["ours"], [first]) == 1
        assert seen(published, role, "customer_id") == {(second,)}
        grant(connection, role, ["ours"], [])
        assert bound(connection, role) == [Binding(role, "ours", None)]
        with pytest.raises(PostgresError, match="sees all of ours: revoke that first"):
            grant(connection, role, ["ours"], [first])


def test_a_customer_is_a_partners_own(published, role):
    """The same customer_id of another partner is another customer."""
    with connect(published) as connection:
        grant(connection, role, ["ours"], [customer_of("theirs", 0)])
        assert seen(published, role) == set()


def test_every_partner(published, role):
    with connect(published) as connection:
        grant_all(connection, role)
        assert bound(connection, role) == [Binding(role, None, None)]
        assert seen(published, role) == {("ours",), ("theirs",)}
        assert revoke(connection, role, [], []) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            seen(published, role)


def test_a_binding_follows_a_renamed_role_and_dies_with_it(server, published, role):
    with connect(published) as connection, psycopg.connect(server, autocommit=True) as admin:
        grant(connection, role, ["ours"], [])
        admin.execute(sql.SQL("alter role {} rename to strange_too").format(sql.Identifier(role)))
        assert seen(published, "strange_too") == {("ours",)}
        admin.execute("drop role strange_too; create role strange_too login in role portfolio_reader")
        assert seen(published, "strange_too") == set()
        assert bound(connection, role, "strange_too") == []


def test_members_of_a_bound_role_see_its_rows(server, published, role):
    with connect(published) as connection, psycopg.connect(server, autocommit=True) as admin:
        grant(connection, role, ["ours"], [])
        admin.execute(sql.SQL("create role strange_member login in role {}").format(sql.Identifier(role)))
        assert seen(published, "strange_member") == {("ours",)}


def test_bindings_outlast_publications_new_columns_and_new_tables(published, role, tmp_path):
    with connect(published) as connection:
        grant(connection, role, ["ours"], [])
    tables = TABLES | {
        "marts.license_positions": TABLES["marts.license_positions"] + ", more text",
        "marts.added": "as_of_date date, partner_id text, name text",
    }
    held = rows([0, 1], "p2")
    held["marts.license_positions"] = [(*row, row[1]) for row in held["marts.license_positions"]]
    held["marts.added"] = [(row[0], row[1], row[1]) for row in held["marts.portfolio_kpis"]]
    apply_file(published, write(tmp_path / "b.duckdb", held, tables))
    assert seen(published, role, "partner_id, more") == {("ours", "ours")}
    with session(published, role) as reader:
        for name in ("marts.added", "marts_latest.added", "marts_latest.license_positions"):
            assert set(reader.rows(f"select partner_id from {name}")) == {("ours",)}, name


def test_a_right_in_the_tables_themselves_shows_nothing_and_is_taken_back(published, role, query, tmp_path):
    with connect(published) as connection:
        grant(connection, role, ["ours"], [])
    query("grant usage on schema marts_held to portfolio_reader; grant all on marts_held.license_positions to public")
    query(sql.SQL("grant select on marts_held.license_positions to {}").format(sql.Identifier(role)))
    with session(published, role) as reader:
        assert reader.rows("select * from marts_held.license_positions") == []
    apply_file(published, write(tmp_path / "b.duckdb", rows([0])))
    with session(published, role) as reader:
        assert reader.is_refused("select * from marts_held.license_positions")
    assert seen(published, role) == {("ours",)}


def test_roles_that_no_policy_holds_for_are_refused(server, published, role):
    with connect(published) as connection, psycopg.connect(server, autocommit=True) as admin:
        with pytest.raises(PostgresError, match="role nobody does not exist"):
            grant(connection, "nobody", ["ours"], [])
        with pytest.raises(PostgresError, match="is a member of portfolio_owner, who owns the tables"):
            grant(connection, "portfolio_owner", ["ours"], [])
        admin.execute(sql.SQL("alter role {} bypassrls").format(sql.Identifier(role)))
        with pytest.raises(PostgresError, match="is a superuser or has BYPASSRLS"):
            grant(connection, role, ["ours"], [])
        assert bound(connection, role, "portfolio_owner") == []


def test_an_owner_that_may_create_no_roles_can_publish_and_bind(server, tmp_path, role):
    with psycopg.connect(server, autocommit=True) as admin:
        for name in ("portfolio_reader", "portfolio_reader_all"):
            if not admin.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone():
                admin.execute(f"create role {name} nologin")
        if not admin.execute("select 1 from pg_roles where rolname = 'modest_owner'").fetchone():
            admin.execute("create role modest_owner login")
        admin.execute("grant portfolio_reader, portfolio_reader_all to modest_owner with admin option")
    with new_database(server, "portfolio_modest", "modest_owner") as dsn:
        apply_file(dsn, write(tmp_path / "a.duckdb", rows([0])))
        with connect(dsn) as connection:
            grant(connection, role, ["ours"], [])
            assert bound(connection, role) == [Binding(role, "ours", None)]
        assert seen(dsn, role) == {("ours",)}


def test_a_group_role_that_is_missing_and_may_not_be_made_is_one_line(server, tmp_path, monkeypatch):
    monkeypatch.setattr("storage.postgres.schema.READER", "missing_reader")
    with psycopg.connect(server, autocommit=True) as admin:
        if not admin.execute("select 1 from pg_roles where rolname = 'modest_owner'").fetchone():
            admin.execute("create role modest_owner login")
    with new_database(server, "portfolio_modest", "modest_owner") as dsn:
        with pytest.raises(PostgresError, match="have an administrator run `create role missing_reader nologin`"):
            apply_file(dsn, write(tmp_path / "a.duckdb", rows([0])))
        with psycopg.connect(dsn) as connection:
            assert connection.execute("select count(*) from pg_tables where schemaname = 'marts'").fetchone() == (0,)
