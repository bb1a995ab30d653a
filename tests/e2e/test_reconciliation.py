"""Reconciliation and control totals through the real command: recorded, published, and what a difference does."""

import shutil
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from .commands import portfolio, published
from .homes import published_file

GOLDEN = Path(__file__).parent.parent / "golden" / "landing"
DAY = date(2024, 5, 31)
RANGE = ["--from", str(DAY), "--to", str(DAY)]


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOLDEN, tmp_path / "landing"))


def state(landing: Path, rows: int) -> None:
    """State how many customers of partner north were delivered on the day."""
    folder = landing / "control_totals" / DAY.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "totals.csv").write_text(f"partner_id,dataset,rows\nnorth,customers,{rows}\n")


def delivered(landing: Path) -> int:
    lines = (landing / "customers" / DAY.isoformat() / "export.csv").read_text().splitlines()[1:]
    return sum(line.startswith("north,") for line in lines)


def test_every_partition_and_the_marts_are_reconciled(landing: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    portfolio("materialize", "--landing", landing, "--home", home, *RANGE)
    ledger = sqlite3.connect(home / "ledger.sqlite")
    ingested = ledger.execute("select dataset, partition_date from partitions").fetchall()
    found = ledger.execute(
        "select asset, first_date, passed from check_results where check_name = 'rows_add_up'"
    ).fetchall()
    ledger.close()
    assert {dataset for dataset, _ in ingested} == {folder.name for folder in landing.iterdir()}
    assert sorted(found) == sorted((f"raw/{dataset}", day, 1) for dataset, day in ingested)
    marts = published(
        home,
        "select status from meta.check_results where check_name = 'license_positions_account_for_licenses'",
    )
    assert marts == [("passed",)]


def test_a_differing_control_total_warns_or_holds(landing: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = ["materialize", "--landing", landing, "--home", home, *RANGE]
    right = delivered(landing)
    assert right > 0
    state(landing, right + 1)
    held = portfolio(*command, code=1, control_totals_block="true")
    assert f"{right + 1} rows stated, {right} delivered" in held.stdout + held.stderr
    assert not published_file(home).exists()
    portfolio(*command)  # it only warns
    assert published_file(home).exists()
    failed = "select status from meta.check_results where check_name = 'control_totals' and partner_id = 'north'"
    assert published(home, failed) == [("failed",)]
    state(landing, right)
    portfolio(*command, control_totals_block="true")
    assert published(home, failed) == [("passed",)]
