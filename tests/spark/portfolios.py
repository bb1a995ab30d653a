"""A small simulated portfolio, and commands that build it on the cluster."""

import os
import subprocess
from pathlib import Path

from ..e2e import running
from ..e2e.commands import portfolio
from ..e2e.forked import Forked
from ..e2e.forked import portfolio as installed_script
from .cluster import Cluster

FIRST, LAST = "2026-04-08", "2026-04-09"
SIMULATED = ("--from", "2026-03-25", "--to", LAST, "--customers", "6", "--partners", "2", "--seed", "7")


def simulate(landing: Path) -> None:
    """Write a landing folder, always the same."""
    portfolio("simulate", landing, *SIMULATED)


def on_duckdb(landing: Path, home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Materialise on this machine."""
    return portfolio(
        "materialize", "--landing", landing, "--home", home, *(arguments or ("--from", FIRST, "--to", LAST))
    )


def by_connect(cluster: Cluster, schema: str) -> dict[str, str]:
    """The environment of a command that builds by the Connect server, in schemas of its own."""
    return _engine(schema) | {"SPARK_REMOTE": cluster.remote}


def start(environment: dict[str, str], *arguments: str | Path, program=installed_script) -> Forked:  # type: ignore[no-untyped-def]
    """Start a command, and leave it running; `program` stands for the command's own."""
    return running.fork_portfolio(*arguments, environment=environment, program=program)


def _engine(schema: str) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    return given | {"PORTFOLIO_ENGINE": "spark", "PORTFOLIO_SPARK_SCHEMA": schema}
