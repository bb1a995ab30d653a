"""What goes wrong with a connection is one line, and nothing secret is in it."""

import sys

import psycopg
import pytest

from storage.postgres.connection import PostgresError, connect, server_of

from .servers import GUARDED, PASSWORD, as_role


def trouble(dsn):
    with pytest.raises(PostgresError) as raised, connect(dsn):
        pytest.fail("it connected")
    line = str(raised.value)
    assert "\n" not in line
    assert "cret" not in line
    return line


@pytest.fixture
def guarded(server, dsn):
    """The DSN of a role that needs its password, without it."""
    with psycopg.connect(server, autocommit=True) as admin:
        if not admin.execute("select 1 from pg_roles where rolname = %s", [GUARDED]).fetchone():
            admin.execute(f"create role {GUARDED} login password '{PASSWORD}'")
    return as_role(dsn, GUARDED)


def test_the_right_password_connects(guarded):
    with connect(psycopg.conninfo.make_conninfo(guarded, password=PASSWORD)) as connection:
        assert connection.execute("select current_user").fetchone() == (GUARDED,)


def test_a_wrong_password(guarded):
    wrong = psycopg.conninfo.make_conninfo(guarded, password="wr0ng-s3cret")  # noqa: S106
    assert "password authentication failed" in trouble(wrong)


def test_a_missing_password(guarded):
    assert "no password supplied" in trouble(guarded)


def test_a_server_that_is_not_there():
    line = trouble("postgresql://owner:s3cret@127.0.0.1:1/portfolio")
    assert line.startswith("PostgreSQL owner@127.0.0.1:1/portfolio: ")
    assert "refused" in line


def test_a_database_that_is_not_there(server):
    assert 'database "nowhere" does not exist' in trouble(psycopg.conninfo.make_conninfo(server, dbname="nowhere"))


@pytest.mark.parametrize(
    "dsn",
    (
        "s3cret",
        "host=h password='s3cret",
        "postgresql://u:s3cret@h:port/db",
        "postgresql://u:s3cret@h/db?nonsense=1",
        "postgresql://u:p@s3cret@h/db",
        "postgresql://u:p/s3cret@h/db",
        "postgresql://u:1/s3cret@h/db",
        "postgresql://u:s3cret%zz@h/db",
        "mysql://u:s3cret@h/db",
    ),
)
def test_a_dsn_that_cannot_be_read(dsn):
    assert "DSN" in trouble(dsn)


def test_an_old_server(server, monkeypatch):
    monkeypatch.setattr("storage.postgres.connection.OLDEST_VERSION", 99)
    assert "99 or newer is needed" in trouble(server)


def test_without_the_extra(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'partner-portfolio[postgres]'" in trouble(server)


def test_a_server_is_shown_without_its_password():
    assert server_of("postgresql://u:s3cret@h:5433/db?sslmode=require") == "PostgreSQL u@h:5433/db"
