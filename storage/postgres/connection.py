"""Connections to PostgreSQL. Whatever goes wrong is one line that names the server, and no secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from expectations.wording import one_line
from storage.postgres.dsn import described, parameters_of, without_secrets
from storage.postgres.errors import PostgresError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST_VERSION = 15
"""Its views can check the rights of whoever queries them, which row-level security needs."""
CONNECT_TIMEOUT_SECONDS = 10
_SESSION = "set datestyle = 'ISO'; set timezone = 'UTC'; set statement_timeout = 0"


@contextmanager
def connect(dsn: str, given_by: str = "PORTFOLIO_POSTGRES_DSN, or --dsn") -> "Iterator[Connection]":
    """A connection in autocommit mode; errors of it, and of the block, become a `PostgresError`.

    Args:
        dsn: a connection URI or `key=value` string, as libpq takes it; what it leaves out comes from PGHOST and so on.
        given_by: the setting that it is the value of, for messages.

    Raises:
        PostgresError: psycopg is missing, the DSN can't be read, the server can't be reached, is too old, or refuses.
    """
    try:
        import psycopg
    except ImportError:
        remedy = "install partner-portfolio[postgres] from its wheel"
        raise PostgresError(f"PostgreSQL needs the extra `postgres`, which is not installed: {remedy}") from None
    given = parameters_of(dsn, given_by)
    server = described(given)
    defaults: dict[str, Any] = {"application_name": "portfolio", "connect_timeout": CONNECT_TIMEOUT_SECONDS}
    settings = defaults | given | {"client_encoding": "utf8"}
    try:
        with psycopg.connect("", autocommit=True, **settings) as connection:
            version = connection.info.server_version // 10_000
            if version < OLDEST_VERSION:
                raise PostgresError(f"{server} is PostgreSQL {version}; {OLDEST_VERSION} or newer is needed")
            connection.execute(_SESSION)
            yield connection
    except psycopg.Error as error:
        raise PostgresError(f"{server}: {_reason(error, given)}") from None


def server_of(dsn: str) -> str:
    """Whom a DSN connects as, and to what, as it may be shown."""
    return described(parameters_of(dsn))


def _reason(error: "psycopg.Error", given: dict[str, Any]) -> str:
    """The server's or libpq's first words: what follows them quotes rows, or tries at other addresses."""
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    line = without_secrets(one_line(said.splitlines()[0]), given)
    hint = error.diag.message_hint
    return f"{line} ({without_secrets(one_line(hint), given)})" if hint else line
