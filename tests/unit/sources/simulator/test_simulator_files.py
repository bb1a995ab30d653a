"""Simulated files: the same arguments give the same bytes, in every format, and nobody's files are harmed."""

import csv
import errno
import gzip
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sources.simulator import SimulationError, simulate

from .simulated import COLUMNS, SPRING, files_of


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        simulate(tmp_path / name, *SPRING, customers=12, seed=9, partners=2)
    simulate(tmp_path / "other", *SPRING, customers=12, seed=10, partners=2)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert files_of(tmp_path / "one") != files_of(tmp_path / "other")


def test_a_day_does_not_depend_on_the_range(tmp_path: Path) -> None:
    simulate(tmp_path / "long", date(2023, 1, 1), date(2026, 6, 30), customers=25, seed=9, seats=200)
    long = files_of(tmp_path / "long")
    for first, last in ((date(2023, 2, 20), date(2023, 2, 21)), (date(2025, 9, 1), date(2025, 9, 3))):
        short = files_of_range(tmp_path / f"{first}", first, last)
        assert short == {name: long[name] for name in short}


def files_of_range(landing: Path, first: date, last: date) -> dict[str, bytes]:
    simulate(landing, first, last, customers=25, seed=9, seats=200)
    return files_of(landing)


def test_the_formats_hold_the_same_rows(tmp_path: Path) -> None:
    first, last = date(2026, 3, 2), date(2026, 3, 3)
    for file_format in ("csv", "csv.gz", "parquet"):
        simulate(tmp_path / file_format, first, last, customers=15, seed=6, file_format=file_format)
    plain, zipped, parquet = (files_of(tmp_path / name) for name in ("csv", "csv.gz", "parquet"))
    assert {f"{name}.gz" for name in plain} == set(zipped)
    for name, content in plain.items():
        assert gzip.decompress(zipped[f"{name}.gz"]) == content
        table = pq.read_table(tmp_path / "parquet" / name.replace(".csv", ".parquet"), partitioning=None)
        header, *records = list(csv.reader(content.decode().splitlines(), strict=True))
        assert table.column_names == header
        assert [[as_text(value) for value in row.values()] for row in table.to_pylist()] == records
    assert len(parquet) == len(plain)


def as_text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_parquet_is_typed_and_its_text_is_plain(tmp_path: Path) -> None:
    day = date(2026, 3, 2)
    simulate(tmp_path, day, day, customers=15, seed=6, file_format="parquet")
    types = {
        field.name: str(field.type)
        for dataset in COLUMNS
        for field in pq.read_schema(tmp_path / dataset / day.isoformat() / f"{dataset}.parquet")
    }
    assert {types[name] for name in ("created_on", "start_date", "end_date")} == {"date32[day]"}
    assert {types[name] for name in ("total_licenses", "assigned_licenses", "activity_count")} == {"int64"}
    assert {types[name] for name in ("is_trial", "auto_renew")} == {"bool"}
    assert {types[name] for name in ("partner_id", "subscription_id", "product", "user_id")} == {"string"}


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SimulationError, match="not empty"):
        simulate(tmp_path, *SPRING, customers=2, seed=1)
    assert list(files_of(tmp_path)) == ["notes.txt"]


def test_overwriting_replaces_the_days_of_the_range_alone(tmp_path: Path) -> None:
    landing, monday = tmp_path / "landing", date(2026, 3, 2)
    simulate(landing, monday, monday + timedelta(days=1), customers=3, seed=1)
    before = files_of(landing)
    leftover = landing / "customers" / "_2026-03-03.unfinished"
    leftover.mkdir()
    simulate(landing, monday + timedelta(days=1), monday + timedelta(days=2), customers=3, seed=2, overwrite=True)
    after = files_of(landing)
    assert not leftover.exists()
    for name, content in before.items():
        assert (after[name] == content) == ("2026-03-02" in name)
    assert any("2026-03-04" in name for name in after)


def test_a_failing_disk_leaves_the_partition_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = date(2026, 3, 2)
    simulate(tmp_path, day, day, customers=3, seed=1)
    before = files_of(tmp_path)

    def no_space(rows: object, stream: Any, options: object) -> None:
        stream.write(b"half a fi")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pyarrow.csv.write_csv", no_space)
    with pytest.raises(OSError, match="No space left"):
        simulate(tmp_path, day, day, customers=3, seed=2, overwrite=True)
    assert files_of(tmp_path) == before
