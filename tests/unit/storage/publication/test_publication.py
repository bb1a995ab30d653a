"""The publication: patched from the last one, verified, switched whole, and never half there."""

import errno
import fcntl
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime

import duckdb
import pytest

from contracts.descriptions import table_descriptions
from expectations.contract import CONTRACT_VERSION, MARTS_CONTRACT_VERSION
from planning.records import PartitionRecord
from storage.publication import publication as module
from storage.publication.publication import (
    PublicationError,
    PublicationRequest,
    publish,
    published_days,
    read_publication,
)

from .small_marts import days, fill, read, request


def test_the_first_publication_holds_marts_latest_and_meta(warehouse, serving):
    fill(warehouse, {(days(0)[0], "p"): 10, (days(1)[0], "p"): 20, (days(0)[0], "q"): 30})
    published = publish(request(warehouse, days(0, 1)))
    assert read(serving, "select * from marts.portfolio_kpis order by all") == [
        (days(0)[0], "p", 10),
        (days(0)[0], "q", 30),
        (days(1)[0], "p", 20),
    ]
    # Each partner's newest day: q was last there a day before p.
    assert read(serving, "select * from marts_latest.expiring_kpis order by all") == [
        (days(0)[0], "q", 3.0),
        (days(1)[0], "p", 2.0),
    ]
    assert read_publication(serving) == published
    assert (published.first_as_of_date, published.last_as_of_date) == (days(0)[0], days(1)[0])
    assert published_days(serving) == set(days(0, 1))


def test_it_has_tables_only_and_no_schema_named_like_the_file(warehouse, serving):
    fill(warehouse, {(days(0)[0], "p"): 10})
    publish(request(warehouse, days(0)))
    tables = read(serving, "select distinct table_schema, table_type from information_schema.tables order by all")
    assert tables == [("marts", "BASE TABLE"), ("marts_latest", "BASE TABLE"), ("meta", "BASE TABLE")]
    assert not (serving / "portfolio.duckdb.wal").exists()


def test_a_window_is_replaced_and_every_other_day_stays(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1, 2)})
    publish(request(warehouse, days(0, 1, 2)))
    # The warehouse now says other things of all days, but only day 1 was built again.
    fill(warehouse, {(day, "p"): 99 for day in days(0, 1, 2)})
    publish(request(warehouse, days(1)))
    assert [row[2] for row in read(serving, "from marts.portfolio_kpis order by as_of_date")] == [10, 99, 10]


@pytest.mark.parametrize("others", [(), (2,)], ids=["whole history", "a part"])
def test_a_day_that_lost_its_rows_is_empty_afterwards(warehouse, serving, others):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1, *others)})
    publish(request(warehouse, days(0, 1, *others)))
    publish(request(warehouse, replaced=days(0, 1), built=days(0)))
    assert published_days(serving) == set(days(0, *others))


def test_a_window_of_the_whole_history_brings_no_other_day_with_it(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    publish(request(warehouse, days(0)))
    # The warehouse holds day 1 too, built and never published.
    publish(request(warehouse, days(0), built_days=days(0, 1)))
    assert published_days(serving) == set(days(0))


def test_another_contract_version_keeps_days_that_the_publication_alone_has(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    publish(request(warehouse, days(0, 1)))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from marts.portfolio_kpis where as_of_date = ?", days(0))  # a warehouse made anew
    publish(request(warehouse, days(1), built_days=days(1), contract_version="2"))
    assert published_days(serving) == set(days(0, 1))
    assert read(serving, "select contract_version from meta.publication") == [("2",)]


def test_every_column_of_the_tables_about_the_marts_is_described(warehouse, serving):
    fill(warehouse, {(days(0)[0], "p"): 10})
    publish(request(warehouse, days(0)))
    query = "select table_name, list(column_name) from duckdb_columns() where schema_name = 'meta' group by table_name"
    held = {f"meta.{table}": set(names) for table, names in read(serving, query)}
    described = {table: set(text.columns) for table, text in table_descriptions(()).items()}
    del described["meta.newest_days"], described["meta.newest_accounts"]  # PostgreSQL's alone
    assert held == described
    assert all(text.text and all(text.columns.values()) for text in table_descriptions(()).values())


def test_a_publication_names_the_versions_of_both_contracts(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    given = request(warehouse, days(0), contract_version="1.7", raw_contract_version="1.3")
    published = publish(given)
    held = "select contract_version, raw_contract_version from meta.publication"
    assert read(serving, held) == [("1.7", "1.3")]
    assert (published.contract_version, published.raw_contract_version) == ("1.7", "1.3")
    defaults = PublicationRequest(
        **{field.name: getattr(given, field.name) for field in fields(given) if "contract" not in field.name}
    )
    publish(defaults)
    assert read(serving, held) == [(MARTS_CONTRACT_VERSION, CONTRACT_VERSION)]


def test_a_mart_with_a_new_column_is_published_from_the_warehouse(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    publish(request(warehouse, days(0)))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table marts.expiring_kpis add column licenses bigint")
    publish(request(warehouse, days(1), built_days=days(0, 1)))
    assert [row[3] for row in read(serving, "from marts.expiring_kpis")] == [None, None]
    assert published_days(serving) == set(days(0, 1))


def test_what_someone_wrote_into_the_published_file_is_not_published_again(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1)})
    first = publish(request(warehouse, days(0, 1)))
    with duckdb.connect(str(serving / "portfolio.duckdb")) as connection:
        connection.execute("update marts.portfolio_kpis set customers = 666")
    kept = serving / "publications" / first.publication_id / "portfolio.duckdb"
    with duckdb.connect(str(kept), read_only=True) as connection:
        assert connection.execute("select distinct customers from marts.portfolio_kpis").fetchall() == [(10,)]
    publish(request(warehouse, days(1)))
    assert read(serving, "select distinct customers from marts.portfolio_kpis") == [(10,)]


def test_parquet_has_a_file_a_month_and_links_the_months_that_stay(warehouse, serving):
    fill(warehouse, {(day, "p"): 10 for day in days(0, 1, 2)})  # 30 and 31 January, 1 February
    publish(request(warehouse, days(0, 1, 2)))
    folder = serving / "parquet" / "portfolio_kpis"
    assert sorted(path.name for path in folder.iterdir()) == ["2026-01.parquet", "2026-02.parquet"]
    january = (folder / "2026-01.parquet").stat().st_ino
    publish(request(warehouse, days(2)))
    assert (folder / "2026-01.parquet").stat().st_ino == january
    count = duckdb.execute(f"select count(*) from '{serving}/parquet/*/*.parquet'").fetchone()
    assert count == (6,)


def test_the_last_three_publications_are_kept(warehouse, serving):
    fill(warehouse, {(days(0)[0], "p"): 10})
    ids = [publish(request(warehouse, days(0))).publication_id for _ in range(5)]
    kept = sorted(path.name for path in (serving / "publications").iterdir())
    assert kept == sorted(ids[-3:])
    for name in kept:
        with duckdb.connect(str(serving / "publications" / name / "portfolio.duckdb"), read_only=True) as connection:
            assert connection.execute("select publication_id from meta.publication").fetchone() == (name,)


def test_an_open_reader_goes_on_with_what_it_opened(warehouse, serving):
    fill(warehouse, {(days(0)[0], "p"): 10})
    publish(request(warehouse, days(0)))
    script = (
        "import duckdb, sys\n"
        f"c = duckdb.connect({str(serving / 'portfolio.duckdb')!r}, read_only=True)\n"
        "print('open', flush=True); sys.stdin.readline()\n"
        "print(c.execute('select customers from marts.portfolio_kpis').fetchall())"
    )
    reader = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reader.stdout.readline() == "open\n"
    fill(warehouse, {(days(0)[0], "p"): 11})
    publish(request(warehouse, days(0)))
    out, _ = reader.communicate("go on\n")
    assert out == "[(10,)]\n"
    assert read(serving, "select customers from marts.portfolio_kpis") == [(11,)]


def test_a_file_that_someone_writes_to_is_not_replaced(warehouse, serving):
    fill(warehouse, {(days(0)[0], "p"): 10})
    publish(request(warehouse, days(0)))
    script = (
        "import duckdb, sys\n"
        f"c = duckdb.connect({str(serving / 'portfolio.duckdb')!r})\n"
        "print('open', flush=True); sys.stdin.readline()"
    )
    writer = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "open\n"
    with pytest.raises(PublicationError, match="is open for writing in another process: close it"):
        publish(request(warehouse, days(0)))
    writer.communicate("go on\n")
    publish(request(warehouse, days(0)))


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("latest_tables", duckdb.TransactionException("Failed to commit: No space left on device\nmore")),
        ("verify_marts", duckdb.IOException("Could not write file: No space left on device\nmore")),
        ("export_parquet", OSError(errno.ENOSPC, "No space left on device")),
        ("_switch", OSError(errno.ENOSPC, "No space left on device")),
    ],
)
def test_a_full_disk_at_any_stage_leaves_the_last_publication(warehouse, serving, monkeypatch, stage, error):
    fill(warehouse, {(days(0)[0], "p"): 10})
    first = publish(request(warehouse, days(0)))

    def full_disk(*_args):
        raise error

    monkeypatch.setattr(module, stage, full_disk)
    with pytest.raises(PublicationError, match=r": the disk is full; make room, and run again$"):
        publish(request(warehouse, days(0)))
    monkeypatch.undo()
    assert read_publication(serving) == first
    assert published_days(serving) == set(days(0))
    publish(request(warehouse, days(0)))
    assert not list((serving / "publications").glob(".*"))


def test_a_copy_that_differs_from_the_warehouse_is_not_published(warehouse, serving, monkeypatch):
    fill(warehouse, {(days(0)[0], "p"): 10})
    patch_marts = module.patch_marts

    def lose_a_row(connection, marts, window):
        patch_marts(connection, marts, window)
        connection.execute("delete from marts.expiring_kpis")

    monkeypatch.setattr(module, "patch_marts", lose_a_row)
    with pytest.raises(PublicationError, match="differs from the warehouse: expiring_kpis"):
        publish(request(warehouse, days(0)))
    assert read_publication(serving) is None


@pytest.mark.parametrize(("small_file", "settles_at"), [(0, 1.5), (module.SMALL_FILE, 2.5)])
def test_replaced_rows_do_not_make_the_file_grow(small_file, settles_at, warehouse, serving, monkeypatch):
    monkeypatch.setattr(module, "SMALL_FILE", small_file)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "insert into marts.portfolio_kpis select ?, md5(i::text), hash(i) // 2 from range(300000) rows(i)", days(0)
        )
        connection.execute("insert into marts.portfolio_kpis values (?, 'p', 10)", days(1))
    publish(request(warehouse, days(0, 1)))
    size = (serving / "portfolio.duckdb").stat().st_size
    for _ in range(4):
        publish(request(warehouse, days(0)))
    assert (serving / "portfolio.duckdb").stat().st_size < settles_at * size


def test_ingestion_is_published_in_input_rows(warehouse, serving):
    fill(warehouse, {(days(0)[0], "p"): 10})
    record = PartitionRecord(
        dataset="customers",
        partition_date=days(0)[0],
        landing_signature="",
        landing_hash="",
        content_hash="",
        files=2,
        rows_read=10,
        rows_accepted=7,
        rows_quarantined=1,
        rows_duplicate=2,
        ingested_at=datetime(2026, 2, 1, 4, tzinfo=UTC),
        unexpected_columns=("colour", "size"),
    )
    publish(request(warehouse, days(0), ingestion=[record]))
    assert read(serving, "from meta.ingestion") == [
        ("customers", days(0)[0], 2, 10, 7, 1, 2, "colour, size", datetime(2026, 2, 1, 4))  # noqa: DTZ001  UTC
    ]


def test_the_lock_test_itself_leaves_no_lock(warehouse, serving):
    fill(warehouse, {(days(0)[0], "p"): 10})
    publish(request(warehouse, days(0)))
    publish(request(warehouse, days(0)))
    with (serving / "portfolio.duckdb").open("rb+") as handle:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
