"""Views and functions that a reader makes and hands on: whoever uses them sees their own rows, not the maker's."""

import psycopg
import pytest

from .conftest import OWNER
from .publications import apply_file, rows, write
from .roles import BOUND, EVERYONE, NARROW, OTHER, UNBOUND, bind_roles, session
from .servers import new_database

COUNT = "count(*), min(partner_id), max(partner_id)"


@pytest.fixture(scope="module")
def shared(server, tmp_path_factory):
    """A published database in which a bound reader made a view and a function, and handed them to everyone."""
    with new_database(server, "portfolio_shared", OWNER) as dsn:
        apply_file(dsn, write(tmp_path_factory.mktemp("published") / "a.duckdb", rows([0])))
        bind_roles(server, dsn)
        with psycopg.connect(dsn, autocommit=True) as owner:
            owner.execute("create schema sandbox; grant usage on schema sandbox to public")
            owner.execute(f"grant create on schema sandbox to {BOUND}")
        with psycopg.connect(dsn.replace(OWNER, BOUND), autocommit=True) as maker:
            maker.execute("create view sandbox.positions as select * from marts.license_positions")
            maker.execute(
                "create function sandbox.positions() returns setof marts.license_positions language sql"
                " security definer as 'select * from marts.license_positions'"
            )
            maker.execute("create table sandbox.copied as select * from marts.license_positions")
            maker.execute("grant select on sandbox.positions to public")
        yield dsn


@pytest.mark.parametrize("relation", ("sandbox.positions", "sandbox.positions()"))
@pytest.mark.parametrize(
    ("role", "seen"),
    (
        (BOUND, (4, "ours", "ours")),
        (NARROW, (2, "ours", "ours")),
        (OTHER, (4, "theirs", "theirs")),
        (UNBOUND, (0, None, None)),
        (EVERYONE, (8, "ours", "theirs")),
    ),
)
def test_they_show_the_rows_of_whoever_uses_them(shared, relation, role, seen):
    with session(shared, role) as reader:
        assert reader.rows(f"select {COUNT} from {relation}") == [seen]


def test_a_copy_holds_what_its_maker_saw(shared):
    with psycopg.connect(shared.replace(OWNER, BOUND)) as maker:
        assert maker.execute(f"select {COUNT} from sandbox.copied").fetchall() == [(4, "ours", "ours")]
