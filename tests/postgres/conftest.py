"""A server for the tests of this folder, and a new database for each."""

import itertools

import psycopg
import pytest

from .servers import new_database, started_server

OWNER = "portfolio_owner"
_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def server():
    """The DSN of a superuser."""
    with started_server() as dsn:
        yield dsn


@pytest.fixture
def dsn(server):
    """The owner's DSN of a new database."""
    with new_database(server, f"portfolio_{next(_NUMBERS)}", OWNER) as made:
        yield made


@pytest.fixture
def query(dsn):
    """Runs a statement as the owner and gives its rows."""

    def run(statement, parameters=None):
        with psycopg.connect(dsn, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    return run
