"""Nobody keeps publications waiting for ever; who is waited for too long is named, by process and role."""

import threading

import psycopg
import pytest

from storage.postgres import locks, schema
from storage.postgres.connection import connect
from storage.postgres.errors import PostgresError

from .conftest import OWNER
from .publications import TABLES, apply_file, day, rows, write
from .roles import BOUND, STRANGER, bind_roles, session
from .servers import as_role, new_database

KEY_OF_BEFORE = 0x706F7274666F6C69
WIDER = TABLES | {"marts.portfolio_kpis": TABLES["marts.portfolio_kpis"] + ", more bigint"}


@pytest.fixture(scope="module")
def waited_for(server, tmp_path_factory):
    """The owner's DSN of a published database with every role bound, and a publication that nobody applied yet."""
    folder = tmp_path_factory.mktemp("published")
    with new_database(server, "portfolio_waiting", OWNER) as dsn:
        apply_file(dsn, write(folder / "a.duckdb", rows([0])))
        bind_roles(server, dsn)
        yield dsn, folder


@pytest.fixture
def hasty(monkeypatch):
    """Short patience; what is to succeed afterwards has the usual one again."""
    monkeypatch.setattr(schema, "_LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(locks, "_LOCK_TRIES", 2)
    monkeypatch.setattr(locks, "TURN_TIMEOUT_SECONDS", 1)
    return monkeypatch


def newest(dsn):
    with psycopg.connect(dsn) as connection:
        return connection.execute("select max(as_of_date) from marts.portfolio_kpis").fetchone()


@pytest.mark.parametrize("role", (BOUND, STRANGER))
def test_no_lock_that_a_reader_can_take_keeps_a_publication_waiting(waited_for, hasty, role):
    dsn, folder = waited_for
    with session(dsn, role) as reader:
        reader.rows(f"select pg_advisory_lock({KEY_OF_BEFORE})")
        for mode in ("access share", "row share", "share", "share row exclusive", "exclusive", "access exclusive"):
            for relation in ("access.turn", "access.applied", "access.tables", "marts_held.license_positions"):
                assert reader.is_refused(f"lock table {relation} in {mode} mode"), (relation, mode)
        if role == BOUND:
            for relation in TABLES:
                reader.told_by(f"lock table {relation} in access share mode")
            assert len(reader.rows("select * from marts.license_positions")) == 4
        number = 1 + (role == BOUND)
        apply_file(dsn, write(folder / "b.duckdb", rows(range(number + 1), f"p{number}")))
    assert newest(dsn) == (day(number),)


def test_whoever_has_the_turn_for_too_long_is_named(waited_for, hasty):
    dsn, folder = waited_for
    path = write(folder / "c.duckdb", rows([0, 1, 2, 3], "p9"))
    with psycopg.connect(dsn) as other:
        other.execute("lock table access.turn in exclusive mode")
        named = rf"another publication .* \(process {other.info.backend_pid} of role {OWNER}\) for 1 s: .* run again"
        with pytest.raises(PostgresError, match=named):
            apply_file(dsn, path)
    hasty.undo()
    apply_file(dsn, path)
    assert newest(dsn) == (day(3),)


def test_a_reader_that_keeps_a_table_open_which_has_to_change_is_named(waited_for, hasty):
    dsn, folder = waited_for
    held = rows([0, 4], "p10")
    held["marts.portfolio_kpis"] = [(*row, 1) for row in held["marts.portfolio_kpis"]]
    path = write(folder / "d.duckdb", held, WIDER)
    with psycopg.connect(as_role(dsn, BOUND)) as reader:
        reader.execute("select count(*) from marts.portfolio_kpis")
        named = rf"a reader keeps one of them open \(process {reader.info.backend_pid} of role {BOUND}\): end its"
        with pytest.raises(PostgresError, match=named):
            apply_file(dsn, path)
        assert newest(dsn) != (day(4),)
    hasty.undo()
    apply_file(dsn, path)
    assert newest(dsn) == (day(4),)


def test_many_sessions_are_not_all_named():
    assert locks.named([]) == ""
    assert locks.named(["a", "b", "c", "d", "e"]) == " (a, b, c, and 2 more)"


def test_two_first_publications_at_once_both_succeed(dsn, tmp_path):
    paths = [write(tmp_path / f"{number}.duckdb", rows([0, number], f"p{number}")) for number in (1, 2)]
    failures = []

    def publish(path):
        try:
            apply_file(dsn, path)
        except PostgresError as error:
            failures.append(error)

    threads = [threading.Thread(target=publish, args=[path]) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with connect(dsn) as connection:
        assert connection.execute("select count(*) from meta.publication").fetchone() == (1,)
