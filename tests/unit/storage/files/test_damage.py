"""Files that were cut off: one line that says what to do."""

import resource
import signal
import sqlite3

import duckdb
import pytest

from storage.alerts import AlertLog
from storage.digests import DigestLog
from storage.files.atomic import StorageError
from storage.home import Home
from storage.ledger.ledger import Ledger
from storage.publication.publication import published_days, read_publication
from storage.publication.published_file import PublicationError
from storage.reading.opening import open_publication
from storage.told_facts import ToldFacts
from storage.warehouse.opening import DamagedWarehouseError, open_warehouse

SIZES = [0, 1, 100, 4096, 12_288, 200_000]


@pytest.fixture
def ledger(tmp_path):
    """A ledger of some pages, as a home folder has it beside its lake."""
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as opened:
        for number in range(300):
            opened.connection.execute("insert into erasures values (?, ?)", [f"subject {number}", "x" * 500])
    (tmp_path / "lake").mkdir()
    return path


@pytest.mark.parametrize("size", [0, 20, 100, 4096, 50_000])
def test_a_ledger_that_was_cut_off(ledger, size):
    content = ledger.read_bytes()
    assert len(content) > 50_000
    ledger.write_bytes(content[:size])
    with pytest.raises(StorageError, match=r"restore it from a backup, or move it away") as caught:
        Ledger(ledger)
    assert "\n" not in str(caught.value)
    assert ledger.stat().st_size == size


def test_a_ledger_that_was_overwritten_in_the_middle(ledger):
    content = bytearray(ledger.read_bytes())
    content[4096:40_960] = b"\xff" * 36_864
    ledger.write_bytes(content)
    with (
        pytest.raises(StorageError, match=r"ledger.sqlite cannot be used: .*restore it from a backup"),
        Ledger(ledger) as opened,
    ):
        for table in ("partitions", "refusals", "erasures", "check_results"):
            opened.connection.execute(f"select * from {table}").fetchall()


def test_an_empty_ledger_in_a_new_home_is_no_damage(tmp_path):
    (tmp_path / "ledger.sqlite").touch()
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        assert opened.partitions() == []


@pytest.mark.parametrize(("name", "open_it"), [("digests", DigestLog), ("told_facts", ToldFacts), ("alerts", AlertLog)])
def test_another_file_that_a_full_disk_left_empty_is_made_anew(tmp_path, name, open_it):
    (tmp_path / "lake").mkdir()
    path = getattr(Home(tmp_path), name)
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(StorageError, match="cannot be used"):
            open_it(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.stat().st_size == 0
    with open_it(path):
        assert path.stat().st_size > 0
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(StorageError, match="a part of the file is missing; delete it, and run again"):
        open_it(path)


def test_a_ledger_whose_log_holds_its_end_is_whole(ledger):
    with Ledger(ledger) as opened, sqlite3.connect(ledger) as other:
        opened.connection.executemany(
            "insert into erasures values (?, ?)", [[f"more {n}", "y" * 900] for n in range(99)]
        )
        assert other.execute("select count(*) from erasures").fetchone() == (399,)
        with Ledger(ledger) as third:
            assert third.connection.execute("select count(*) from erasures").fetchone()[0] == 399


@pytest.fixture
def content(tmp_path):
    path = tmp_path / "whole.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts; create table marts.t as select i, md5(i::text) from range(30000) r(i)")
    return path.read_bytes()


@pytest.mark.parametrize("size", SIZES)
def test_a_published_file_that_was_cut_off(tmp_path, content, size):
    path = tmp_path / "portfolio.duckdb"
    path.write_bytes(content[:size])
    for look in (read_publication, published_days):
        with pytest.raises(PublicationError, match=r"is damaged .*`portfolio materialize` puts it back"):
            look(tmp_path)
    with (
        pytest.raises(StorageError, match=r"is damaged .*`portfolio materialize` puts it back"),
        open_publication(tmp_path),
    ):
        pass


@pytest.mark.parametrize("size", SIZES)
def test_a_warehouse_that_was_cut_off(tmp_path, content, size):
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(content[:size])
    with pytest.raises(DamagedWarehouseError, match=r"is damaged .*delete it and run again"), open_warehouse(path):
        pass
