"""Run any `portfolio` command as a user would, with settings in its environment, and look at what it leaves."""

import os
import subprocess
from pathlib import Path

import duckdb

from . import running
from .running import PORTFOLIO


def portfolio(*arguments: str | Path, code: int = 0, **settings: object) -> "subprocess.CompletedProcess[str]":
    """Run a command that ends with `code`; `keep_mart_days=3` sets PORTFOLIO_KEEP_MART_DAYS."""
    done = running.portfolio(*arguments, environment=_environment(settings))
    assert done.returncode == code, done.stdout + done.stderr
    return done


def start(*arguments: str | Path, **settings: object) -> "subprocess.Popen[str]":
    """Start a command, and leave it running; nobody reads what it says."""
    return subprocess.Popen(
        [PORTFOLIO, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        env=_environment(settings),
    )


def published(home: Path, query: str) -> list[tuple]:  # type: ignore[type-arg]
    """Rows of a query on the published file."""
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def every_mart(home: Path) -> dict[str, list[str]]:
    """All published marts, row by row as text and sorted, to compare two publications by."""
    names = published(home, "select table_name from information_schema.tables where table_schema = 'marts'")
    return {name: sorted(map(repr, published(home, f'select * from marts."{name}"'))) for (name,) in names}


def _environment(settings: dict[str, object]) -> dict[str, str]:
    return os.environ | {f"PORTFOLIO_{name.upper()}": str(value) for name, value in settings.items()}
