"""Erasure: of a forgotten customer no byte is left in the files of tables, indexes and long values."""

from itertools import count
from types import SimpleNamespace

import psycopg
import pytest

from storage.postgres import rewriting
from storage.postgres.apply import withdraw
from storage.postgres.bindings import Binding, bindings, grant
from storage.postgres.connection import connect
from storage.postgres.errors import UnfinishedErasureError
from storage.postgres.rewriting import note_erasure

from .publications import apply_file, rows, write
from .roles import BOUND, bind_roles
from .server_files import files_with
from .servers import as_role

GONE, STAYS = "Nemo-from-Nowhere", "Somebody-who-stays"
LONG = "".join(f"{number:05d}" for number in range(20_000))
"""100,000 characters: stored apart from the row."""


def held(publication, customers):
    found = rows([0, 1], publication)
    found["marts.license_positions"] += [
        (*row[:2], "meetings", f"subscription of {customer}", customer, f"{customer}, {LONG} {customer}", *row[6:])
        for row in found["marts.license_positions"][:1]
        for customer in customers
    ]
    found["marts.dim_customers"] += [("ours", customer, f"Name of {customer}") for customer in customers]
    found["meta.check_results"] += [("a_check", "ours", f"{customer} is odd") for customer in customers]
    return found


@pytest.fixture
def published(server, dsn, tmp_path):
    """The owner's DSN of a database that holds both customers, each bound to a role, and the file without one."""
    apply_file(dsn, write(tmp_path / "a.duckdb", held("p1", (GONE, STAYS))))
    bind_roles(server, dsn)
    with connect(dsn) as connection:
        grant(connection, "leak_unbound", ["ours"], [GONE, STAYS])
    assert len(files_with(server, dsn, GONE)) > 4
    return dsn, write(tmp_path / "b.duckdb", held("p2", (STAYS,)))


def forget(dsn, path, **options):
    with connect(dsn) as connection:
        note_erasure(connection, [GONE], "ours")
    apply_file(dsn, path, **options)


def test_no_byte_of_a_forgotten_customer_is_left_in_files(server, published):
    dsn, path = published
    forget(dsn, path)
    assert files_with(server, dsn, GONE) == []
    assert files_with(server, dsn, STAYS) != []
    with connect(dsn) as connection:
        bound = [one for one in bindings(connection) if one.role == "leak_unbound"]
        assert bound == [Binding("leak_unbound", "ours", STAYS)]
        assert connection.execute("select count(*) from access.rewrites").fetchone() == (0,)


def test_a_binding_to_the_same_id_of_another_partner_stays(published):
    dsn, _ = published
    with connect(dsn) as connection:
        grant(connection, "leak_unbound", ["theirs"], [GONE])
        note_erasure(connection, [GONE], "ours")
        bound = [one for one in bindings(connection) if one.role == "leak_unbound"]
        assert bound == [Binding("leak_unbound", "ours", STAYS), Binding("leak_unbound", "theirs", GONE)]


def test_no_byte_is_left_where_nothing_stays_published(server, published):
    dsn, _ = published
    with connect(dsn) as connection:
        note_erasure(connection, [GONE, STAYS], None)
        assert withdraw(connection)
    assert files_with(server, dsn, GONE) == []
    assert files_with(server, dsn, STAYS) == []


def is_in_the_way(published, monkeypatch, reading):
    """What erasing says while a reader has done something, and what it noted; patience ends with the second look."""
    dsn, path = published
    monkeypatch.setattr(rewriting, "time", SimpleNamespace(monotonic=count().__next__, sleep=lambda _: None))
    monkeypatch.setattr(rewriting, "PATIENCE_SECONDS", 1)
    monkeypatch.setattr(rewriting, "_LOCK_TIMEOUT", "100ms")
    notes = []
    with psycopg.connect(as_role(dsn, BOUND)) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute(reading)
        who = f"process {reader.info.backend_pid} of role {BOUND}"
        with pytest.raises(UnfinishedErasureError) as raised:
            forget(dsn, path, note=notes.append)
    assert who in str(raised.value)
    assert any(who in note for note in notes)
    monkeypatch.undo()
    return str(raised.value)


def ends_with_the_next_publication(server, published):
    dsn, path = published
    with connect(dsn) as connection:
        assert connection.execute("select publication_id from meta.publication").fetchone() == ("p2",)
    apply_file(dsn, path)
    return files_with(server, dsn, GONE) == []


@pytest.mark.parametrize("reading", ("select count(*) from marts.license_positions", "select count(*) from pg_class"))
def test_a_transaction_that_still_sees_the_rows_is_named(server, published, monkeypatch, reading):
    said = is_in_the_way(published, monkeypatch, reading)
    assert "bytes of them are still in files, since a transaction from before is open" in said
    assert ends_with_the_next_publication(server, published)


def test_a_reader_that_keeps_a_table_open_is_named(server, published, monkeypatch):
    monkeypatch.setattr(rewriting, "_outlast_transactions", lambda *_: None)
    said = is_in_the_way(published, monkeypatch, "select count(*) from marts.license_positions")
    assert "bytes of them are still in files, since a reader keeps access.bindings open" in said
    assert ends_with_the_next_publication(server, published)
