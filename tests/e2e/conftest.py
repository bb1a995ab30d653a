"""Where the commands of a test keep Dagster's runs."""

from collections.abc import Iterator

import pytest

from .storages import runs_kept_in


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Iterator[str]:
    """In files of the home folder, or in a PostgreSQL database: the parameter says which."""
    with runs_kept_in(request.param):
        yield request.param
