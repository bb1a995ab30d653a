"""A DuckDB that checks partitions."""

from collections.abc import Iterator

import duckdb
import pytest

from expectations.quarantine import use_holder_key

from .checked import KEY


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        use_holder_key(con, KEY)
        yield con
