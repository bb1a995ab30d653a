"""What PostgreSQL says of a reader's statements besides rows is the same whatever values others' rows hold.

The method is that of someone who draws values out: the same statement, with a literal that is or is not there, under
every plan that a reader can force, in databases whose foreign values differ; the whole text of `explain analyze` is
compared, with its counts, its buffers and its estimates.
"""

from time import sleep

import psycopg
import pytest

from .conftest import OWNER
from .contract_rows import KEYS, Cell, marts, value, write_contract
from .publications import apply_file, customer_of
from .roles import BOUND, NARROW, OWNED, RESOLD, UNBOUND, bind_roles, session
from .servers import new_database

EXPLAIN = "explain (analyze, buffers, costs, verbose, timing off, summary off)"
PLANS = {
    "as it comes": {},
    "no index": {"enable_indexscan": "off", "enable_bitmapscan": "off", "enable_indexonlyscan": "off"},
    "bitmap": {"enable_indexscan": "off", "enable_seqscan": "off"},
    "index only": {"enable_seqscan": "off", "enable_bitmapscan": "off"},
    "nothing costs": {"cpu_operator_cost": "0", "cpu_tuple_cost": "0", "cpu_index_tuple_cost": "0"},
    "no nested loop": {"enable_nestloop": "off", "enable_material": "off", "enable_memoize": "off"},
    "sorted": {"enable_hashagg": "off", "enable_hashjoin": "off", "from_collapse_limit": "1"},
    "parallel": {"parallel_setup_cost": "0", "parallel_tuple_cost": "0", "min_parallel_table_scan_size": "0"},
    "generic": {"plan_cache_mode": "force_generic_plan", "default_statistics_target": "10000"},
    "row security off": {"row_security": "off", "jit_above_cost": "0", "work_mem": "64"},
}
OURS_ALONE = customer_of("ours", 0)


def is_theirs(cell):
    return cell.partner == "theirs"


def is_another_customers(cell):
    return cell.partner == "ours" and customer_of("ours", cell.row) != OURS_ALONE


NULLS = {"theirs": ({0, 1}, {2, 3}), "ours": ({2, 3}, {4, 5})}
"""The rows without values, at first and when others' values are changed: as many, and as wide."""


def nulls(which, of):
    return lambda cell: (
        (is_theirs(cell) or is_another_customers(cell)) and (cell.row in NULLS[cell.partner][which if of(cell) else 0])
    )


PUBLICATIONS = {
    "first": {"null": nulls(0, is_theirs)},
    "partner": {"changed": is_theirs, "null": nulls(1, is_theirs)},
    "customers": {
        "changed": lambda cell: is_another_customers(cell) and cell.column not in KEYS[:2],
        "null": nulls(1, is_another_customers),
    },
}
"""What the first one has, and every value of the other partner, and of the same partner's other customers, changed."""


_OTHERS = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
"""Sessions that were closed and have not ended: they still add to the statistics."""
_UNSEEN = """
    select count(*) from pg_class
    where relkind = 'r' and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
      and relallvisible < relpages
"""
"""Tables with pages that a vacuum left as not visible to all, as it does for whoever has not ended when it begins."""


@pytest.fixture(scope="module")
def databases(server, tmp_path_factory):
    """The owner's DSN of a database of each publication."""
    folder, made, entered = tmp_path_factory.mktemp("published"), {}, []
    for number, (name, differing) in enumerate(PUBLICATIONS.items()):
        entered.append(new_database(server, f"portfolio_side_{number}", OWNER))
        made[name] = entered[-1].__enter__()
        apply_file(made[name], write_contract(folder / f"{number}.duckdb", **differing))
        bind_roles(server, made[name])
        with psycopg.connect(made[name], autocommit=True) as connection:
            while connection.execute(_OTHERS).fetchone() != (0,):
                sleep(0.01)
            connection.execute("vacuum (freeze)")  # waits for pages that are just written; a plain one skips them
            while connection.execute(_UNSEEN).fetchone() != (0,):
                sleep(0.05)
                connection.execute("vacuum (freeze)")
    yield made
    for one in entered:
        one.__exit__(None, None, None)


def literal(cell, differing):
    """A cell's value as SQL."""
    held = value(cell, differing.get("changed", lambda cell: False), lambda cell: False)
    return f"'{held}'"


def conditions(column, kind, partner):
    """What is asked to learn what others have in a column: a value that is there, one that is not, a null."""
    cell = Cell(partner, 1, 4, column, kind)
    there, elsewhere = literal(cell, {}), literal(cell, {"changed": lambda cell: True})
    if kind == "boolean":
        return [column, f"not {column}", f"{column} is null", f"{column} is not true", f"{column} = {there}"]
    return [
        f"{column} = {there}",
        f"{column} >= {elsewhere}",
        f"{column} is null",
        f"{column} in ({elsewhere}, {there})",
    ]


def statements(relation, columns, partner):
    """Every column's conditions."""
    for column, kind in columns.items():
        for condition in conditions(column, kind, partner):
            yield f"select * from {relation} where {condition}"


def more_statements(relation, columns, partner):
    """The same, every column's order and extremes, and what ends before all rows are seen."""
    yield from statements(relation, columns, partner)
    for column, kind in columns.items():
        yield f"select * from {relation} order by {column} desc limit 1"
        if kind != "boolean":
            yield f"select min({column}), max({column}) from {relation}"
    yield f"select count(*) from {relation}"
    yield f"select * from {relation} limit 1 offset 2"
    yield f"select count(*) from {relation} as a join {relation} as b using (as_of_date) where a.partner_id < 'zz'"


def told(dsn, role, asked, settings):
    """What a role is told by each statement; the second time, when nothing hangs on what was read before."""
    with session(dsn, role) as reader:
        for name, setting in settings.items():
            reader.rows(f"set local {name} = '{setting}'")
        return {one: [reader.told_by(f"{EXPLAIN} {one}") for _ in range(2)][1] for one in asked}


def compare(databases, role, asked, settings, other):
    """The server empties its caches now and then, which costs a statement some pages: so what differs is asked anew."""
    differing = asked
    for _ in range(4):
        expected = told(databases["first"], role, differing, settings)
        assert all("Buffers" in text for text in expected.values())
        found = told(databases[other], role, differing, settings)
        differing = [one for one in differing if found[one] != expected[one]]
        if not differing:
            return
    assert {one: (expected[one], found[one]) for one in differing} == {}


def test_a_partner_is_told_the_same_of_every_column_of_every_mart(databases):
    asked = [
        one
        for mart, columns in marts().items()
        if "partner_id" in columns
        for one in statements(f"marts.{mart}", columns, "theirs")
    ]
    assert len(asked) > 600
    compare(databases, BOUND, asked, {}, "partner")


def test_a_customer_is_told_the_same_of_every_column_of_every_mart(databases):
    asked = [
        one
        for mart, columns in marts().items()
        if "customer_id" in columns
        for one in statements(f"marts.{mart}", columns, "ours")
    ]
    assert len(asked) > 400
    compare(databases, NARROW, asked, {}, "customers")


ACCOUNT = ("partner_id", "customer_id", "owner", "sub_partner_id")


@pytest.mark.parametrize("role", (OWNED, RESOLD))
def test_an_owner_and_a_sub_partner_are_told_the_same(databases, role):
    accounts = {column: kind for column, kind in marts()["customer_overview"].items() if column in ACCOUNT}
    asked = [*statements("meta.newest_accounts", accounts, "ours")]
    for mart, columns in marts().items():
        if "customer_id" in columns:
            asked += statements(f"marts.{mart}", columns, "ours")
    # All that names an account; of the rest, which is the same for whoever is bound to the customer, every sixth.
    naming = [one for one in asked if any(f"where {column} " in one for column in ACCOUNT)]
    assert len(naming) > 100
    compare(databases, role, [*naming, *asked[0 if role == OWNED else 3 :: 6]], {}, "customers")


@pytest.mark.parametrize("plan", PLANS)
def test_no_plan_tells_more(databases, plan):
    asked = [
        statement
        for relation in ("marts.license_positions", "marts_latest.license_positions", "marts_latest.dim_customers")
        for statement in more_statements(relation, marts()[relation.partition(".")[2]], "theirs")
    ]
    # Starting processes takes long.
    compare(databases, BOUND, asked[:: 30 if plan == "parallel" else 2], PLANS[plan], "partner")
    compare(databases, NARROW, asked[1::20], PLANS[plan], "customers")
    compare(databases, OWNED, asked[2::40], PLANS[plan], "customers")
    compare(databases, UNBOUND, asked[::40], PLANS[plan], "partner")


_OURS = "('access', 'marts_held', 'meta_held', 'marts', 'meta')"
STATISTICS = (
    f"""
    select relname, relkind, relpages, reltuples, relallvisible, pg_relation_size(oid), pg_total_relation_size(oid)
    from pg_class where relnamespace::regnamespace::text in {_OURS} order by 1
    """,
    f"""
    select relname, n_live_tup, n_dead_tup, n_tup_ins, n_tup_upd, n_tup_del, n_mod_since_analyze
    from pg_stat_all_tables where schemaname in {_OURS} order by 1
    """,
    "select * from pg_stats where schemaname !~ '^(pg_|information_schema)'",
    "select * from pg_stats_ext",
    "select * from pg_stats_ext_exprs",
)


@pytest.mark.parametrize("statement", STATISTICS)
def test_statistics_tell_no_values(databases, statement):
    seen = {}
    for name, dsn in databases.items():
        with session(dsn, BOUND) as reader:
            seen[name] = reader.told_by(statement)
    assert set(seen.values()) == {seen["first"]}


def test_no_column_keeps_statistics(databases):
    with psycopg.connect(databases["first"]) as connection:
        kept = connection.execute(
            "select tablename, attname from pg_stats where schemaname in ('marts_held', 'meta_held')"
        ).fetchall()
    assert kept == []
