"""No user id of a usage file is anywhere under the home folder, in whatever file and however it is packed."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import duckdb

from ..reference.contract import LICENSE_USAGE
from .plain import deliver, write_plain
from .running import materialize, portfolio
from .unpacking import unpacked

MARK = "4711@people.example"


def test_user_ids_are_nowhere(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    content, first, last = write_plain(13, landing)
    day = first + timedelta(days=1)
    rows = [{**row, "user_id": f"{number}-{MARK}"} for number, row in enumerate(content[LICENSE_USAGE.name, day] * 30)]
    assert len(rows) > 100
    rows[1]["activity_count"], rows[3]["product"], rows[5]["partner_id"] = 0, "webinars", None
    deliver(landing, LICENSE_USAGE, day, rows)
    # Refused partitions say why, and must not do so with an id: neither with a row's, nor with a header's neighbour.
    broken = [{**row, "activity_count": f"{MARK}!"} for row in rows]
    deliver(landing, LICENSE_USAGE, day + timedelta(days=1), broken)
    finished = materialize(landing, home, first, last)
    assert finished.returncode == 3, finished.stdout + finished.stderr
    quarantine = portfolio("quarantine", LICENSE_USAGE.name, str(day), "--home", home)
    assert quarantine.returncode == 0 and "webinars" in quarantine.stdout, quarantine.stdout + quarantine.stderr
    for output in (finished.stdout, finished.stderr, quarantine.stdout):
        assert MARK not in output

    files = [path for path in home.rglob("*") if path.is_file()]
    suffixes = {path.suffix for path in files}
    assert suffixes >= {".parquet", ".duckdb", ".sqlite", ".db", ".log"}
    found = [path for path in files if MARK.encode() in path.read_bytes() or MARK in unpacked(path)]
    assert not found


def test_the_search_itself_finds_what_is_packed(tmp_path: Path) -> None:
    """The landing's rows as Parquet, DuckDB and SQLite files, where plain bytes may not show them."""
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute(f"create table t as select [{{'id': '{MARK}'}}] as nested from range(10000)")
        connection.execute(f"copy t to '{tmp_path / 'b.parquet'}' (format parquet, compression zstd)")
    with sqlite3.connect(tmp_path / "c.db") as ledger:
        ledger.execute("create table t as select ? as id", [MARK])
    ledger.close()
    assert MARK in unpacked(tmp_path / "a.duckdb")
    assert MARK in unpacked(tmp_path / "b.parquet")
    assert MARK.encode() in (tmp_path / "c.db").read_bytes()
