"""Dagster's runs, events and schedules in a PostgreSQL database that a setting names.

dagster.yaml names this class and holds no address: it would be a secret on disk, and one that Dagster hands on in its
children's command lines. Each process reads the setting itself, as it does every other.
"""

import os
from collections.abc import Mapping
from typing import Any, Self

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from sqlalchemy import URL

from pipelines.base_settings import SettingsError
from pipelines.settings import load_settings
from storage.postgres.connection import CONNECT_TIMEOUT_SECONDS, connect
from storage.postgres.dsn import parameters_of

SETTING = "PORTFOLIO_DAGSTER_DSN"
_TABLES = ("runs", "event_logs", "job_ticks")
_LOCK = "select pg_advisory_lock(hashtext('portfolio: tables of Dagster'))"

os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")


class PostgresStorage(DagsterPostgresStorage):
    """Dagster's own storage in the database of the settings; configured in dagster.yaml without a value."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """No configuration: the setting names the database."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """The storage in the database that the settings name.

        Raises:
            SettingsError: they name none.
            PostgresError: the DSN can't be read.
        """
        dsn = load_settings().dagster_dsn
        if dsn is None:
            raise SettingsError(f"{SETTING} is not set, and this instance keeps its runs in PostgreSQL")
        return cls(storage_url(dsn.get_secret_value()), inst_data=inst_data)


def storage_url(dsn: str) -> str:
    """A DSN as Dagster takes it, as SQLAlchemy's URL; with the password.

    Its driver is named: SQLAlchemy 2.1 takes psycopg 3 where none is, whose connections end with the first
    transaction that Dagster's web server makes on them.

    Raises:
        PostgresError: the DSN can't be read.
    """
    given = parameters_of(dsn, SETTING)
    # In the query, libpq's names mean what they mean: a host that is a folder of sockets, several hosts.
    user, password, database = (given.pop(name, None) for name in ("user", "password", "dbname"))
    rest = {"application_name": "portfolio", "connect_timeout": str(CONNECT_TIMEOUT_SECONDS)} | given
    url = URL.create("postgresql+psycopg2", user, password, database=database, query=rest)
    return url.render_as_string(hide_password=False)


def make_tables(dsn: str) -> None:
    """Have the database hold Dagster's tables; two that make them at once would get in each other's way.

    Raises:
        PostgresError: the server can't be reached, is too old, or refuses.
    """
    with connect(dsn, SETTING) as connection:
        if _are_there(connection):
            return
        connection.execute(_LOCK)  # until the connection is closed
        if not _are_there(connection):
            PostgresStorage(storage_url(dsn))


def _are_there(connection: Any) -> bool:
    found = connection.execute("select count(to_regclass(name)) from unnest(%s::text[]) as name", [list(_TABLES)])
    return bool(found.fetchone()[0] == len(_TABLES))
