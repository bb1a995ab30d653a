"""Fixtures of the models' tests on Spark: a session by Connect, and the project as it is parsed for Spark."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from storage.spark.place import SparkPlace
from storage.spark.session import open_session

from ..cluster import Cluster
from ..warehouse import SparkWarehouse

SCHEMA = f"models_{secrets.token_hex(4)}"
"""One name for all of these tests, since it is in what dbt parses."""


@pytest.fixture(scope="module")
def session(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The session of this process, which dbt joins."""
    place = SparkPlace(remote=cluster.remote, schema=SCHEMA)
    with open_session(place, tmp_path_factory.mktemp("session")) as opened:
        yield opened


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The project, parsed once."""
    result = SparkWarehouse(tmp_path_factory.mktemp("parse"), None, SCHEMA).dbt("parse")
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
