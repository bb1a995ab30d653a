"""An optional dataset is added by its declaration, one staging model and that model's YAML: nothing else changes.

The packages and the dbt project are copied, the three edits made in the copy, and the copied command run.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb

from ..reference.marts import reference_build
from ..reference.raw import days
from .commands import every_mart, portfolio
from .comparing import assert_marts_equal
from .homes import published_days, published_file
from .plain import write_plain
from .running import TIMEOUT_SECONDS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("assets", "cli", "contracts", "dbt_project", "expectations", "pipelines", "planning", "sources", "storage")
DATASETS = "DATASETS: dict[str, Dataset] = {"
DECLARATION = """
NOTES = Dataset(
    name="notes",
    meaning="What a partner notes about a customer, a full snapshot a day. Optional.",
    grain="One row per customer",
    date_column="snapshot_date",
    columns=(_PARTNER, _CUSTOMER, _text("note", "what is noted")),
    key=("partner_id", "customer_id"),
    serves=Snapshot(required_for_days=False),
)

"""
MODEL = """select
    cast(snapshot_date as date) as snapshot_date,
    partner_id,
    customer_id,
    note
from {{ source("raw", "notes") }}
"""
COLUMNS = """
          - {name: snapshot_date, data_type: date, description: The day.}
          - {name: partner_id, data_type: string, description: The partner.}
          - {name: customer_id, data_type: string, description: The customer.}
          - {name: note, data_type: string, description: What is noted.}
"""
YAML = f"""sources:
  - name: raw
    schema: raw
    tables:
      - name: notes
        description: What a partner notes about a customer.
        columns:{COLUMNS}
models:
  - name: stg_notes
    description: What a partner notes about a customer. One row per customer per snapshot.
    data_tests:
      - unique_grain:
          name: stg_notes_grain
          description: One row per customer per snapshot.
          arguments:
            columns: [snapshot_date, partner_id, customer_id]
          config:
            where: __requested_window_of_snapshot_date__
    columns:{COLUMNS}
"""
MAX_AGE = 3
"""The default of PORTFOLIO_MAX_SNAPSHOT_AGE_DAYS."""
KEY = "of both homes, so that usage is the same rows in both"


def copy_with_notes(folder: Path) -> Path:
    """The code in a folder of its own, with the dataset `notes` declared."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dagster.yaml", "workspace.yaml"):  # links lead there
        shutil.copy(ROOT / name, folder / name)
    contract = folder / "expectations" / "contract.py"
    before, declared, after = contract.read_text().partition(DATASETS)
    assert after.count("ACCOUNTS)\n}") == 1
    contract.write_text(
        before.rstrip() + "\n" + DECLARATION + declared + after.replace("ACCOUNTS)\n}", "ACCOUNTS, NOTES)\n}")
    )
    staging = folder / "dbt_project" / "models" / "staging"
    (staging / "stg_notes.sql").write_text(MODEL)
    (staging / "notes.yml").write_text(YAML)
    return folder


def run(code: Path, *arguments: str | Path, exit_code: int = 0) -> str:
    """What the copied command prints."""
    done = subprocess.run(
        [sys.executable, "-c", "from cli.entry import main; main()", *arguments],
        cwd=code,
        env=os.environ
        | {"PYTHONPATH": str(code), "PORTFOLIO_MAX_SNAPSHOT_AGE_DAYS": str(MAX_AGE), "PORTFOLIO_HASH_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout


def deliver(landing: Path, day: date, *lines: str) -> None:
    path = landing / "notes" / day.isoformat() / "export.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + "\n")


def hashes(home: Path) -> dict[date, str]:
    """What each recorded day was made from."""
    connection = sqlite3.connect(home / "ledger.sqlite")
    try:
        rows = connection.execute("select as_of_date, outcome, inputs_hash from as_of_days").fetchall()
    finally:
        connection.close()
    assert {outcome for _, outcome, _ in rows} == {"built"}
    return {date.fromisoformat(day): inputs for day, _, inputs in rows}


def test_an_optional_dataset_is_added_by_its_declaration_and_its_staging_model_alone(tmp_path: Path) -> None:
    landing, home, plain = tmp_path / "landing", tmp_path / "home", tmp_path / "plain"
    _, first, last = write_plain(12, landing)
    expected = reference_build(landing, first, last)
    assert expected.built_days == days(first, last)
    window = ("--from", str(first), "--to", str(last))
    portfolio("materialize", "--landing", landing, "--home", plain, *window, hash_key=KEY)

    code = copy_with_notes(tmp_path / "code")
    header = "partner_id,customer_id,note"
    deliver(landing, first, header, "p,c,kind", "p,d,late", "p,,nobody's")
    deliver(landing, first + timedelta(days=1), header, "p,c,kinder")
    deliver(landing, first + timedelta(days=2), "partner_id,customer_id", "p,c")  # is refused
    asked = ("--landing", landing, "--home", home)
    said = run(code, "materialize", *asked, *window)

    # Days are built with it, without it, and with a refused partition of it; their rows are those of before.
    assert f"refused: notes {first + timedelta(days=2)}: " in said
    assert "blocked" not in said
    assert "not built" not in said
    assert published_days(home) == set(days(first, last))
    assert_marts_equal(published_file(home), expected.marts)
    assert every_mart(home) == every_mart(plain)

    # It is ingested, its bad row is counted, and dbt sees what is loaded of it.
    connection = sqlite3.connect(home / "ledger.sqlite")
    loaded = connection.execute(
        "select partition_date, rows_accepted, rows_quarantined from partitions where dataset = 'notes' order by 1"
    ).fetchall()
    connection.close()
    assert loaded == [(str(first), 2, 1), (str(first + timedelta(days=1)), 1, 0)]
    rows = [(first, "c", "kind"), (first, "d", "late"), (first + timedelta(days=1), "c", "kinder")]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        for relation in ("raw.notes", "staging.stg_notes"):
            query = f"select snapshot_date, customer_id, note from {relation} order by all"
            assert warehouse.execute(query).fetchall() == rows, relation

    # A day that sees none of it is made from what it was made from before.
    before, now = hashes(plain), hashes(home)
    seen = set(days(first, first + timedelta(days=1 + MAX_AGE)))
    assert {day for day in now if now[day] != before[day]} == seen & now.keys()
    assert now.keys() - seen

    assert "published days are up to date" in run(code, "status", *asked)
    assert f"notes {first}  missing_required 1" in run(code, "quarantine", "notes", "--home", home)
    checked = run(code, "check", landing, exit_code=1)  # since something would be refused
    assert f"missing: {first + timedelta(days=3)}…{last}" in checked.partition("\nDays ")[2]
    assert "can't" not in checked.partition("\nDays ")[2]
