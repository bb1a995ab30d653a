"""Upgrading a home folder as the command does: who waits, and what is left to do afterwards."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from assets.resources import Progress
from pipelines.commands.upgrading import migrate_home, plan_upgrade
from pipelines.private_home import keep_private
from pipelines.runs.dagster_storage import StorageRevision
from pipelines.runs.instance import prepare_home
from pipelines.runs.running import open_instance
from pipelines.settings import Settings, load_settings
from storage.files.atomic import StorageError
from storage.files.locks import exclusive
from storage.files.schemas import version_of
from storage.ledger.ledger import VERSION, Ledger

BEFORE_PENDING_STEPS = "d3a4c9e87af3"


class Noted(Progress):
    """Keeps what it is told, and says when it waits."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.waits = threading.Event()

    def note(self, message: str) -> None:
        self.notes.append(message)
        if message.startswith("waiting for another run"):
            self.waits.set()


class WaitsError(Exception):
    """Raised in place of waiting."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a home folder whose ledger is of the version before."""
    monkeypatch.setenv("DAGSTER_HOME", "")  # what an upgrade puts there is taken back
    for name in list(os.environ):
        if name.startswith(("PORTFOLIO_", "DAGSTER_HOME")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "landing").mkdir()
    found = load_settings(home=tmp_path / "home", landing=tmp_path / "landing")
    keep_private(found)
    with Ledger(found.folders.ledger) as ledger:
        ledger.connection.execute("drop table schema_versions")
        ledger.connection.execute("pragma user_version = 7")
    return found


def test_two_at_once_wait_for_each_other_and_the_second_finds_nothing_to_do(settings: Settings) -> None:
    assert plan_upgrade(settings).migrates
    second = Noted()
    with exclusive(settings.folders.command_lock):
        thread = threading.Thread(target=migrate_home, args=(settings, second))
        thread.start()
        assert second.waits.wait(timeout=600)
        assert version_of(settings.folders.ledger) == 7
        Ledger(settings.folders.ledger, "upgrade").close()
    thread.join(timeout=600)
    assert second.notes == [f"waiting for another run that is writing ({settings.folders.command_lock})"]
    assert version_of(settings.folders.ledger) == VERSION
    plan = plan_upgrade(settings)
    assert plan.is_done and not plan.stale and plan.measured is None


def test_what_is_migrated_is_said_once(settings: Settings) -> None:
    first, second = Noted(), Noted()
    migrate_home(settings, first)
    migrate_home(settings, second)
    assert (first.notes, second.notes) == ([f"ledger.sqlite: schema 7 -> {VERSION}"], [])


def test_whether_dagster_s_storage_may_be_others_too_is_told(settings: Settings, tmp_path: Path, monkeypatch) -> None:
    told: list[bool] = []
    older = StorageRevision("runs", "before", "now")
    monkeypatch.setattr("pipelines.commands.upgrading.revisions", lambda instance: [older])
    monkeypatch.setattr(
        "pipelines.commands.upgrading.migrate_storage", lambda instance, note, *, shared: told.append(shared)
    )
    migrate_home(settings, Noted())
    monkeypatch.delenv("DAGSTER_HOME")
    monkeypatch.setenv("PORTFOLIO_NAME", "north")
    monkeypatch.setenv("PORTFOLIO_INSTANCE", str(tmp_path / "runs"))
    migrate_home(load_settings(home=settings.home, landing=tmp_path / "landing"), Noted())
    assert told == [False, True]


def test_a_storage_whose_runs_today_s_dagster_cannot_read_is_migrated(settings: Settings) -> None:
    prepare_home(settings)
    with open_instance():
        pass
    index = settings.folders.dagster / "history" / "runs" / "index.db"
    with closing(sqlite3.connect(index)) as connection:
        connection.execute("drop table pending_steps")
        connection.execute("update alembic_version set version_num = ?", [BEFORE_PENDING_STEPS])
        connection.commit()
    said = f"^{settings.folders.dagster} is of an earlier Dagster: back up, and run `portfolio upgrade`$"
    with pytest.raises(StorageError, match=said), open_instance():
        pytest.fail("it is opened")
    upgrade = Noted()
    migrate_home(settings, upgrade)
    assert upgrade.notes[0].startswith(f"Dagster's storage of events: {BEFORE_PENDING_STEPS} -> ")
    with open_instance() as instance:
        assert instance.event_log_storage.get_concurrency_run_ids() == set()


def test_other_homes_commands_and_a_migration_of_the_storage_that_they_share_wait_for_each_other(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTFOLIO_NAME", "north")
    monkeypatch.setenv("PORTFOLIO_INSTANCE", str(tmp_path / "runs"))
    north = load_settings(home=settings.home, landing=tmp_path / "landing")
    prepare_home(north)
    older, migrated = [StorageRevision("runs", "before", "now")], threading.Event()
    monkeypatch.setattr("pipelines.commands.upgrading.revisions", lambda instance: older)
    upgrade = Noted()

    def refuse(message: str) -> None:
        raise WaitsError(message)

    def migrate(instance: object, note: object, *, shared: bool) -> None:
        with pytest.raises(WaitsError), open_instance(refuse):
            pytest.fail("a run of another home begins while its storage is migrated")
        migrated.set()

    monkeypatch.setattr("pipelines.commands.upgrading.migrate_storage", migrate)
    thread = threading.Thread(target=migrate_home, args=(north, upgrade))
    with open_instance():
        thread.start()
        assert upgrade.waits.wait(timeout=600)
        assert not migrated.is_set()
    thread.join(timeout=600)
    assert migrated.is_set()
    assert upgrade.notes[0] == f"waiting for another run that is writing ({tmp_path / 'runs' / 'instance.lock'})"
