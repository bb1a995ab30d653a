"""The marts that Spark builds equal DuckDB's: all days of random portfolios, every column, floats to the last bit."""

import os
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from expectations.contract import DATASETS

from ...dbt.portability.compiled import portable, queries
from ...dbt.portability.sums import summed_doubles
from ...dbt.warehouse import Warehouse
from ...reference.contract import LICENSE_USAGE, SUBSCRIPTIONS
from ...reference.portfolios import Portfolio
from ..cluster import Cluster
from ..executors import Killer, executors
from ..twins import Content, Twins, crowds, random_content, together
from ..warehouse import SparkWarehouse

SEEDS = (2, 14, 28, 31, 32, 43, 46, 49, 55, 57)
"""Portfolios whose days are about the end of a leap year's February."""
FIRST, LAST = date(2024, 2, 26), date(2024, 3, 3)
LATE, EMPTIED, BLOCKED = date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)
FUZZ = int(os.environ.get("PORTFOLIO_FUZZ", "0"))

Maker = Callable[[Path], SparkWarehouse]


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """None: as on any cluster, Java code is made for each query, and its plan is adapted."""
    return {}


@pytest.fixture(scope="module")
def summed(duckdb_manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Mart and column of the figures that add up doubles over rows, derived from the models' SQL."""
    found = summed_doubles(queries(portable(duckdb_manifest), tmp_path_factory.mktemp("sums")))
    return {(relation.removeprefix("marts."), column) for relation, column in found if relation.startswith("marts.")}


@pytest.fixture(scope="module")
def content() -> Content:
    """Random portfolios, and crowds of peers."""
    return together(random_content(SEEDS, FIRST, LAST), crowds(FIRST, LAST))


@pytest.fixture(scope="module")
def twins(
    make_warehouse: Maker,
    duckdb_manifest: Manifest,
    summed: set[tuple[str, str]],
    content: Content,
    tmp_path_factory: pytest.TempPathFactory,
) -> Twins:
    """Both engines with all days built. The tests go on from what the one before left."""
    one = Warehouse(tmp_path_factory.mktemp("duckdb"), duckdb_manifest)
    made = Twins(one, make_warehouse(tmp_path_factory.mktemp("spark")), summed)
    made.put(content)
    made.build(FIRST, LAST)
    return made


def test_all_marts_of_all_days_are_equal(twins: Twins) -> None:
    assert {"license_positions", "portfolio_kpis", "dim_dates"} <= set(twins.marts())
    days = {row["as_of_date"] for row in twins.one.rows("portfolio_kpis")}
    assert days == {FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)}
    assert twins.differences() == []


def test_what_could_differ_occurs(twins: Twins, content: Content) -> None:
    """Nulls in every nullable column, both values of each flag, every number of peers, ties, leap days."""
    for dataset in DATASETS.values():
        rows = [row for (name, _), found in content.items() if name == dataset.name for row in found]
        for column in dataset.columns:
            assert {row[column.name] is None for row in rows} == ({True, False} if column.nullable else {False})
    positions = twins.one.rows("license_positions")
    for flag in ("is_recently_added", "is_expiring", "is_renewing", "is_over_limit", "is_low_assignment"):
        assert {row[flag] for row in positions} == {True, False}, flag
    assert {4, 7, 8, 9, 11, 13, 17} <= {row["peer_count"] for row in positions}
    assert any(row["assignment_ratio"] == row["peer_p25_ratio"] for row in positions)
    assert date(2024, 2, 29) in {row["end_date"] for row in positions} & {row["as_of_date"] for row in positions}
    four = [row for row in positions if row["partner_id"] == "four and four"]
    assert {row["subscription_id"] for row in four if row["is_low_assignment"]} == {"s0", "s1", "s2", "s3"}


def test_after_a_blocked_day_an_emptied_section_and_late_data(twins: Twins, content: Content) -> None:
    """Under the server that built the days before, and has their files and partitions in its memory."""
    expiring = [row for row in twins.one.rows("expiring_subscriptions") if row["as_of_date"] == EMPTIED]
    assert expiring
    endless = [row | {"end_date": None} for row in content[SUBSCRIPTIONS.name, EMPTIED]]
    usage = content.get((LICENSE_USAGE.name, LATE), [])
    late = [row | {"user_id": row["user_id"] + 1_000_000} for row in usage]
    assert late
    twins.put({(SUBSCRIPTIONS.name, EMPTIED): endless, (LICENSE_USAGE.name, LATE): usage + late})
    used = _used(twins, LATE)
    twins.build(LATE, BLOCKED, blocked=[BLOCKED])

    days = {row["as_of_date"] for row in twins.one.rows("license_positions")}
    assert BLOCKED not in days
    assert not [row for row in twins.one.rows("expiring_subscriptions") if row["as_of_date"] == EMPTIED]
    assert _used(twins, LATE) > used > 0
    assert twins.differences() == []


def _used(twins: Twins, day: date) -> int:
    """How many used licences DuckDB's marts count on a day."""
    return sum(row["used_licenses"] for row in twins.one.rows("license_distribution_trend") if row["as_of_date"] == day)


@pytest.fixture
def further(
    make_warehouse: Maker,
    duckdb_manifest: Manifest,
    summed: set[tuple[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Twins:
    """Both engines, empty."""
    one = Warehouse(tmp_path_factory.mktemp("duckdb"), duckdb_manifest)
    return Twins(one, make_warehouse(tmp_path_factory.mktemp("spark")), summed)


def test_executors_that_are_killed_in_mid_job_change_nothing(further: Twins, cluster: Cluster) -> None:
    killer = Killer(cluster)
    before = set(executors(cluster))

    def watch(event: Any) -> None:
        if event.info.name == "LogStartLine" and event.data.node_info.node_name == "int_license_positions":
            killer.begin()

    further.put(crowds(EMPTIED, EMPTIED))
    further.build(EMPTIED, EMPTIED, models=["+license_positions"], on_event=watch)

    killer.end()
    assert set(killer.killed) == before != set()
    assert not before & set(executors(cluster))
    assert "license_positions" in further.marts()
    assert further.differences() == []


@pytest.mark.skipif(not FUZZ, reason="PORTFOLIO_FUZZ says how many portfolios more are tried")
@pytest.mark.parametrize("seed", [random.SystemRandom().randrange(2**32) for _ in range(FUZZ)] or [0])
def test_further_portfolios(seed: int, further: Twins) -> None:
    """`PORTFOLIO_FUZZ=5` tries five more, each time others."""
    portfolio = Portfolio(seed)
    first, last = portfolio.first, portfolio.last
    further.put(together(random_content([seed], first, last), crowds(first, last)))
    further.build(first, last)
    assert further.differences() == []
