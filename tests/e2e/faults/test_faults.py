"""Every fault at once, one run of the real command: each is refused or quarantined as stated, and the rest is right."""

import json
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pytest

from ...reference.contract import SNAPSHOTS
from ...reference.marts import Build, reference_build
from ...reference.raw import REFUSED, Landing, days
from ..comparing import assert_ingestion_equal, assert_marts_equal
from ..homes import published_file
from ..running import materialize
from .catalogue import FAULTS
from .landing import FIRST, LOOK_BACK, Placed, deliver, partition_folder, placed, write_good

PLACED = placed(FAULTS)
LAST = max(place.day for place in PLACED)


@dataclass
class Run:
    """What the command left behind."""

    landing: Path
    home: Path
    finished: CompletedProcess[str]
    source: Landing
    """The landing folder, read without the product; partitions that a check holds count as refused."""
    expected: Build
    ledger: dict[tuple[str, date], tuple[int, ...]] = field(default_factory=dict)
    """Rows read, accepted, quarantined, duplicate by partition."""
    ignored: dict[tuple[str, date], tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)
    """Columns and files that were ignored, by partition."""
    refusals: dict[tuple[str, date], tuple[int, str]] = field(default_factory=dict)
    """Rows read and the cause by refused partition."""
    held: dict[tuple[str, date], set[str]] = field(default_factory=dict)
    """The checks that hold a partition."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("faults")
    landing, home = folder / "landing", folder / "home"
    write_good(landing, FIRST, LAST)
    for place in PLACED:
        deliver(landing, place.fault, place.day)
    _litter(landing)
    source = Landing(landing)
    for place in PLACED:
        if place.fault.held_by:
            held = source.partition(place.fault.dataset, place.day)
            held.state, held.rows = REFUSED, []
    finished = materialize(landing, home, FIRST, LAST)
    found = Run(landing, home, finished, source, reference_build(source, FIRST, LAST))
    with sqlite3.connect(home / "ledger.sqlite") as ledger:
        for dataset, day, columns, files, *counts in ledger.execute(
            "select dataset, partition_date, unexpected_columns, ignored_files,"
            " rows_read, rows_accepted, rows_quarantined, rows_duplicate from partitions"
        ):
            found.ledger[dataset, date.fromisoformat(day)] = tuple(counts)
            found.ignored[dataset, date.fromisoformat(day)] = tuple(json.loads(columns)), tuple(json.loads(files))
        for dataset, day, read, cause in ledger.execute(
            "select dataset, partition_date, rows_read, cause from refusals"
        ):
            found.refusals[dataset, date.fromisoformat(day)] = read, cause
        for asset, day, check in ledger.execute(
            "select asset, first_date, check_name from check_results where not passed and severity = 'error'"
        ):
            found.held.setdefault((asset.removeprefix("raw/"), date.fromisoformat(day)), set()).add(check)
    ledger.close()
    return found


def _litter(landing: Path) -> None:
    """Folders and files that are nobody's: no fault of a partition, and read by nobody."""
    for stray in ("customers/2024-5-1", "customers/latest", "customers/2024-02-30", "license_overage/2024-05-01"):
        shutil.copytree(partition_folder(landing, PLACED[-1].fault.dataset, FIRST - LOOK_BACK), landing / stray)
    (landing / "README.txt").write_text("not a dataset", encoding="utf-8")
    (landing / "subscriptions" / "2024-01-01").write_text("not a folder", encoding="utf-8")


def test_there_are_enough_of_them() -> None:
    assert len(FAULTS) >= 40
    fates = Counter(fault.fate for fault in FAULTS)
    assert min(fates.values()) >= 5


@pytest.mark.parametrize("place", PLACED, ids=lambda place: place.fault.name)
def test_fault(run: Run, place: Placed) -> None:
    fault, partition = place.fault, (place.fault.dataset.name, place.day)
    if fault.fate == "missing":
        assert partition not in run.ledger and partition not in run.refusals
        return
    if fault.fate == "refused":
        read, cause = run.refusals[partition]
        assert read == fault.read
        assert fault.cause in cause
        assert partition not in run.ledger, "nothing of a refused partition is written"
        assert f"refused: {partition[0]} {partition[1]}: {cause}" in run.finished.stdout.splitlines()
        return
    assert partition not in run.refusals
    records = fault.quarantined_records()
    assert run.ledger[partition] == (fault.read, fault.accepted, len(records), fault.duplicates)
    assert fault.read == fault.accepted + len(records) + fault.duplicates
    assert quarantined(run.home, place) == records
    assert run.ignored[partition] == (fault.unexpected, fault.ignored)
    assert run.held.get(partition, set()) == ({fault.held_by} if fault.held_by else set())


def quarantined(home: Path, place: Placed) -> dict[tuple[str, int], set[str]]:
    """The reasons of a partition's quarantined rows by file and record number."""
    dataset = place.fault.dataset
    path = home / "lake" / "quarantine" / dataset.name / f"{dataset.date_column}={place.day}" / "part-0.parquet"
    if not path.exists():
        return {}
    rows = duckdb.execute("select file, record_number, reasons from read_parquet(?)", [str(path)]).fetchall()
    found = {(file, number): set(reasons) for file, number, reasons in rows}
    assert len(found) == len(rows), "a record is quarantined twice"
    return found


def test_exactly_the_days_of_snapshots_that_do_not_count_are_left_out(run: Run) -> None:
    blocked = {place.day for place in PLACED if place.fault.withheld and place.fault.dataset in SNAPSHOTS}
    assert run.finished.returncode == 3, run.finished.stdout + run.finished.stderr
    assert run.finished.stderr == ""
    with duckdb.connect(str(published_file(run.home)), read_only=True) as connection:
        published = {day for (day,) in connection.execute("select as_of_date from marts.portfolio_kpis").fetchall()}
    assert published == set(days(FIRST, LAST)) - blocked


def test_what_is_published_is_right(run: Run) -> None:
    assert_marts_equal(published_file(run.home), run.expected.marts)
    assert_ingestion_equal(published_file(run.home), run.source, FIRST, LAST)


def test_nothing_else_was_refused_or_quarantined(run: Run) -> None:
    at_fault = {(place.fault.dataset.name, place.day) for place in PLACED}
    others = {partition: counts for partition, counts in run.ledger.items() if partition not in at_fault}
    assert set(run.refusals) <= at_fault
    assert set(others.values()) == {(40, 40, 0, 0)}
