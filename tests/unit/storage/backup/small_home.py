"""A home folder written by hand, a backup of it, and what a backup is held to without the product."""

import hashlib
import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from storage.backup.contents import contents
from storage.backup.manifest import Manifest
from storage.backup.writing import write_backup
from storage.home import Home
from storage.ledger.ledger import VERSION, Ledger

PUBLICATION = "20260301T040000000000Z-0123abcd"
LAKE = "lake/customers/snapshot_date=2026-03-01/part-0.parquet"
LANDED = "landing/customers/2026-03-01/a.csv"
MARCH = 1_772_323_200_000_000_000
KEY = b"k" * 32
FILES = {
    LAKE: b"accepted",
    "lake/quarantine/customers/snapshot_date=2026-03-01/part-0.parquet": b"quarantined",
    f"serving/publications/{PUBLICATION}/portfolio.duckdb": b"published",
    f"serving/publications/{PUBLICATION}/parquet/portfolio_kpis/2026-03.parquet": b"kpis",
    "serving/portfolio.duckdb": b"published",
    "serving/portfolio.current.json": b"{}",
    LANDED: b"partner_id\n",
    "mapping/delivered.json": b"{}",
    "webex/usage.json": b"{}",
}
COMES_BACK = {
    "warehouse.duckdb": b"marts",
    "dbt/manifest.json": b"{}",
    "docs/raw.odcs.yaml": b"contract",
    "lake/.spill/rows": b"rows",
    "lake/customers/snapshot_date=2026-03-01/.part-0.parquet.1-a.writing": b"half",
    "serving/publications/20260201T040000000000Z-0123abcd/portfolio.duckdb": b"earlier",
    "dagster/dagster.yaml": b"telemetry:",
    "dagster/storage/run/out": b"log",
    "webex/calls.stamp": b"",
    "pipeline.lock": b"",
}
DATABASES = {
    "ledger.sqlite",
    "alerts.sqlite",
    "digests.sqlite",
    "told.sqlite",
    "dagster/schedules/schedules.db",
    "dagster/history/runs.db",
}


def write_home(home: Path) -> Home:
    for name, content in (FILES | COMES_BACK | {"hash.key": KEY}).items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o600)
        os.utime(path, ns=(MARCH, MARCH))
    with Ledger(home / "ledger.sqlite"):
        pass
    for name in DATABASES - {"ledger.sqlite"}:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path)
        connection.executescript("create table t (x); insert into t values (7)")
        connection.close()
    return Home(home)


def described(home: Home, **changes) -> Manifest:
    given = {
        "created_at": datetime(2026, 3, 2, tzinfo=UTC),
        "program": "0.1.0",
        "home": str(home.path),
        "ledger_version": VERSION,
        "publication_id": PUBLICATION,
        "key_fingerprint": "0123456789abcdef",
        "files": (),
    }
    return Manifest(**(given | changes))


def back_up(home: Home, folder: Path, *, history: bool = True, key: bool = False):
    return write_backup(home, folder, contents(home, PUBLICATION, history=history, key=key), described(home))


def files_of(backup: Path) -> dict[str, bytes]:
    """What a finished backup holds, each file compared with the hash that its manifest states."""
    manifest = json.loads((backup / "backup.json").read_text())
    found = {file["path"]: (backup / file["path"]).read_bytes() for file in manifest["files"]}
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in found.items()}
    assert hashes == {file["path"]: file["sha256"] for file in manifest["files"]}
    return found


def finished(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[!.]*") if (path / "backup.json").exists()) if folder.exists() else []


def below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows_of(path: Path) -> list[tuple]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("select x from t").fetchall()
    finally:
        connection.close()
