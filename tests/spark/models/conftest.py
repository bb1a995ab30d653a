"""Fixtures of the models' tests on Spark: a session by Connect, and the project as it is parsed for Spark."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from storage.spark.place import SparkPlace
from storage.spark.session import open_session

from ...dbt.warehouse import Warehouse
from ..cluster import Cluster
from ..warehouse import SparkWarehouse

SCHEMA = f"models_{secrets.token_hex(4)}"
"""One name for all of these tests, since it is in what dbt parses."""


INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}
"""A few rows are computed before Java code is made for them, and before a plan is adapted to them."""


@pytest.fixture(scope="module")
def settings() -> Mapping[str, str]:
    """Spark's, of the module's session."""
    return INTERPRETED


@pytest.fixture(scope="module")
def session(cluster: Cluster, settings: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The session of this process, which dbt joins."""
    place = SparkPlace(remote=cluster.remote, schema=SCHEMA)
    with open_session(place, tmp_path_factory.mktemp("session")) as opened:
        for name, value in settings.items():
            opened.conf.set(name, value)
        yield opened


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The project, parsed once."""
    result = SparkWarehouse(tmp_path_factory.mktemp("parse"), None, SCHEMA).dbt("parse")
    assert result.success, result.exception
    return result.result


@pytest.fixture(scope="session")
def duckdb_manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The project as it is parsed for DuckDB."""
    result = Warehouse(tmp_path_factory.mktemp("parse")).dbt("parse")
    assert result.success, result.exception
    return result.result


@pytest.fixture(scope="module")
def make_warehouse(session: Any, manifest: Manifest) -> Iterator[Callable[[Path], SparkWarehouse]]:
    """Makes the module's warehouse, without raw rows, in place of the one before; it is dropped with the module."""
    made: list[SparkWarehouse] = []

    def make(folder: Path) -> SparkWarehouse:
        made.append(SparkWarehouse(folder, session, SCHEMA, manifest))
        made[-1].drop()
        return made[-1]

    yield make
    if made:
        made[-1].drop()
