"""A small simulated portfolio, and commands that build it on the cluster."""

import csv
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ..e2e import running
from ..e2e.commands import portfolio
from ..e2e.forked import Forked
from ..e2e.forked import portfolio as installed_script
from .cluster import Cluster

FIRST, LAST = "2026-04-08", "2026-04-09"
SIMULATED = ("--from", "2026-03-25", "--to", LAST, "--customers", "6", "--partners", "2", "--seed", "7")
LONG = pytest.mark.skipif(
    not int(os.environ.get("PORTFOLIO_SOAK", "0")), reason="takes minutes: PORTFOLIO_SOAK=1 runs it, too"
)


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


def by_driver(cluster: Cluster, schema: str) -> dict[str, str]:
    """The environment of a command that runs a driver of its own, with a catalog in the home folder."""
    reached = {"PORTFOLIO_SPARK_MASTER": cluster.master, "SPARK_CONF_DIR": str(cluster.configuration)}
    return _engine(schema) | reached


def run(environment: dict[str, str], *arguments: str | Path, code: int = 0) -> "subprocess.CompletedProcess[str]":
    """Run a command that ends with `code`."""
    done = running.portfolio(*arguments, environment=environment)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def start(environment: dict[str, str], *arguments: str | Path, program=installed_script) -> Forked:  # type: ignore[no-untyped-def]
    """Start a command, and leave it running; `program` stands for the command's own."""
    return running.fork_portfolio(*arguments, environment=environment, program=program)


def at_an_insert(then: Callable[[], object]) -> None:
    """`portfolio`, which does something where a mart's days are dropped, and its rows are about to be inserted."""
    from dbt.adapters.spark.session import SessionConnectionWrapper

    execute = SessionConnectionWrapper.execute

    def interrupted(self, sql, bindings=None):  # type: ignore[no-untyped-def]
        if "insert overwrite" in sql and ".expiring_subscriptions" in sql:
            then()
        execute(self, sql, bindings)

    SessionConnectionWrapper.execute = interrupted
    from cli.entry import main

    main()


def killed() -> None:
    """`portfolio`, which is killed there."""
    at_an_insert(lambda: os.kill(os.getpid(), signal.SIGKILL))


def correct(partition: Path) -> None:
    """Deliver a day of licences again, with 500 more of meetings."""
    (path,) = partition.glob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row = next(row for row in rows if row["product"] == "meetings")
    row["total_licenses"] = str(int(row["total_licenses"]) + 500)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _engine(schema: str) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    return given | {"PORTFOLIO_ENGINE": "spark", "PORTFOLIO_SPARK_SCHEMA": schema}
