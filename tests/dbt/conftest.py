"""Fixtures of the dbt tests: the parsed project, and a warehouse to build in."""

from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from .warehouse import Warehouse


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The project, parsed once: a warehouse of the same name serves any test."""
    result = Warehouse(tmp_path_factory.mktemp("parse")).dbt("parse")
    assert result.success, result.exception
    parsed: Manifest = result.result
    return parsed


@pytest.fixture
def warehouse(tmp_path: Path, manifest: Manifest) -> Warehouse:
    """A warehouse without raw rows."""
    return Warehouse(tmp_path, manifest)
