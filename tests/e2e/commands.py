"""Run any `portfolio` command as a user would, with settings in its environment, and look at what it leaves."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb

from . import forked, running

Program = Callable[[], object]


def portfolio(
    *arguments: str | Path, code: int = 0, program: Program = forked.portfolio, **settings: object
) -> "subprocess.CompletedProcess[str]":
    """Run a command that ends with `code`; `keep_mart_days=3` sets PORTFOLIO_KEEP_MART_DAYS.

    Args:
        program: a module's function that stands for the command's own.
    """
    environment = _environment(settings)
    if program is forked.portfolio:
        done = running.portfolio(*arguments, environment=environment)
    else:
        done = running.run_program(program, *arguments, environment=environment)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def start(*arguments: str | Path, program: Program = forked.portfolio, **settings: object) -> forked.Forked:
    """Start a command, and leave it running."""
    return running.fork_portfolio(*arguments, environment=_environment(settings), program=program)


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
