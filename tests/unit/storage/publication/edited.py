"""A publication of three days, and edits of its files by others."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb

from storage.publication.mart_tables import Window
from storage.publication.publication import PublicationRequest

FIRST = date(2026, 1, 30)
DAYS = [FIRST + timedelta(days=offset) for offset in range(3)]  # two of January, one of February
EDIT = "update marts.portfolio_kpis set customers = 666, note = 'Jane Doe 4711'"


def fill(home, first):
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(
            "create or replace table marts.portfolio_kpis"
            " (as_of_date date, partner_id varchar, customers bigint, note varchar)"
        )
        for number, day in enumerate(DAYS):
            connection.execute("insert into marts.portfolio_kpis values (?, 'p', ?, null)", [day, first + number])


def request(home, replaced, **changes):
    given = {
        "warehouse": home / "warehouse.duckdb",
        "serving": home / "serving",
        "marts": ["portfolio_kpis"],
        "window": Window(replaced, replaced),
        "built_days": DAYS,
        "ingestion": [],
        "contract_version": "1",
        "git_revision": None,
        "keep": 3,
        "memory_limit": "200MB",
    }
    return PublicationRequest(**(given | changes))


def write_and_be_killed(path, statement=EDIT):
    script = f"import duckdb, os; c = duckdb.connect({str(path)!r}); c.execute({statement!r}); os._exit(1)"
    subprocess.run([sys.executable, "-c", script], check=False)
    assert Path(f"{path}.wal").exists()


def write(path, statement=EDIT):
    """As a process of its own, which merges its changes into the file and leaves."""
    script = f"import duckdb; c = duckdb.connect({str(path)!r}); c.execute({statement!r}); c.close()"
    subprocess.run([sys.executable, "-c", script], check=True)


def read(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("select customers from marts.portfolio_kpis order by as_of_date").fetchall()


def opened(serving):
    return serving / "portfolio.duckdb"


def kept(serving):
    return sorted((serving / "publications").iterdir())[-1] / "portfolio.duckdb"


def files(folder):
    return {path for path in folder.rglob("*") if path.is_file()}


def bytes_below(folder):
    return b"".join(path.read_bytes() for path in files(folder))
