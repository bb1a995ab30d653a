"""The SQLite files of a home of 0.1.0 become today's, killed at any step or not; and two upgrades at once."""

import shutil
import sqlite3
import tarfile
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from storage import versions
from storage.alerts import AlertLog
from storage.files.schemas import Schema, version_of
from storage.home import Home
from storage.ledger import ledger as ledgers
from storage.ledger.ledger import Ledger
from storage.upgrading import databases, ledger_as_upgraded, upgrade_databases
from storage.usable import database_versions
from tests.statement_kills import killed_at

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def ledger_of_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(FIXTURES / "home-0.1.0-late.tar.xz") as archive:
        packed = archive.extractfile("home/ledger.sqlite")
        assert packed is not None
        (folder / "ledger.sqlite").write_bytes(packed.read())
    return folder / "ledger.sqlite"


@pytest.fixture
def home(tmp_path: Path, ledger_of_before: Path) -> Home:
    """A home folder with the ledger of 0.1.0, and an alert log of today's."""
    shutil.copy(ledger_of_before, tmp_path / "ledger.sqlite")
    AlertLog(tmp_path / "alerts.sqlite").close()
    return Home(tmp_path)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, by SQLite alone."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        return {name: connection.execute(f'select * from "{name}"').fetchall() for name in sorted(names)}


def test_killed_at_any_step_and_run_again_nothing_is_lost(home: Home, ledger_of_before: Path) -> None:
    before = rows(ledger_of_before)
    assert len(before["partitions"]) > 40 and before["refusals"]
    step, was_killed, seen = 0, True, set()
    while was_killed:
        shutil.copy(ledger_of_before, home.ledger)
        was_killed = killed_at(step, partial(upgrade_databases, home))
        seen.add(version_of(home.ledger))
        upgrade_databases(home)
        after = rows(home.ledger)
        assert {name: after[name] for name in before} == before
        assert version_of(home.ledger) == versions.LEDGER
        noted = {name: version for name, version, _, _ in after["schema_versions"]}
        assert noted == {"ledger": 8, "lake": 1, "warehouse": 1, "publication": 1}
        for path in home.path.glob("ledger.sqlite-*"):
            path.unlink()
        step += 1
    assert seen == {6, 8} and step > 15


def test_each_file_that_is_older_is_said_and_the_others_left_alone(home: Home) -> None:
    alerts, said = home.alerts.read_bytes(), []
    assert [(one.path.name, one.found, one.is_older) for one in databases(home)] == [
        ("alerts.sqlite", 1, False),
        ("ledger.sqlite", 6, True),
    ]
    upgrade_databases(home, said.append)
    upgrade_databases(home, said.append)
    assert said == ["ledger.sqlite: schema 6 -> 8"]
    assert home.alerts.read_bytes() == alerts


@pytest.mark.parametrize("waits", [False, True])
def test_it_is_looked_at_as_an_upgrade_would_make_it(home: Home, monkeypatch, waits) -> None:
    if waits:
        changed = Schema(9, ledgers.SCHEMA.tables, {9: ("update partitions set files = 77",)})
        monkeypatch.setattr(ledgers, "SCHEMA", changed)
    before = home.ledger.read_bytes()
    with ledger_as_upgraded(home) as ledger:
        assert {record.files for record in ledger.partitions()} == {77 if waits else 1}
    assert home.ledger.read_bytes() == before


def test_a_home_of_today_keeps_what_its_versions_were_noted_with(home: Home) -> None:
    with Ledger(home.ledger) as ledger:
        ledger.connection.execute("update schema_versions set program = 'earlier'")
    before = rows(home.ledger)
    with Ledger(home.ledger):
        pass
    upgrade_databases(home)
    assert rows(home.ledger) == before


def test_every_sqlite_file_of_a_home_is_upgraded_and_looked_at_for_a_newer_version(tmp_path: Path) -> None:
    home = Home(tmp_path)
    named = [getattr(home, name) for name, one in vars(Home).items() if isinstance(one, property)]
    files = {path for path in named if isinstance(path, Path) and path.suffix == ".sqlite"}
    for path in files:
        path.touch()
    assert len(files) == 4
    assert database_versions(home).keys() == files
    assert {one.path: one.schema.version for one in databases(home)} == database_versions(home)
