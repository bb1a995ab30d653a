"""Versions of a SQLite file: earlier ones are migrated whole or not at all, newer ones refused, looking is harmless."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from storage.files.atomic import StorageError
from storage.files.schemas import Schema, looked_at, version_of
from storage.files.sqlite import open_database
from tests.statement_kills import killed_at

FIRST = Schema(1, "create table if not exists notes (id integer primary key, text text not null)")
SECOND = Schema(2, f"{FIRST.tables}; create table if not exists tags (name text not null primary key) without rowid")
THIRD = Schema(
    3,
    "create table if not exists notes (id integer primary key, words text not null, stars integer not null default 0);"
    " create table if not exists tags (name text not null primary key) without rowid",
    changes={
        3: ("alter table notes rename column text to words", "alter table notes add stars integer default 0 not null")
    },
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of version 1, with a row."""
    with closing(open_database(tmp_path / "notes.sqlite", FIRST)) as connection:
        connection.execute("insert into notes (text) values ('kept')")
    return tmp_path / "notes.sqlite"


def content(path: Path) -> tuple[int, set[str], list[tuple[object, ...]]]:
    """The version, the tables and the notes, by SQLite alone."""
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("pragma user_version").fetchone()
        tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
        return version, tables, connection.execute("select * from notes").fetchall()


OLD, NEW = (1, {"notes"}, [(1, "kept")]), (3, {"notes", "tags"}, [(1, "kept", 0)])


def test_new_tables_come_with_the_first_command_that_writes(path: Path) -> None:
    open_database(path, SECOND).close()
    assert content(path) == (2, {"notes", "tags"}, [(1, "kept")])


def test_looking_changes_nothing_and_finds_new_tables_empty(path: Path) -> None:
    before = path.read_bytes()
    with closing(open_database(path, SECOND, "look")) as connection:
        assert [row["text"] for row in connection.execute("select text from notes")] == ["kept"]
        assert connection.execute("select name from tags").fetchall() == []
        for statement in ("insert into tags (name) values ('x')", "delete from notes"):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                connection.execute(statement)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opening", ["write", "look"])
def test_what_changes_tables_waits_for_an_upgrade(path: Path, opening) -> None:
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"with schema 1 where \S+ has 3: back up, and run `portfolio upgrade`"):
        open_database(path, THIRD, opening)
    assert path.read_bytes() == before
    open_database(path, THIRD, "upgrade").close()
    assert content(path) == NEW
    with closing(open_database(path, THIRD)) as connection:
        connection.execute("insert into notes (words) values ('more')")


def test_a_file_that_is_new_needs_no_upgrade(tmp_path: Path) -> None:
    open_database(tmp_path / "new.sqlite", THIRD).close()
    assert content(tmp_path / "new.sqlite") == (3, {"notes", "tags"}, [])


@pytest.mark.parametrize("opening", ["write", "look", "upgrade"])
def test_a_newer_file_is_refused_and_both_versions_named(path: Path, opening) -> None:
    open_database(path, THIRD, "upgrade").close()
    before = path.read_bytes()
    with pytest.raises(
        StorageError, match=r"newer version of partner-portfolio, with schema 3; this is \S+, with schema 1"
    ):
        open_database(path, FIRST, opening)
    assert path.read_bytes() == before


def test_the_version_is_read_without_opening_the_file(path: Path, tmp_path: Path) -> None:
    assert version_of(path) == 1
    assert set(tmp_path.iterdir()) == {path}
    assert version_of(tmp_path / "none") == 0
    (tmp_path / "text").write_text("SQLite, or not")
    assert version_of(tmp_path / "text") == 0
    with closing(open_database(path, SECOND)):
        # Its header is in the write-ahead log as long as somebody has it open.
        assert path.read_bytes()[60:64] == b"\0\0\0\1"
        assert version_of(path) == 2


@pytest.fixture
def logged(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose log is gone as soon as somebody has asked for it, as when the last process closes the file."""
    look, log = Path.stat, Path(f"{path}-wal")
    log.write_bytes(b"x")

    def stat(asked: Path, **options: bool) -> os.stat_result:
        found = look(asked, **options)
        if asked == log:
            log.unlink()
        return found

    monkeypatch.setattr(Path, "stat", stat)
    return path


def test_a_log_that_is_gone_the_next_moment_is_no_error(logged: Path) -> None:
    with looked_at(logged) as connection:
        assert connection.execute("select text from notes").fetchall() == [("kept",)]


def test_nor_when_the_file_is_opened(logged: Path) -> None:
    with closing(open_database(logged, FIRST)) as connection:
        assert [row["text"] for row in connection.execute("select text from notes")] == ["kept"]


def test_killed_at_any_statement_it_is_as_before_or_done(path: Path, tmp_path: Path) -> None:
    step, found = 0, []
    while True:
        copy = tmp_path / f"{step}.sqlite"
        copy.write_bytes(path.read_bytes())
        was_killed = killed_at(step, partial(open_database, copy, THIRD, "upgrade"))
        found.append(content(copy))
        open_database(copy, THIRD, "upgrade").close()
        assert content(copy) == NEW
        if not was_killed:
            break
        step += 1
    assert step > 6
    assert found == [OLD] * (found.count(OLD)) + [NEW] * (found.count(NEW))
    assert found[0] == OLD and found[-1] == NEW


def test_several_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        for connection in threads.map(lambda _: open_database(path, THIRD, "upgrade"), range(8)):
            connection.close()
    assert content(path) == NEW


def test_a_full_disk_is_one_line_and_loses_nothing(path: Path) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        connection.execute("pragma max_page_count = 1")
        connection.execute("insert into tags (name) values (?)", ["x" * 100_000])

    with pytest.raises(StorageError, match="cannot be used: the disk is full"):
        open_database(path, Schema(3, THIRD.tables, THIRD.changes, fill), "upgrade")
    assert content(path) == OLD
