"""Where commands keep Dagster's runs: in files of the home folder, or in a PostgreSQL that a test starts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..postgres.servers import new_database, started_server

SETTING = "PORTFOLIO_DAGSTER_DSN"
STORAGES = ("files", "postgres")
LONG_STORAGES = STORAGES if os.environ.get("PORTFOLIO_SOAK") else ("files",)
"""For tests that take minutes of both cores: `make soak` runs them on PostgreSQL, too."""


@contextmanager
def runs_kept_in(storage: str) -> Iterator[None]:
    """Have commands that are started in the block keep their runs there; the database is new."""
    if storage == "files":
        yield
        return
    with (
        started_server() as server,
        new_database(server, "runs", "portfolio_owner") as dsn,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(SETTING, dsn)
        yield
