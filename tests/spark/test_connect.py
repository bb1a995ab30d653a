"""By a Connect server: a backfill of the web interface, read by a BI tool; a killed run, and other commands.

`PORTFOLIO_SOAK=1` also kills a run and forgets a customer.
"""

import shutil
import signal
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from pipelines.runs.failures import cause_of

from ..e2e.commands import every_mart, portfolio, published
from ..e2e.running import TIMEOUT_SECONDS
from .cluster import Cluster
from .portfolios import FIRST, LAST, LONG, by_connect, correct, killed, on_duckdb, run, simulate, start
from .reading import by_jdbc, held

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
def built(cluster: Cluster) -> Iterator[tuple[Path, dict[str, str]]]:
    """A home that a backfill built by Connect, and the environment of commands on it.

    Each test goes on from the one before.
    """
    folder = cluster.folder / SCHEMA
    landing, home = folder / "landing", folder / "home"
    simulate(landing)
    environment = by_connect(cluster, SCHEMA) | {"PORTFOLIO_HOME": str(home), "PORTFOLIO_LANDING": str(landing)}
    done = start(environment, program=backfilled)
    said, errors = done.communicate(TIMEOUT_SECONDS)
    assert said.endswith("backfilled"), said + errors
    yield home, environment
    shutil.rmtree(folder, ignore_errors=True)


def test_marts_are_those_that_duckdb_builds(built, tmp_path):
    home, _ = built
    on_duckdb(home.with_name("landing"), tmp_path / "home")
    assert every_mart(home) == every_mart(tmp_path / "home")


def test_a_bi_tool_reads_the_same_from_the_cluster(cluster, built):
    home, _ = built
    query = "select as_of_date, partner_id, total_customers from {} order by as_of_date, partner_id"
    rows = [tuple(row.values()) for row in by_jdbc(cluster, query.format(f"{SCHEMA}.portfolio_kpis"))]
    assert rows == [tuple(map(str, row)) for row in published(home, query.format("marts.portfolio_kpis"))]
    assert [day for day, *_ in rows] == sorted(DAYS * 2)


def test_on_the_other_engine_days_are_stale_for_that(built):
    home, environment = built
    assert "stale:" not in run(environment, "status").stdout
    assert "engine changed" in portfolio("status", "--home", home, "--landing", home.with_name("landing")).stdout


@LONG
def test_a_run_killed_between_drop_and_insert_publishes_nothing_and_the_next_one_repairs(built, tmp_path):
    home, environment = built
    landing, before = home.with_name("landing"), every_mart(home)
    correct(landing / "license_assignments" / LAST)
    dying = start(environment, "materialize", "--stale", program=killed)
    said = dying.communicate(TIMEOUT_SECONDS)
    assert dying.returncode == -signal.SIGKILL, said
    assert every_mart(home) == before
    assert "its last build did not finish" in run(environment, "status").stdout

    done = run(environment, "materialize", "--stale")
    assert f"published: {LAST} (1 day)" in done.stdout
    assert done.stderr == ""
    on_duckdb(landing, tmp_path / "home")
    assert every_mart(home) == every_mart(tmp_path / "home") != before
    assert "stale:" not in run(environment, "status").stdout


def test_pruned_days_go_from_the_cluster_too(cluster, built):
    _, environment = built
    query = f"select distinct cast(as_of_date as string) from {SCHEMA}.license_positions order by 1"
    assert held(cluster, query) == [(day,) for day in DAYS]
    run(environment | {"PORTFOLIO_KEEP_MART_DAYS": "0"}, "prune")
    assert held(cluster, query) == [(LAST,)]


@LONG
def test_a_forgotten_customer_goes_from_the_cluster_too(cluster, built, tmp_path):
    home, environment = built
    ((customer,),) = published(home, "select min(customer_id) from marts.license_positions")
    counted = f"select count(*) from {SCHEMA}.license_positions where customer_id = '{customer}'"
    assert held(cluster, counted) != [(0,)]
    run(environment, "forget", "--customer", customer, "--rewrite-landing")
    assert held(cluster, counted) == [(0,)]
    on_duckdb(home.with_name("landing"), tmp_path / "home", "--from", LAST, "--to", LAST)
    assert every_mart(home) == every_mart(tmp_path / "home")


def test_dbt_runs_on_spark(cluster, built):
    _, environment = built
    done = run(environment, "dbt", "--from", LAST, "--to", LAST, "run", "--select", "dim_products")
    assert "Completed successfully" in done.stdout
    assert done.stderr == ""
    assert held(cluster, f"select count(*) from {SCHEMA}.dim_products") != [(0,)]
