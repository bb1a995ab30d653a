"""What goes wrong with a connection is one line, and nothing secret is in it."""

import sys
import traceback
from urllib.parse import quote

import psycopg
import pytest

from storage.postgres.connection import connect, server_of
from storage.postgres.dsn import parameters_of
from storage.postgres.errors import PostgresError

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


SECRETS = [
    f"{left}{sign}{right}"
    for sign in (
        "@",
        ":",
        "/",
        "#",
        "?",
        "%",
        "[",
        "]",
        "%zz",
        "%4",
        "@[",
        "://",
        "@@",
        "/?",
        "?host=",
        "\n",
        " ",
        "'",
        "&",
        ",",
    )
    for left, right in (("qwert", "zuiop"), ("12", "zuiop"), ("qwert", "123"), ("1", "wxyzv/456"), ("12", "?zuiop@765"))
]
"""Passwords that nobody escaped, their parts made of letters and digits that no message has otherwise."""
FORMS = (
    "postgresql://owner:{}@127.0.0.1:1/portfolio",
    "postgres://owner:{}@127.0.0.1:1/portfolio?sslmode=disable",
    "postgresql://owner:{}@[::1]:1/portfolio",
    "postgresql://owner:{}@127.0.0.1:1,127.0.0.1:2/portfolio",
    "postgresql://127.0.0.1:1/portfolio?user=owner&password={}",
    "host=127.0.0.1 port=1 dbname=portfolio user=owner password={}",
    "password={} host=127.0.0.1 port=1 user=owner",
    "host=127.0.0.1 port=1 user=owner password='{}' dbname=portfolio",
    "host=127.0.0.1 port=1 dbname=postgresql://owner:{}@127.0.0.1:1/portfolio",
    "owner:{}@127.0.0.1:1/portfolio",
    "mysql://owner:{}@127.0.0.1:1/portfolio",
    "postgresql:/owner:{}@127.0.0.1:1/portfolio",
    "postgresql:owner:{}@127.0.0.1:1/portfolio",
)


def fragments(secret):
    """Every three characters of a secret that stand together in it, and are no part of an address."""
    parts = (secret[start : start + 3] for start in range(len(secret) - 2))
    return {part for part in parts if part.isalnum() and part not in "127.0.0.1:1,:2/portfolio?sslmode=host://"}


@pytest.mark.parametrize("form", FORMS)
def test_no_part_of_a_password_shows_whatever_becomes_of_the_dsn(form):
    for secret in SECRETS:
        with pytest.raises(PostgresError) as raised, connect(form.format(secret)):
            pytest.fail("it connected")
        line = str(raised.value)
        assert "\n" not in line
        assert "DSN" in line or line.startswith(("PostgreSQL owner@127.0.0.1", "PostgreSQL owner@::1")), line
        said = "".join(traceback.format_exception(raised.value, chain=True))
        assert [part for part in fragments(secret) if part in line + said] == [], secret


@pytest.mark.parametrize("sign", ("@", ":", "/", "#", "?", "%", "[", "]", " ", "\n"))
@pytest.mark.parametrize("dsn", (FORMS[0], "host=127.0.0.1 port=1 user=owner password={}"))
def test_what_is_escaped_is_read(sign, dsn):
    secret = f"qwert{sign}zuiop"
    written = quote(secret, safe="") if "://" in dsn else f"'{secret}'"
    assert parameters_of(dsn.format(written))["password"] == secret
    assert "refused" in trouble(dsn.format(written))


@pytest.mark.parametrize(
    ("dsn", "expected"),
    (
        ("postgresql:///db?host=/var/run/postgresql", {"dbname": "db", "host": "/var/run/postgresql"}),
        ("postgresql://%2Fvar%2Frun/db", {"dbname": "db", "host": "/var/run"}),
        ("postgresql://u@h1:1,h2:2/db", {"user": "u", "host": "h1,h2", "port": "1,2", "dbname": "db"}),
        (
            "postgresql://u:p%40w@[::1]:5433/db",
            {"user": "u", "password": "p@w", "host": "::1", "port": "5433", "dbname": "db"},
        ),
        (
            "postgresql://u%40tenant@h.example-1.com/my%20db",
            {"user": "u@tenant", "host": "h.example-1.com", "dbname": "my db"},
        ),
        ("postgresql://", {}),
        ("service=portfolio\n", {"service": "portfolio"}),
        ("host=@socket user=u@tenant", {"host": "@socket", "user": "u@tenant"}),
    ),
)
def test_a_dsn_that_can_be_read(dsn, expected):
    assert parameters_of(dsn) == expected


def test_an_old_server(server, monkeypatch):
    monkeypatch.setattr("storage.postgres.connection.OLDEST_VERSION", 99)
    assert "99 or newer is needed" in trouble(server)


def test_without_the_extra(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "install partner-portfolio[postgres] from its wheel" in trouble(server)


def test_a_server_is_shown_without_its_password():
    assert server_of("postgresql://u:s3cret@h:5433/db?sslmode=require") == "PostgreSQL u@h:5433/db"
