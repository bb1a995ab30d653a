"""Fixtures of the dbt tests: the parsed project, and a warehouse to build in."""

from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from .warehouse import Warehouse


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Path]:
    """The project, parsed once, and the folder of what dbt wrote of it."""
    folder = tmp_path_factory.mktemp("parse")
    result = Warehouse(folder).dbt("parse")
    assert result.success, result.exception
    return result.result, folder / "target"


@pytest.fixture(scope="session")
def manifest(parsed: tuple[Manifest, Path]) -> Manifest:
    """The parsed project: a warehouse of the same name serves any test."""
    return parsed[0]


@pytest.fixture
def warehouse(tmp_path: Path, manifest: Manifest) -> Warehouse:
    """A warehouse without raw rows."""
    return Warehouse(tmp_path, manifest)
