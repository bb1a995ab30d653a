"""By a driver of the command's own, with the catalog embedded in the home, which serves no second process.

Only with `PORTFOLIO_SOAK=1`: the driver is one more cold Java process.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..e2e.commands import every_mart
from ..e2e.running import TIMEOUT_SECONDS
from .cluster import Cluster
from .portfolios import FIRST, LAST, LONG, at_an_insert, by_driver, on_duckdb, simulate, start

pytestmark = LONG
SCHEMA = "by_driver"
TOLD = "told.json"
SECOND = """if True:
    import storage.spark.engine
    storage.spark.engine.WAIT_SECONDS = 0
    from cli.entry import main
    main()
"""
"""`portfolio`, which does not wait for another process."""


def watched() -> None:
    """`portfolio`, beside which a second command is run on the same home; what that says is noted."""
    environment = dict(os.environ)

    def look() -> None:
        second = [sys.executable, "-c", SECOND, "dbt", "list"]
        done = subprocess.run(second, env=environment, capture_output=True, text=True, check=False)
        told = json.dumps([done.returncode, done.stdout, done.stderr])
        (Path(environment["PORTFOLIO_HOME"]) / TOLD).write_text(told)

    at_an_insert(look)


@pytest.fixture(scope="module")
def home(cluster: Cluster) -> Iterator[Path]:
    """A home that a driver built on the cluster."""
    folder = cluster.folder / SCHEMA
    simulate(folder / "landing")
    given = {"PORTFOLIO_HOME": str(folder / "home"), "PORTFOLIO_LANDING": str(folder / "landing")}
    arguments = ("materialize", "--engine", "spark", "--from", FIRST, "--to", LAST)
    built = start(by_driver(cluster, SCHEMA) | given, *arguments, program=watched)
    said, errors = built.communicate(TIMEOUT_SECONDS)
    assert f"published: {FIRST}…{LAST} (2 days)" in said, said + errors
    assert errors == ""
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


def test_marts_are_those_that_duckdb_builds(home, tmp_path):
    on_duckdb(home.with_name("landing"), tmp_path / "home")
    assert every_mart(home) == every_mart(tmp_path / "home")


def test_a_second_process_is_told_who_has_the_embedded_catalog(home):
    code, said, errors = json.loads((home / TOLD).read_text())
    assert (code, said) == (1, "")
    catalog = home / "spark" / "metastore"
    assert f"the embedded catalog {catalog} serves one process at a time, and process " in " ".join(errors.split())
    assert "Traceback" not in errors
