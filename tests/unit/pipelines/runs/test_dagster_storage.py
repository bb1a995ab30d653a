"""Dagster's storage of an earlier Dagster is migrated by Dagster; that of a newer one is refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

from pipelines.runs.dagster_storage import existing_instance, migrate_storage, revisions
from pipelines.runs.instance import prepare_instance
from pipelines.settings import load_settings
from storage.files.atomic import StorageError
from storage.home import Home

HEAD, BEFORE = "29b539ebc72a", "6b7fb194ff9c"
INDEX = Path("history", "runs", "index.db")
FILES = {"runs": Path("history", "runs.db"), "events": INDEX, "schedules": Path("schedules", "schedules.db")}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of a home folder with an instance."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    prepare_instance(Home(tmp_path / "home"))
    with DagsterInstance.get():
        pass
    monkeypatch.delenv("DAGSTER_HOME")
    return load_settings(home=tmp_path / "home")


def set_revision(home: Path, part: str, revision: str) -> None:
    with closing(sqlite3.connect(home / "dagster" / FILES[part])) as connection:
        connection.execute("update alembic_version set version_num = ?", [revision])
        connection.commit()


def test_a_new_instance_needs_nothing(settings) -> None:
    with existing_instance(settings) as instance:
        assert instance is not None
        assert [(one.part, one.is_older) for one in revisions(instance)] == [
            ("runs", False),
            ("events", False),
            ("schedules", False),
        ]
        migrate_storage(instance, pytest.fail)


def test_one_of_an_earlier_dagster_is_migrated(settings) -> None:
    with closing(sqlite3.connect(settings.home / "dagster" / INDEX)) as connection:
        connection.execute("alter table concurrency_limits drop column using_default_limit")
        connection.commit()
    set_revision(settings.home, "events", BEFORE)
    said: list[str] = []
    with existing_instance(settings) as instance:
        assert instance is not None
        assert [one.part for one in revisions(instance) if one.is_older] == ["events"]
        migrate_storage(instance, said.append)
        assert not any(one.is_older for one in revisions(instance))
    assert said == [f"Dagster's storage of events: {BEFORE} -> {HEAD}"]
    with closing(sqlite3.connect(settings.home / "dagster" / INDEX)) as connection:
        columns = [row[1] for row in connection.execute("pragma table_info(concurrency_limits)")]
    assert "using_default_limit" in columns


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        (DagsterRunStatus.STARTED, True),
        (DagsterRunStatus.CANCELING, True),
        (DagsterRunStatus.SUCCESS, False),
    ],
)
def test_one_that_homes_share_is_migrated_while_no_run_of_any_writes(settings, status, refused) -> None:
    with existing_instance(settings) as instance:
        assert instance is not None
        instance.add_run(DagsterRun("other", run_id="7", status=status))
        migrate_storage(instance, pytest.fail, shared=True)  # nothing has to be migrated
        set_revision(settings.home, "schedules", BEFORE)
        said: list[str] = []
        if refused:
            with pytest.raises(StorageError, match="runs write to it, perhaps of other homes: 7; let them end"):
                migrate_storage(instance, said.append, shared=True)
            assert said == []
            assert [one.found for one in revisions(instance) if one.is_older] == [BEFORE]
        migrate_storage(instance, said.append, shared=not refused)
        assert said == [f"Dagster's storage of schedules: {BEFORE} -> {HEAD}"]


@pytest.mark.parametrize("part", FILES)
def test_one_of_a_newer_dagster_is_refused(settings, part) -> None:
    set_revision(settings.home, part, "0123456789ab")
    with existing_instance(settings) as instance, pytest.raises(StorageError, match=f"storage of {part} is of a newer"):
        assert instance is not None
        migrate_storage(instance, pytest.fail)


def test_to_look_makes_no_instance(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    with existing_instance(load_settings(home=tmp_path / "home")) as instance:
        assert instance is None
    assert list(tmp_path.iterdir()) == []
