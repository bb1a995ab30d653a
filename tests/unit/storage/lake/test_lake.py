"""The lake: partitions are swapped whole, carry their hashes, and are seen by exactly the views that list them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from expectations.contract import CUSTOMERS, DATASETS, LICENSE_USAGE
from planning.records import PartitionRecord
from storage.files.atomic import StorageError
from storage.lake.lake import Lake, StoredHash
from storage.lake.quarantined import quarantined_rows

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)
HASHES = StoredHash("landing", "content")
QUARANTINED = """
    select 'customers' as dataset, date '2026-03-01' as partition_date, 'a' as file, 1 as record_number,
        ['bad_type'] as reasons, '{}' as raw_row
"""
RECORD = PartitionRecord(
    dataset="customers",
    partition_date=DAY,
    landing_signature="",
    landing_hash="landing",
    content_hash="content",
    files=1,
    rows_read=1,
    rows_accepted=1,
    rows_quarantined=0,
    rows_duplicate=0,
    ingested_at=datetime(2026, 3, 2, tzinfo=UTC),
)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


def customers(name: str) -> str:
    return f"""
        select 'p' as partner_id, 'c' as customer_id, '{name}' as customer_name, 'CH' as country_code,
            date '2020-01-01' as created_on
    """


def write(
    lake: Lake,
    con: duckdb.DuckDBPyConnection,
    name: str,
    day: date = DAY,
    hashes: StoredHash = HASHES,
    quarantined: str | None = None,
) -> None:
    lake.write(con, CUSTOMERS, day, hashes, accepted_sql=customers(name), quarantined_sql=quarantined)


def stored_names(lake: Lake, con: duckdb.DuckDBPyConnection) -> list[str]:
    lake.create_views(con, {"customers": [DAY]})
    return [name for (name,) in con.execute("select customer_name from raw.customers").fetchall()]


def test_paths(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.accepted_path(CUSTOMERS, DAY) == tmp_path / "customers" / "snapshot_date=2026-03-01" / "part-0.parquet"
    assert lake.quarantine_path(LICENSE_USAGE, DAY) == (
        tmp_path / "quarantine" / "license_usage" / "activity_date=2026-03-01" / "part-0.parquet"
    )


def test_a_write_replaces_the_partition_and_its_quarantine(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    lake = Lake(tmp_path)
    assert lake.stored_hash(CUSTOMERS, DAY) is None
    write(lake, con, "old", quarantined=QUARANTINED)
    assert lake.stored_hash(CUSTOMERS, DAY) == HASHES
    assert lake.quarantine_path(CUSTOMERS, DAY).exists()
    write(lake, con, "new", hashes=StoredHash("2", "3"))
    assert lake.stored_hash(CUSTOMERS, DAY) == StoredHash("2", "3")
    assert not lake.quarantine_path(CUSTOMERS, DAY).exists()
    assert stored_names(lake, con) == ["new"]
    assert [p.name for p in lake.accepted_path(CUSTOMERS, DAY).parent.iterdir()] == ["part-0.parquet"]


def test_a_failed_write_leaves_the_old_partition(
    tmp_path: Path, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    write(lake, con, "old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="the disk is full"):
        write(lake, con, "new", hashes=StoredHash("2", "3"))
    monkeypatch.undo()
    assert lake.stored_hash(CUSTOMERS, DAY) == HASHES
    assert stored_names(lake, con) == ["old"]


def mismatched(lake: Lake, records: list[PartitionRecord]) -> list[PartitionRecord]:
    return [record for record in records if not lake.holds(record)]


def test_it_does_not_hold_what_a_crash_left_otherwise(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    lake = Lake(tmp_path)
    write(lake, con, "n")
    assert mismatched(lake, [RECORD]) == []
    for other in (
        replace(RECORD, landing_hash="x"),
        replace(RECORD, content_hash="x"),
        replace(RECORD, partition_date=NEXT),  # no file
        replace(RECORD, rows_quarantined=1),  # no quarantine file
    ):
        assert mismatched(lake, [RECORD, other]) == [other]
    write(lake, con, "n", quarantined=QUARANTINED)
    assert mismatched(lake, [RECORD]) == [RECORD]  # a quarantine file that should not be
    assert mismatched(lake, [replace(RECORD, rows_quarantined=1)]) == []
    lake.accepted_path(CUSTOMERS, DAY).write_bytes(b"")
    assert lake.stored_hash(CUSTOMERS, DAY) is None
    assert mismatched(lake, [replace(RECORD, rows_quarantined=1)]) == [replace(RECORD, rows_quarantined=1)]


def test_a_parquet_file_of_someone_else_has_no_matching_hash(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    lake = Lake(tmp_path)
    write(lake, con, "n")
    con.execute(f"copy (select 1 as x) to '{lake.accepted_path(CUSTOMERS, DAY)}' (format parquet)")
    assert mismatched(lake, [RECORD]) == [RECORD]


@pytest.mark.parametrize("folder", ["lake", "it's [a] *lake*? x=1"])
def test_views_hold_exactly_the_listed_partitions(tmp_path: Path, con: duckdb.DuckDBPyConnection, folder: str) -> None:
    lake = Lake(tmp_path / folder)
    for day, name in ((DAY, "one"), (NEXT, "two"), (date(2026, 3, 3), "three")):
        write(lake, con, name, day)
    lake.create_views(con, {"customers": [NEXT, DAY]})
    found = con.execute("select * from raw.customers order by snapshot_date")
    assert [(column[0], str(column[1]).lower()) for column in found.description or []] == [
        ("partner_id", "varchar"),
        ("customer_id", "varchar"),
        ("customer_name", "varchar"),
        ("country_code", "varchar"),
        ("created_on", "date"),
        ("snapshot_date", "date"),
    ]
    born = date(2020, 1, 1)
    assert found.fetchall() == [("p", "c", "one", "CH", born, DAY), ("p", "c", "two", "CH", born, NEXT)]
    lake.create_views(con, {})
    assert con.execute("select count(*) from raw.customers").fetchone() == (0,)


def test_views_without_partitions_are_typed(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    Lake(tmp_path).create_views(con, {})
    for dataset in DATASETS.values():
        described = con.execute(f"describe raw.{dataset.name}").fetchall()
        expected = [(column.name, column.lake_type.upper()) for column in dataset.columns]
        assert [(row[0], row[1]) for row in described] == [*expected, (dataset.date_column, "DATE")]


NAMES = [
    "[ab]",
    "a*",
    "?",
    "status=active",
    "partner_id=zen",
    "snapshot_date=1999-01-01",
    'it\'s "%41" #1',
    "ü ☃",
    "{a,b}",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_s_name_is_a_name(name: str, tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Beside it lie lakes that its name would match as a pattern; their rows are not its own."""
    for other in ("a", "b", "ab", "x"):
        write(Lake(tmp_path / other / "lake"), con, "neighbour")
    lake = Lake(tmp_path / name / "lake")
    write(lake, con, "mine", quarantined=QUARANTINED)
    write(lake, con, "next", NEXT)
    assert stored_names(lake, con) == ["mine"]
    assert con.execute("select partner_id, snapshot_date from raw.customers").fetchall() == [("p", DAY)]
    lake.create_views(con, {"customers": [DAY, NEXT]})
    rows = con.execute("select customer_name, snapshot_date from raw.customers order by all").fetchall()
    assert rows == [("mine", DAY), ("next", NEXT)]
    assert con.execute(f"select count(*) from ({lake.rows_sql(CUSTOMERS, [NEXT])})").fetchone() == (1,)
    (row,) = quarantined_rows(lake.quarantine_path(CUSTOMERS, DAY))
    assert (row["file"], row["record_number"]) == ("a", 1)


def test_a_query_of_some_days_reads_only_their_files(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    lake = Lake(tmp_path)
    for day in (DAY, NEXT):
        write(lake, con, "name", day)
    lake.create_views(con, {"customers": [DAY, NEXT]})
    plan = str(
        con.execute(f"explain analyze select * from raw.customers where snapshot_date = date '{NEXT}'").fetchall()
    )
    assert "Total Files Read: 1" in plan, plan


def test_a_folder_that_somebody_put_there_is_no_day(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    lake = Lake(tmp_path)
    write(lake, con, "a")
    folder = lake.accepted_path(CUSTOMERS, DAY).parent
    for name in (f"{DAY} (copy)", "2026-02-30", "20260305", ""):
        folder.with_name(f"{CUSTOMERS.date_column}={name}").mkdir()
    assert lake.days(CUSTOMERS) == [DAY]
