"""The real commands: what is published is in PostgreSQL, and a server that is away harms nothing."""

import re
import shutil

import duckdb
import psycopg
import pytest

from ..e2e.commands import portfolio, published
from .conftest import OWNER
from .server_files import files_with
from .servers import as_role, new_database

SECRET = "n0b0dys-w0rd"  # noqa: S105  the server trusts the role; what is looked for is whether it leaks
FIRST, SECOND, THIRD = "2026-04-06", "2026-04-07", "2026-04-08"
READER = "command_reader"


@pytest.fixture(scope="module")
def built(server, tmp_path_factory):
    """Landing, home and DSN: two as-of days, published to a database as well by `materialize` itself."""
    folder = tmp_path_factory.mktemp("command")
    landing, home = folder / "landing", folder / "home"
    portfolio("simulate", landing, "--from", "2026-03-20", "--to", THIRD, "--customers", "14", "--partners", "2")
    with new_database(server, "portfolio_command", OWNER) as given:
        dsn = psycopg.conninfo.make_conninfo(given, password=SECRET)
        arguments = ("--landing", landing, "--home", home, "--from", FIRST, "--to", SECOND)
        said = portfolio("materialize", *arguments, postgres_dsn=dsn)
        assert SECRET not in said.stdout + said.stderr
        yield landing, home, dsn


@pytest.fixture
def copied(built, server, tmp_path):
    """The same, to change: another home and a database of its own, which was not published to yet."""
    landing, home, _ = built
    shutil.copytree(landing, tmp_path / "landing")
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    with new_database(server, "portfolio_copied", OWNER) as dsn:
        yield tmp_path / "landing", tmp_path / "home", dsn


def ask(dsn, query):
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query).fetchall()


def assert_equal(home, dsn):
    """Every table of the published file has the same rows in PostgreSQL; the number of tables."""
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb"), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            held = connection.execute(f'select * from {schema}."{table}"')
            columns = ", ".join(f'"{column[0]}"' for column in held.description)
            there = ask(dsn, f'select {columns} from {schema}."{table}"')
            assert sorted(map(repr, there)) == sorted(map(repr, held.fetchall())), (schema, table)
    return len(tables)


def test_materialize_publishes_to_the_server_as_well(built):
    _, home, dsn = built
    assert assert_equal(home, dsn) > 28
    assert ask(dsn, "select distinct as_of_date::text from marts.portfolio_kpis order by 1") == [(FIRST,), (SECOND,)]


def test_every_mart_is_a_view_and_every_column_has_a_comment(built):
    _, home, dsn = built
    marts = published(home, "select table_name from duckdb_tables() where schema_name = 'marts'")
    views = ask(dsn, "select table_name from information_schema.views where table_schema = 'marts'")
    assert {name for (name,) in marts} == {name for (name,) in views}
    bare = ask(
        dsn,
        "select attrelid::regclass, attname from pg_attribute join pg_class on attrelid = pg_class.oid"
        " where relnamespace::regnamespace::text in ('marts', 'marts_latest', 'meta')"
        " and relkind in ('r', 'v') and attnum > 0"
        " and (col_description(attrelid, attnum) is null or obj_description(attrelid) is null)",
    )
    assert bare == []


def test_no_file_of_the_home_folder_holds_the_password(built):
    _, home, _ = built
    assert [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []


def test_a_server_that_is_away_harms_nothing_and_the_next_run_heals(copied):
    landing, home, dsn = copied
    away = f"postgresql://{OWNER}:{SECRET}@127.0.0.1:1/portfolio"
    where = ("--landing", landing, "--home", home)
    failed = portfolio("materialize", *where, "--from", THIRD, "--to", THIRD, code=1, postgres_dsn=away)
    assert f"published: {THIRD}" in failed.stdout
    assert re.fullmatch(
        r"error: PostgreSQL has not got what is published: PostgreSQL portfolio_owner@127\.0\.0\.1:1/portfolio: .*"
        r" `portfolio publish postgres` tries again\n",
        failed.stderr,
    ), failed.stderr
    assert SECRET not in failed.stdout + failed.stderr
    assert published(home, "select max(as_of_date)::varchar from marts.portfolio_kpis") == [(THIRD,)]
    portfolio("materialize", *where, "--from", THIRD, "--to", THIRD, postgres_dsn=dsn)
    assert_equal(home, dsn)


def test_publishing_binding_and_revoking(copied, server):
    _, home, dsn = copied
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop role if exists {READER}")
        admin.execute(f"create role {READER} login")
    unbound = portfolio("postgres", "list", "--dsn", dsn, code=1)
    assert "nothing is published to this database yet" in unbound.stderr
    said = portfolio("publish", "postgres", "--dsn", dsn, "--home", home).stdout
    assert re.match(
        r"applied: publication \S+ to PostgreSQL portfolio_owner@\S+: 2 days replaced, [\d,]+ rows cop", said
    )
    assert portfolio("publish", "postgres", "--dsn", dsn, "--home", home).stdout.startswith("up to date: ")
    ((partner,), (other,)) = published(home, "select distinct partner_id from marts.portfolio_kpis order by 1")
    ((customer,),) = published(
        home, f"select min(customer_id) from marts.license_positions where partner_id = '{partner}'"
    )
    portfolio("postgres", "grant", READER, "--partner", partner, "--customer", customer, postgres_dsn=dsn)
    owners = ("--owner", "Nobody [b]here", "--owner", "Ann")
    said = portfolio("postgres", "grant", READER, "--partner", other, *owners, postgres_dsn=dsn).stdout
    assert said == f"{READER} sees {other}, customers of owners Nobody [b]here, Ann\n"
    assert "1 binding " in portfolio("postgres", "revoke", READER, "--owner", "Ann", postgres_dsn=dsn).stdout
    portfolio("postgres", "grant", READER, "--partner", other, "--sub-partner", "R-1", postgres_dsn=dsn)
    listed = portfolio("postgres", "list", postgres_dsn=dsn).stdout
    assert [line.split(other)[1].strip() for line in listed.splitlines() if READER in line and other in line] == [
        "every customer of sub-partner R-1",
        "every customer of owner Nobody [b]here",
    ]
    portfolio("postgres", "grant", READER, "--partner", other, postgres_dsn=dsn)
    seen = ask(
        as_role(dsn, READER), "select distinct partner_id, customer_id from marts.license_positions order by 1, 2"
    )
    expected = published(
        home,
        "select distinct partner_id, customer_id from marts.license_positions"
        f" where partner_id = '{other}' or customer_id = '{customer}' order by 1, 2",
    )
    assert seen == expected
    listed = portfolio("postgres", "list", postgres_dsn=dsn).stdout
    assert [line.split() for line in listed.splitlines() if line.startswith(READER)] == [
        [READER, partner, customer],
        [READER, other, "every", "customer"],
    ]
    assert "2 bindings" in portfolio("postgres", "revoke", READER, postgres_dsn=dsn).stdout
    assert "no such binding" in portfolio("postgres", "revoke", READER, code=1, postgres_dsn=dsn).stderr
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(as_role(dsn, READER), "select 1 from marts.license_positions")


def test_a_forgotten_customer_is_gone_from_every_day_and_file(server, copied):
    landing, home, dsn = copied
    portfolio("publish", "postgres", "--home", home, postgres_dsn=dsn)
    ((partner, customer, days),) = published(
        home,
        "select partner_id, customer_id, count(distinct as_of_date) from marts.license_positions"
        " group by all order by all limit 1",
    )
    held = f"select count(distinct as_of_date) from marts.license_positions where customer_id = '{customer}'"
    assert ask(dsn, held) == [(days,)]
    assert files_with(server, dsn, customer) != []
    whom = ("--customer", customer, "--partner", partner, "--rewrite-landing")
    said = portfolio("forget", *whom, "--landing", landing, "--home", home, postgres_dsn=dsn)
    assert re.search(r"^PostgreSQL: publication \S+ applied$", said.stdout, re.MULTILINE)
    naming = ask(
        dsn,
        "select table_schema || '.' || table_name from information_schema.columns where column_name = 'customer_id'"
        " and table_schema in ('marts', 'marts_latest', 'meta')",
    )
    assert len(naming) > 10
    for (table,) in naming:
        assert ask(dsn, f"select count(*) from {table} where customer_id = '{customer}'") == [(0,)], table
    assert files_with(server, dsn, customer) == []
    assert_equal(home, dsn)


def test_pruned_days_go(copied):
    _, home, dsn = copied
    portfolio("publish", "postgres", "--home", home, postgres_dsn=dsn)
    said = portfolio("prune", "--home", home, keep_mart_days=0, postgres_dsn=dsn).stdout
    assert "PostgreSQL: publication" in said
    assert ask(dsn, "select distinct as_of_date::text from marts.license_positions") == [(SECOND,)]
    assert_equal(home, dsn)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    (
        (("publish", "postgres"), 1, "no database is named: set PORTFOLIO_POSTGRES_DSN, or give --dsn"),
        (("publish", "postgres", "--dsn", ""), 1, "names no database"),
        (("postgres", "list", "--dsn", f"u:{SECRET}"), 1, "the PostgreSQL DSN cannot be read"),
        (("publish", "postgres", "--dsn", "host=/nowhere"), 1, "`portfolio materialize` publishes"),
        (("postgres", "grant", "anna"), 2, "--partner ID, or --all-partners"),
        (("postgres", "grant", "anna", "--partner", "P", "--all-partners"), 2, "one of the two"),
        (("postgres", "grant", "anna", "--customer", "C"), 2, "--partner ID, or --all-partners"),
        (("postgres", "grant", "a", "--partner", "P", "--partner", "Q", "--customer", "C"), 2, "--partner once"),
        (("postgres", "grant", "a", "--owner", "O"), 2, "--partner ID, or --all-partners"),
        (("postgres", "grant", "a", "--all-partners", "--sub-partner", "S"), 2, "one of the two"),
        (("postgres", "grant", "a", "--partner", "P", "--partner", "Q", "--owner", "O"), 2, "--owner narrows one"),
        (("postgres", "grant", "a", "--partner", "P", "--owner", "O", "--sub-partner", "S"), 2, "one at a time"),
        (("postgres", "grant", "a", "--partner", "P", "--owner", " "), 2, "--owner is empty"),
    ),
)
def test_a_mistake_is_one_line(tmp_path, arguments, code, said):
    done = portfolio(*arguments, code=code, home=tmp_path)
    assert done.stdout == ""
    assert re.fullmatch(r"error: .*\n", done.stderr)
    assert said in done.stderr
    assert SECRET not in done.stderr
