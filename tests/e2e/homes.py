"""What a home folder holds, read without the product: its ledger, its runs, its publication."""

import hashlib
import os
import sqlite3
from datetime import date
from pathlib import Path

import duckdb
import psycopg

from ..reference.marts import Marts
from .comparing import assert_marts_equal
from .storages import SETTING


def published_file(home: Path) -> Path:
    """The file that readers open."""
    return home / "serving" / "portfolio.duckdb"


def fingerprint(home: Path) -> dict[str, str]:
    """SHA-256 of every file that readers see, by its path; empty where nothing is published."""
    serving = home / "serving"
    files = [published_file(home), *sorted((serving / "parquet").glob("*/*.parquet"))]
    return {
        str(path.relative_to(serving)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.exists()
    }


def ledger_rows(home: Path) -> list[tuple[object, ...]]:
    """Every partition row of the ledger."""
    connection = sqlite3.connect(home / "ledger.sqlite")
    try:
        return connection.execute("select * from partitions order by dataset, partition_date").fetchall()
    finally:
        connection.close()


def run_states(home: Path) -> set[str]:
    """The states that the Dagster instance knows its runs in: one in files, or in the database of the environment."""
    asked = "select distinct status from runs"
    if dsn := os.environ.get(SETTING):
        assert not list((home / "dagster").rglob("*.db"))
        with psycopg.connect(dsn) as server:
            return {state for (state,) in server.execute(asked)}
    connection = sqlite3.connect(home / "dagster" / "history" / "runs.db")
    try:
        return {state for (state,) in connection.execute(asked)}
    finally:
        connection.close()


def published_days(home: Path) -> set[date]:
    """The as-of dates that readers find; none where nothing is published."""
    if not published_file(home).exists():
        return set()
    with duckdb.connect(str(published_file(home)), read_only=True) as connection:
        fetched = connection.execute("select distinct as_of_date from marts.portfolio_kpis").fetchall()
    return {day for (day,) in fetched}


def assert_published_whole(home: Path) -> None:
    """Hold what readers open to be a publication that was finished: one that was verified and then moved into place."""
    if not published_file(home).exists():
        return
    finished = list((home / "serving" / "publications").glob("[!.]*"))
    content = published_file(home).read_bytes()
    assert any((folder / "portfolio.duckdb").read_bytes() == content for folder in finished), "half a publication"
    assert (home / "serving" / "parquet").resolve().parent in finished


def assert_published_days_whole(home: Path, expected: Marts) -> set[date]:
    """Hold every published as-of date to its expected rows, in all marts; return the dates."""
    days = published_days(home)
    assert_marts_equal(
        published_file(home),
        {mart: [row for row in rows if row["as_of_date"] in days] for mart, rows in expected.items()},
    )
    return days
