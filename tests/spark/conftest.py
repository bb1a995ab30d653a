"""One cluster for all tests of this folder, which `make test-spark` runs; elsewhere they are skipped, and say why."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from .cluster import QUICK, Cluster, started_cluster

NEEDED = "needs pyspark and Java 17: `make test-spark` sets them up, and runs it"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is in this folder where Spark or Java is not at hand."""
    if find_spec("pyspark") is not None and shutil.which("java") is not None:
        return
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.skip(reason=NEEDED))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Master, two workers and a server with Connect and Thrift, for as long as the tests run."""
    with started_cluster(java=QUICK) as started:
        yield started
