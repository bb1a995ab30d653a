"""Readers while publications are applied: nobody waits for anybody, and nobody sees a part of two publications."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from .publications import apply_file, rows, write
from .servers import as_role

HASTY = {"options": "-c lock_timeout=50ms"}
"""A session that fails if it has to wait for a lock."""
STATE = """
select (select publication_id from meta.publication), array_agg(distinct total_licenses order by total_licenses),
    count(*), (select max(total_customers) from marts.portfolio_kpis where partner_id = 'ours'),
    (select count(*) from marts_latest.license_positions)
from marts.license_positions where partner_id = 'ours'
"""


def publication(number):
    """Publication pN holds days 0..N, each with figures that are N higher than those of publication p0."""
    return rows(range(number + 1), f"p{number}", shift=dict.fromkeys(range(number + 1), number))


def state(number):
    """What `STATE` gives of publication pN: by hand, from what `publication` says of it."""
    figures = [100 + number + one for one in range(4)]
    return (f"p{number}", figures, 4 * (number + 1), 100 + number, 8)


def test_an_open_transaction_keeps_its_publication_and_blocks_none(dsn, tmp_path):
    apply_file(dsn, write(tmp_path / "0.duckdb", publication(0)))
    with psycopg.connect(dsn) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert reader.execute(STATE).fetchone() == state(0)
        apply_file(as_role(dsn, "portfolio_owner", **HASTY), write(tmp_path / "1.duckdb", publication(1)))
        assert reader.execute(STATE).fetchone() == state(0)
        reader.commit()
        assert reader.execute(STATE).fetchone() == state(1)


def test_readers_in_the_middle_of_it_see_the_last_publication_without_waiting(dsn, tmp_path):
    apply_file(dsn, write(tmp_path / "0.duckdb", publication(0)))
    seen = []

    def read(table):
        with psycopg.connect(as_role(dsn, "portfolio_owner", **HASTY)) as reader:
            seen.append((table, reader.execute(STATE).fetchone()))

    apply_file(dsn, write(tmp_path / "1.duckdb", publication(1)), report=read)
    assert len(seen) > 10
    assert {found[1][0] for found in seen} == {"p0"}
    assert all(found == state(0) for _, found in seen)


def test_no_statement_of_many_readers_sees_a_mix_of_ten_publications(dsn, tmp_path):
    last = 10
    files = [write(tmp_path / f"{number}.duckdb", publication(number)) for number in range(last + 1)]
    apply_file(dsn, files[0])
    done = threading.Event()
    seen, wrong = set(), []

    def read():
        try:
            with psycopg.connect(as_role(dsn, "portfolio_owner", **HASTY), autocommit=True) as reader:
                while not done.is_set():
                    found = reader.execute(STATE).fetchone()
                    number = int(found[0][1:])
                    seen.add(number)
                    if found != state(number):
                        wrong.append(found)
        except psycopg.Error as error:
            wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    try:
        for path in files[1:]:
            apply_file(dsn, path)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert len(seen) > 1
    with psycopg.connect(dsn) as reader:
        assert reader.execute(STATE).fetchone() == state(last)


KILLED = """
import sys, time
from tests.postgres.publications import apply_file
from pathlib import Path

def stop(table):
    if table == sys.argv[3]:
        print("here", flush=True)
        time.sleep(600)

apply_file(sys.argv[1], Path(sys.argv[2]), report=stop)
"""


@pytest.mark.parametrize("table", ("meta.newest_days", "marts.license_positions", "meta.publication"))
def test_a_killed_apply_leaves_the_last_publication_and_the_next_one_heals(dsn, tmp_path, table):
    apply_file(dsn, write(tmp_path / "0.duckdb", publication(0)))
    path = write(tmp_path / "1.duckdb", publication(1))
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, dsn, str(path), table],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout.readline() == b"here\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with psycopg.connect(dsn, autocommit=True) as reader:
        assert reader.execute(STATE).fetchone() == state(0)
        apply_file(dsn, path)
        assert reader.execute(STATE).fetchone() == state(1)


def test_two_at_once_take_turns(dsn, tmp_path):
    apply_file(dsn, write(tmp_path / "0.duckdb", publication(0)))
    first, second = (write(tmp_path / f"{number}.duckdb", publication(number)) for number in (1, 2))
    notes, late = [], []

    def start_another(table):
        if table == "marts.license_positions":
            late.append(threading.Thread(target=apply_file, args=(dsn, second), kwargs={"note": told}))
            late[0].start()
            waiting.wait(60)

    waiting = threading.Event()

    def told(message):
        notes.append(message)
        waiting.set()

    apply_file(dsn, first, report=start_another)
    late[0].join()
    assert notes == ["another publication is being applied to PostgreSQL; waiting for it"]
    with psycopg.connect(dsn) as reader:
        assert reader.execute(STATE).fetchone() == state(2)


def test_a_new_column_waits_for_a_reader_and_says_so(dsn, tmp_path, monkeypatch):
    """Only a changed table is locked, and only as long as that takes: not while rows are copied."""
    from storage.postgres import schema

    from .publications import TABLES

    monkeypatch.setattr(schema, "_LOCK_TIMEOUT", "50ms")
    apply_file(dsn, write(tmp_path / "0.duckdb", publication(0)))
    held = publication(1)
    held["marts.portfolio_kpis"] = [(*row, 1) for row in held["marts.portfolio_kpis"]]
    tables = TABLES | {"marts.portfolio_kpis": TABLES["marts.portfolio_kpis"] + ", more bigint"}
    path = write(tmp_path / "1.duckdb", held, tables)
    seen = []
    with psycopg.connect(dsn) as reader:
        assert reader.execute(STATE).fetchone() == state(0)

        def end(message):
            seen.append(message)
            reader.commit()

        def read(table):
            with psycopg.connect(as_role(dsn, "portfolio_owner", **HASTY)) as other:
                assert other.execute(STATE).fetchone() == state(0), table

        apply_file(dsn, path, note=end, report=read)
        assert seen == ["tables have to be changed; waiting until no reader has them open"]
        assert reader.execute(STATE).fetchone() == state(1)
