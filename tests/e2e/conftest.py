"""Where the commands of a test keep Dagster's runs, and a disk that they fill up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .small_disk import mounted_at
from .storages import runs_kept_in


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Iterator[str]:
    """In files of the home folder, or in a PostgreSQL database: the parameter says which."""
    with runs_kept_in(request.param):
        yield request.param


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that can be filled up."""
    with mounted_at(tmp_path / "disk") as folder:
        yield folder
