"""Bindings to owners and sub-partners: every mart of the contract, customers that move, and those of nobody."""

import pytest

from storage.postgres.bindings import Binding, bindings, grant, revoke
from storage.postgres.connection import connect
from storage.postgres.errors import PostgresError

from .conftest import OWNER
from .contract_rows import marts, write_contract
from .publications import TABLES, apply_file, customer_of, day, owner_of, rows, sub_partner_of, write
from .roles import BOUND, NARROW, OTHER, OWNED, RESOLD, UNBOUND, bind_roles, session
from .servers import new_database

FIRST, SECOND = customer_of("ours", 0), customer_of("ours", 2)
OF_A_CUSTOMER = sorted(name for name, columns in marts().items() if "customer_id" in columns)
OF_A_PARTNER = sorted(name for name, columns in marts().items() if {"partner_id"} <= columns.keys())
OF_OTHERS_TOO = sorted(set(OF_A_PARTNER) - set(OF_A_CUSTOMER))
"""Marts that sum up customers, or that a customer can't be told from."""


@pytest.fixture(scope="module")
def contract(server, tmp_path_factory):
    """A database that holds every column of every mart, of two partners that use the same owners and resellers."""
    with new_database(server, "portfolio_accounts", OWNER) as dsn:
        apply_file(dsn, write_contract(tmp_path_factory.mktemp("published") / "a.duckdb"))
        bind_roles(server, dsn)
        yield dsn


@pytest.fixture
def published(server, dsn, tmp_path):
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0, 1])))
    bind_roles(server, dsn)
    return dsn


def customers(dsn, role, table="marts.license_positions"):
    with session(dsn, role) as reader:
        return {customer for (customer,) in reader.rows(f"select distinct customer_id from {table}")}


def moved(path, owner):
    """The first customer is another owner's on the last day, or nobody's; reseller likewise."""
    held = rows([0, 1], "p2")
    held["marts.customer_overview"] = [
        (*row[:3], owner, owner, *row[5:]) if row[0] == day(1) and row[2] == FIRST else row
        for row in held["marts.customer_overview"]
    ]
    return write(path, held)


def test_the_contract_has_the_marts_that_this_is_about():
    assert {"next_actions", "renewal_worklist", "portfolio_changes", "overage_risk", "customer_overview"} <= set(
        OF_A_CUSTOMER
    )
    assert {"renewal_worklist_kpis", "retention", "forecast_skill", "portfolio_kpis"} <= set(OF_OTHERS_TOO)


@pytest.mark.parametrize("mart", OF_A_PARTNER)
@pytest.mark.parametrize("schema", ("marts", "marts_latest"))
def test_each_mart_shows_each_role_its_own_rows(contract, schema, mart):
    own = ("partner_id", "customer_id") if mart in OF_A_CUSTOMER else ("partner_id",)
    seen = {}
    for role in (BOUND, NARROW, OWNED, RESOLD, UNBOUND, OTHER):
        with session(contract, role) as reader:
            seen[role] = set(reader.rows(f"select distinct {', '.join(own)} from {schema}.{mart}"))
    of_first = {("ours", FIRST)} if mart in OF_A_CUSTOMER else set()
    assert {seen[role] == of_first for role in (NARROW, OWNED, RESOLD)} == {True}
    assert {row[0] for row in seen[BOUND]} == {"ours"}
    assert {row[0] for row in seen[OTHER]} == {"theirs"}
    assert seen[UNBOUND] == set()


def test_a_customer_that_moved_is_seen_by_whoever_has_it_now_on_all_days(published, tmp_path):
    assert customers(published, OWNED) == customers(published, RESOLD) == {FIRST}
    with connect(published) as connection:
        grant(connection, UNBOUND, ["ours"], owners=["Owner 1"])
    assert customers(published, UNBOUND) == {SECOND}
    apply_file(published, moved(tmp_path / "b.duckdb", "Owner 1"))
    assert customers(published, UNBOUND) == {FIRST, SECOND}
    with session(published, UNBOUND) as reader:
        days = reader.rows(f"select distinct as_of_date from marts.license_positions where customer_id = '{FIRST}'")
        assert set(days) == {(day(0),), (day(1),)}
    for role in (OWNED, RESOLD):
        assert customers(published, role) == customers(published, role, "meta.newest_accounts") == set()


@pytest.mark.parametrize("nobody", (None, ""))
def test_customers_without_an_owner_are_seen_by_no_role_that_is_bound_to_one(published, tmp_path, nobody):
    with connect(published) as connection:
        for owner in ("", "None", "null"):
            grant(connection, UNBOUND, ["ours"], owners=[owner], sub_partners=[owner])
    apply_file(published, moved(tmp_path / "b.duckdb", nobody))
    for role in (OWNED, RESOLD, UNBOUND):
        assert customers(published, role) == set()
    assert customers(published, BOUND) == {FIRST, SECOND}


def test_a_customer_listed_no_more_is_whose_it_was_last(published, tmp_path):
    held = rows([0, 1], "p2")
    held["marts.customer_overview"] = [row for row in held["marts.customer_overview"] if row[0] == day(0)]
    apply_file(published, write(tmp_path / "b.duckdb", held))
    assert customers(published, OWNED) == {FIRST}


def test_without_accounts_in_the_publication_such_roles_see_nothing(server, dsn, tmp_path):
    tables = {name: columns for name, columns in TABLES.items() if name != "marts.customer_overview"}
    apply_file(dsn, write(tmp_path / "a.duckdb", rows([0]), tables))
    bind_roles(server, dsn)
    assert customers(dsn, OWNED) == customers(dsn, RESOLD) == set()
    assert customers(dsn, NARROW) == {FIRST}


def test_an_account_without_a_customer_opens_nothing(published, query):
    """A null among the customers stands for the whole partner: none may come from the data."""
    query("insert into meta_held.newest_accounts values ('ours', null, 'Owner 0', 'reseller-0')")
    assert customers(published, OWNED) == customers(published, RESOLD) == {FIRST}


def test_the_same_owner_of_another_partner_is_another_person(published):
    assert owner_of("ours", 0) == owner_of("theirs", 0)
    with session(published, OWNED) as reader:
        assert reader.rows("select distinct partner_id from marts.license_positions") == [("ours",)]


def test_bindings_add_up_and_are_taken_away_one_by_one(published):
    with connect(published) as connection:
        grant(connection, UNBOUND, ["ours"], [SECOND])
        grant(connection, UNBOUND, ["ours"], owners=[owner_of("ours", 0)])
        grant(connection, UNBOUND, ["ours"], owners=[owner_of("ours", 0)])  # which is there already
        assert customers(published, UNBOUND) == {FIRST, SECOND}
        bound = [one for one in bindings(connection) if one.role == UNBOUND]
        assert bound == [
            Binding(UNBOUND, "ours", None, None, owner_of("ours", 0)),
            Binding(UNBOUND, "ours", SECOND),
        ]
        assert revoke(connection, UNBOUND, ["ours"], owners=["nobody"]) == 0
        assert revoke(connection, UNBOUND, [], [SECOND]) == 1
        assert customers(published, UNBOUND) == {FIRST}
        assert revoke(connection, UNBOUND, ["ours"], owners=[owner_of("ours", 0)]) == 1
        assert customers(published, UNBOUND) == set()


def test_the_whole_partner_takes_the_place_of_its_parts(published):
    with connect(published) as connection:
        grant(connection, UNBOUND, ["ours"], sub_partners=[sub_partner_of("ours", 0)])
        grant(connection, UNBOUND, ["ours"])
        assert [one for one in bindings(connection) if one.role == UNBOUND] == [Binding(UNBOUND, "ours")]
        for narrowed in ({"owners": ["Owner 0"]}, {"sub_partners": ["reseller-0"]}):
            with pytest.raises(PostgresError, match="sees all of ours: revoke that first"):
                grant(connection, UNBOUND, ["ours"], **narrowed)
        assert revoke(connection, UNBOUND, []) == 1


def test_functions_of_the_version_before_show_nothing_to_such_roles(published, query):
    """They know bindings to partners and customers alone, and must not take an owner's for the whole partner's."""
    assert query("select count(*) from access.bindings where role::text in ('leak_owned', 'leak_resold')") == [(0,)]


def test_a_database_of_the_version_before_says_what_to_do(published, query):
    query("drop table access.account_bindings")
    with connect(published) as connection:
        assert Binding(BOUND, "ours") in bindings(connection)
        with pytest.raises(PostgresError, match="an earlier version published to this database: run"):
            grant(connection, UNBOUND, ["ours"], owners=["Owner 0"])
