"""Folders as users have them: names that look like patterns and partitions, rights, files that were cut off."""

import csv
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from .homes import published_file
from .running import portfolio

GOLDEN = Path(__file__).parent.parent / "golden" / "landing"
DAY = ("--from", "2024-05-31", "--to", "2024-05-31")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PORTFOLIO_", "DAGSTER_"))}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden portfolio in a home whose path says much, beside one of a neighbour whom it matches as a pattern."""
    folder = tmp_path_factory.mktemp("folders") / "status=active" / "product=webex" / "partner_id=nobody"
    neighbour = folder / "a" / "home" / "lake" / "customers" / "snapshot_date=2024-05-31" / "part-0.parquet"
    neighbour.parent.mkdir(parents=True)
    duckdb.execute(f"copy (select 'north' as partner_id, 'stranger' as customer_id) to '{neighbour}' (format parquet)")
    home = folder / "[abc]*" / 'it\'s "ü"; {x},&$HOME' / "home"
    shutil.copytree(GOLDEN, home.parent / "landing[1]")
    before = os.umask(0o022)
    try:
        home.mkdir(parents=True)
        (home / "mine").touch()
        finished = portfolio(
            *["materialize", "--landing", home.parent / "landing[1]", "--home", home, *DAY], environment=ENVIRONMENT
        )
    finally:
        os.umask(before)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return home


def positions(home: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(published_file(home)), read_only=True) as connection:
        return connection.execute(
            "select partner_id, customer_id, product, total_licenses from marts.license_positions order by all"
        ).fetchall()


def test_names_of_folders_are_names(home: Path, tmp_path: Path) -> None:
    with (GOLDEN.parent / "marts" / "license_positions.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["as_of_date"] == "2024-05-31"]
    expected = [(row["partner_id"], row["customer_id"], row["product"], int(row["total_licenses"])) for row in rows]
    assert positions(home) == sorted(expected)
    shown = portfolio("show", "--home", home, environment=ENVIRONMENT)
    assert shown.returncode == 0, shown.stderr
    target = tmp_path / "out[1]*.parquet"
    arguments = ["export", "positions", "--format", "parquet", "--output", target, "--home", home]
    assert portfolio(*arguments, environment=ENVIRONMENT).returncode == 0
    assert target.exists()


def test_everything_in_a_home_is_its_owner_s(home: Path) -> None:
    for path in (home, *home.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), f"{path} has {mode:o}"


def test_edits_are_dropped_and_what_was_cut_off_is_made_again(home: Path) -> None:
    before = positions(home)
    script = (
        f"import duckdb, os; c = duckdb.connect({str(published_file(home))!r});"
        " c.execute('delete from marts.license_positions'); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    assert positions(home) == []
    warehouse = home / "warehouse.duckdb"
    warehouse.write_bytes(warehouse.read_bytes()[:100_000])
    (home / "dbt" / "manifest.json").write_text("{")
    finished = portfolio(
        *["materialize", "--landing", home.parent / "landing[1]", "--home", home, *DAY], environment=ENVIRONMENT
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert f"{published_file(home)}: what someone wrote into it is dropped" in finished.stderr
    assert f"{warehouse} was damaged (" in finished.stderr
    assert positions(home) == before
    assert not Path(f"{published_file(home)}.wal").exists()
