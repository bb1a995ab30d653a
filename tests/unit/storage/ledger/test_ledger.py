"""The ledger: what is recorded comes back, in one transaction, while others read."""

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from planning.records import PartitionRecord, RefusalRecord
from storage.files.atomic import StorageError
from storage.ledger.ledger import VERSION, Ledger

DAY = date(2026, 3, 1)
LOADED = PartitionRecord(
    dataset="license_usage",
    partition_date=DAY,
    landing_signature="a.csv 1 2 3 4",
    landing_hash="l",
    content_hash="c",
    files=2,
    rows_read=10,
    rows_accepted=7,
    rows_quarantined=2,
    rows_duplicate=1,
    ingested_at=datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC),
    unexpected_columns=("größe", "a,b"),
    ignored_files=(".x",),
    reasons={"bad_type": 2},
    partners={"p'1": 4, "p2": 3},
)
REFUSED = RefusalRecord(
    dataset="license_usage",
    partition_date=DAY,
    landing_signature="a.csv 9 9 9 9",
    landing_hash="m",
    cause="a.csv: is not UTF-8",
    rows_read=0,
    refused_at=datetime(2026, 3, 3, tzinfo=UTC),
    reasons={},
)


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    with Ledger(tmp_path / "home" / "ledger.sqlite") as ledger:
        assert ledger.state("license_usage", DAY) == "missing"
        ledger.record_loaded(LOADED)
        ledger.record_refused(REFUSED)
    with Ledger(tmp_path / "home" / "ledger.sqlite") as ledger:
        assert ledger.partition("license_usage", DAY) == LOADED
        assert ledger.refusal("license_usage", DAY) == REFUSED
        assert ledger.partition("customers", DAY) is None
        assert ledger.refusal("license_usage", date(2026, 3, 2)) is None


def test_states(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.record_refused(REFUSED)
        assert ledger.state("license_usage", DAY) == "refused"
        ledger.record_loaded(LOADED)
        assert ledger.state("license_usage", DAY) == "loaded"
        assert ledger.refusals() == []
        ledger.record_refused(REFUSED)
        assert ledger.state("license_usage", DAY) == "refused"
        assert ledger.partition("license_usage", DAY) == LOADED  # what the lake still holds
        ledger.drop_refusal("license_usage", DAY)
        assert ledger.state("license_usage", DAY) == "loaded"
        ledger.drop_partition("license_usage", DAY)
        assert ledger.state("license_usage", DAY) == "missing"


def test_a_record_replaces_the_one_before(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.record_loaded(LOADED)
        newer = replace(LOADED, rows_read=11, partners={})
        ledger.record_loaded(newer)
        assert ledger.partitions() == [newer]
        later = replace(REFUSED, cause="b.csv: is a folder, not a file")
        ledger.record_refused(REFUSED)
        ledger.record_refused(later)
        assert ledger.refusals() == [later]


def test_selection_by_dataset_and_inclusive_dates(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        for dataset in ("license_usage", "customers"):
            for day in (3, 1, 2):
                ledger.record_loaded(replace(LOADED, dataset=dataset, partition_date=date(2026, 3, day)))
                ledger.record_refused(replace(REFUSED, dataset=dataset, partition_date=date(2026, 3, day)))
        for select in (ledger.partitions, ledger.refusals):

            def found(*bounds: object, select: object = select) -> list[tuple[str, int]]:
                return [(r.dataset, r.partition_date.day) for r in select(*bounds)]  # type: ignore[operator]

            assert found() == [(name, day) for name in ("customers", "license_usage") for day in (1, 2, 3)]
            assert found("customers", date(2026, 3, 2)) == [("customers", 2), ("customers", 3)]
            assert found("customers", None, date(2026, 3, 2)) == [("customers", 1), ("customers", 2)]
            assert found(None, date(2026, 3, 2), date(2026, 3, 2)) == [("customers", 2), ("license_usage", 2)]


def test_a_reader_sees_the_old_state_until_the_transaction_ends(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as writer, Ledger(tmp_path / "ledger") as reader:
        writer.record_loaded(LOADED)
        with writer.transaction() as con:
            con.execute("delete from partitions")
            assert reader.state("license_usage", DAY) == "loaded"
        assert reader.state("license_usage", DAY) == "missing"


def test_a_failed_transaction_changes_nothing(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.record_loaded(LOADED)
        with pytest.raises(KeyError), ledger.transaction() as con:
            con.execute("delete from partitions")
            raise KeyError
        with pytest.raises(StorageError, match="cannot be written: no such table"), ledger.transaction() as con:
            con.execute("delete from partitions")
            con.execute("delete from absent")
        assert ledger.partitions() == [LOADED]


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.connection.execute("pragma max_page_count = 1")
        with pytest.raises(StorageError, match="cannot be written: the disk is full"):
            ledger.record_refused(replace(REFUSED, cause="x" * 1_000_000))
        assert ledger.refusals() == []


def test_files_that_are_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is no database, and long enough to have a header" * 100)
    with pytest.raises(StorageError, match="cannot be used: file is not a database"):
        Ledger(tmp_path / "text")
    with pytest.raises(StorageError, match="cannot be opened"):
        Ledger(tmp_path)
    con = sqlite3.connect(tmp_path / "newer")
    con.execute(f"pragma user_version = {VERSION + 1}")
    con.close()
    with pytest.raises(StorageError, match="was written by a newer version"):
        Ledger(tmp_path / "newer")
