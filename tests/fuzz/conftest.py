"""One home for all cases of a module."""

from collections.abc import Iterator

import pytest

from .ingesting import Ingesting, ingesting


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingesting]:
    with ingesting(tmp_path_factory.mktemp("fuzz")) as made:
        yield made
