"""By a Connect server: a backfill of the web interface, read by a BI tool from the cluster."""

import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from pipelines.runs.failures import cause_of

from ..e2e.commands import every_mart, published
from ..e2e.running import TIMEOUT_SECONDS
from .cluster import Cluster
from .portfolios import FIRST, LAST, by_connect, on_duckdb, simulate, start
from .reading import by_jdbc

SCHEMA = "by_connect"
DAYS = ["2026-04-08", "2026-04-09"]


def backfilled() -> None:
    """A run as the web interface's backfill launches it: of every asset, with a range of days for partitions."""
    from pipelines.definitions import defs
    from pipelines.runs.instance import prepare_home
    from pipelines.runs.jobs import MATERIALIZE
    from pipelines.runs.requests import range_tags
    from pipelines.settings import load_settings

    prepare_home(load_settings())
    tags = range_tags(date.fromisoformat(FIRST), date.fromisoformat(LAST))
    with dg.DagsterInstance.get() as instance:
        job = defs().resolve_job_def(MATERIALIZE.name)
        ended = job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
    sys.stdout.write("backfilled" if ended.success else cause_of(ended))


@pytest.fixture(scope="module")
def built(cluster: Cluster) -> Iterator[Path]:
    """A home that a backfill built by Connect."""
    folder = cluster.folder / SCHEMA
    landing, home = folder / "landing", folder / "home"
    simulate(landing)
    environment = by_connect(cluster, SCHEMA) | {"PORTFOLIO_HOME": str(home), "PORTFOLIO_LANDING": str(landing)}
    done = start(environment, program=backfilled)
    said, errors = done.communicate(TIMEOUT_SECONDS)
    assert said.endswith("backfilled"), said + errors
    yield home
    shutil.rmtree(folder, ignore_errors=True)


def test_marts_are_those_that_duckdb_builds(built, tmp_path):
    home = built
    on_duckdb(home.with_name("landing"), tmp_path / "home")
    assert every_mart(home) == every_mart(tmp_path / "home")


def test_a_bi_tool_reads_the_same_from_the_cluster(cluster, built):
    home = built
    query = "select as_of_date, partner_id, total_customers from {} order by as_of_date, partner_id"
    rows = [tuple(row.values()) for row in by_jdbc(cluster, query.format(f"{SCHEMA}.portfolio_kpis"))]
    assert rows == [tuple(map(str, row)) for row in published(home, query.format("marts.portfolio_kpis"))]
    assert [day for day, *_ in rows] == sorted(DAYS * 2)
