"""Backups as folders: what is in them, what is shared, and what is left of one that was cut off."""

import errno
import os
import shutil
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from storage.backup.contents import FILES as FILES_OF_HOMES
from storage.backup.contents import FOLDERS, contents
from storage.backup.folder import backups, find_backup, newest_like, remove_older
from storage.backup.writing import write_backup
from storage.files.atomic import StorageError
from storage.files.processes import process_name
from storage.home import Home

from .small_home import (
    COMES_BACK,
    DATABASES,
    FILES,
    KEY,
    LAKE,
    LANDED,
    PUBLICATION,
    back_up,
    below,
    described,
    files_of,
    finished,
    rows_of,
    write_home,
)
from .steps import disarm, full_disk, killed_at_each, with_step


@pytest.fixture
def home(tmp_path):
    return write_home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


def test_it_holds_what_does_not_come_back_and_no_key(home, folder):
    made = back_up(home, folder)
    held = files_of(made.path)
    assert {name: content for name, content in held.items() if name not in DATABASES} == FILES
    assert set(held) == set(FILES) | DATABASES
    assert not set(below(made.path)) & (set(COMES_BACK) | {"hash.key"})
    assert rows_of(made.path / "dagster/history/runs.db") == [(7,)]
    assert made.files == len(held) and made.size == sum(map(len, held.values())) and made.left_out == ()


def test_the_key_is_in_it_where_that_is_asked_for_and_history_left_out(home, folder):
    held = files_of(back_up(home, folder, history=False, key=True).path)
    assert set(held) == set(FILES) | {"ledger.sqlite", "alerts.sqlite", "told.sqlite", "digests.sqlite", "hash.key"}


def test_all_of_it_is_its_owners(home, folder):
    made = back_up(home, folder)
    for path in (folder, made.path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.path.rglob("*")} <= {0o700, 0o600}


def test_lake_files_are_links_and_files_that_may_be_changed_in_place_are_not(home, folder):
    made = back_up(home, folder)
    assert (made.path / LAKE).samefile(home.path / LAKE)
    assert not (made.path / LANDED).samefile(home.path / LANDED)
    (home.path / LANDED).write_bytes(b"other")
    assert files_of(made.path)[LANDED] == FILES[LANDED]


def test_the_next_one_shares_what_did_not_change(home, folder):
    first = back_up(home, folder)
    (home.path / LANDED).write_bytes(b"changed")
    second = back_up(home, folder)
    shared = {name for name in files_of(second.path) if (first.path / name).samefile(second.path / name)}
    assert shared == (set(FILES) | DATABASES) - {LANDED}
    assert second.new == len(b"changed")
    assert files_of(second.path)[LANDED] == b"changed"


def test_an_altered_file_of_the_one_before_is_not_passed_on(home, folder):
    first = back_up(home, folder)
    (first.path / "mapping/delivered.json").write_bytes(b"[]")
    (first.path / LANDED).unlink()
    (first.path / LANDED).symlink_to(home.path / LANDED)
    held = files_of(back_up(home, folder).path)
    assert held["mapping/delivered.json"] == b"{}"
    assert not (finished(folder)[1] / LANDED).is_symlink()


def test_the_ledger_is_of_one_moment_while_it_is_written(home, folder):
    connection = sqlite3.connect(home.ledger)
    connection.execute("create table written (x)")
    connection.execute("insert into written values (1)")  # in a transaction that is open
    made = back_up(home, folder)
    connection.commit()
    connection.close()
    copy = sqlite3.connect(made.path / "ledger.sqlite")
    assert copy.execute("select * from written").fetchall() in ([], [(1,)])
    copy.close()


def test_a_damaged_ledger_is_one_line_and_no_backup(home, folder):
    content = home.ledger.read_bytes()
    home.ledger.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(StorageError, match="cannot be used"):
        back_up(home, folder)
    assert list(folder.iterdir()) == []


def test_landing_files_that_can_not_be_had_are_named(home, folder, tmp_path):
    day = home.landing / "customers" / "2026-03-01"
    (tmp_path / "elsewhere").mkdir()
    (home.landing / "linked").symlink_to(tmp_path / "elsewhere")
    (day / "gone.csv").symlink_to(tmp_path / "nowhere")
    os.mkfifo(day / "pipe.csv")
    made = back_up(home, folder)
    assert made.left_out == (f"{home.landing / 'linked'} is a link to a folder",)
    assert set(files_of(made.path)) == set(FILES) | DATABASES


def test_a_link_in_landing_brings_no_file_of_elsewhere(home, folder):
    link = home.landing / "customers" / "x.csv"
    link.symlink_to("../../hash.key")
    made = back_up(home, folder)
    assert made.left_out == (f"{link} is a link to a file",)
    assert not any(KEY in content for content in below(made.path).values())


@pytest.mark.parametrize("what", ["file", "folder", "pipe"])
def test_what_becomes_a_link_after_it_was_listed_is_left_out(home, folder, tmp_path, what):
    found = contents(home, PUBLICATION, history=True, key=False)
    path = home.path / LANDED
    path.unlink()
    if what == "file":
        path.symlink_to(home.hash_key)
    elif what == "pipe":
        os.mkfifo(path)
    else:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / path.name).write_bytes(KEY)
        path.parent.rmdir()
        path.parent.symlink_to(tmp_path / "elsewhere")
    made = write_backup(home, folder, found, described(home))
    assert made.left_out == (f"{path} is no file any more, or behind a link",)
    assert not any(KEY in content for content in below(made.path).values())


def test_a_landing_file_that_is_being_written_is_left_out(home, folder, monkeypatch):
    path = home.path / LANDED
    copy = os.fsync

    def deliver_more(handle):
        copy(handle)
        if os.path.realpath(f"/proc/self/fd/{handle}").endswith(LANDED):
            with path.open("ab") as file:
                file.write(b"more\n")

    monkeypatch.setattr(os, "fsync", deliver_more)
    made = back_up(home, folder)
    assert made.left_out == (f"{path} was being written; the next backup has it",)
    assert LANDED not in files_of(made.path)
    monkeypatch.undo()
    assert files_of(back_up(home, folder).path)[LANDED] == FILES[LANDED] + b"more\n"


def test_only_older_ones_of_the_same_home_go(home, folder, tmp_path):
    other = write_home(tmp_path / "other")
    kept = back_up(other, folder).path
    made = [back_up(home, folder).path for _ in range(3)]
    assert remove_older(folder, home.path, 2) == 1
    assert backups(folder) == [kept, *made[1:]]
    assert [files_of(path) for path in made[1:]] == [files_of(made[1])] * 2
    assert newest_like(folder, other.path).path == kept


def test_the_newest_is_the_one_that_was_made_last_also_where_a_clock_was_ahead(home, folder):
    ahead = back_up(home, folder).path.rename(folder / "29991231T235959999999Z-ffffffff")
    (home.path / LANDED).write_bytes(b"after an erasure")
    made = back_up(home, folder).path
    assert backups(folder) == [ahead, made]
    assert find_backup(folder).path == made
    assert remove_older(folder, home.path, 1, made) == 1
    assert files_of(finished(folder)[0])[LANDED] == b"after an erasure"


def test_the_one_just_made_is_never_removed(home, folder):
    made = back_up(home, folder).path
    later = back_up(home, folder).path
    assert remove_older(folder, home.path, 1, made) == 1
    assert backups(folder) == [made] and not later.exists()


@pytest.mark.parametrize("name", ["99991231T235959999999Z-01234567", "99999999T999999999999Z-01234567"])
def test_a_name_that_no_time_follows_is_one_line(home, folder, name):
    back_up(home, folder).path.rename(folder / name)
    with pytest.raises(StorageError, match=r"no backup can follow 99.*; move that one away"):
        back_up(home, folder)
    assert [path.name for path in folder.iterdir()] == [name]


def test_killed_at_each_step_it_leaves_nothing_that_looks_like_one(home, folder):
    whole = back_up(home, folder)
    steps = 0
    for _ in killed_at_each(lambda: back_up(home, folder, history=False), folder):
        steps += 1
        assert finished(folder)[0] == whole.path and len(finished(folder)) <= 2
        for path in finished(folder)[1:]:  # killed after the rename that made it one
            assert set(files_of(path)) == set(FILES) | {
                "ledger.sqlite",
                "alerts.sqlite",
                "told.sqlite",
                "digests.sqlite",
            }
    assert steps > 3 * len(FILES)
    before = len(finished(folder))
    back_up(home, folder)
    assert len(finished(folder)) == before + 1
    assert {path.name for path in folder.iterdir()} == {path.name for path in finished(folder)}


def test_a_full_disk_at_any_step_is_one_line_and_leaves_nothing(home, folder):
    whole = back_up(home, folder).path
    taken, step, failed = (lambda: True), 0, 0
    while taken():
        step += 1
        taken = with_step(folder, step, full_disk)
        try:
            back_up(home, folder)
        except StorageError as error:
            failed += 1
            assert "the disk is full" in str(error) and "\n" not in str(error)
        finally:
            disarm()
        # What can't be linked is copied, a folder that is there need not be made, and the last step comes after all.
        for path in finished(folder)[1:]:
            assert set(files_of(path)) == set(FILES) | DATABASES
            shutil.rmtree(path)
        assert list(folder.iterdir()) == [whole]
    assert failed > 2 * len(FILES)


def test_a_folder_that_is_none_is_one_line(home, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="file cannot be written: Not a directory"):
        back_up(home, tmp_path / "file")


def test_two_at_once_are_two(home, folder):
    made: list[Path] = []
    threads = [threading.Thread(target=lambda: made.append(back_up(home, folder).path)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == finished(folder) and len(made) == 2
    assert {frozenset(files_of(path)) for path in made} == {frozenset(FILES) | DATABASES}


def test_what_another_machine_or_a_living_process_writes_is_left(home, folder):
    folder.mkdir()
    name = "20260301T040000000000Z-0123abcd"
    for left in (f".{name}@elsewhere@1-1", f".{name}@{os.uname().nodename}@{process_name()}", "notes"):
        (folder / left).mkdir()
    (folder / f".{name}@{os.uname().nodename}@1-1").mkdir()
    back_up(home, folder)
    assert len(list(folder.iterdir())) == 4


LEFT_OUT = {
    "warehouse.duckdb",
    "spark",
    "tmp",
    "dbt",
    "docs",
    "data_docs",
    "pipeline.lock",
    "command.lock",
    "digest.lock",
    "telling.lock",
    ".restoring",
    ".env",
}


def test_every_name_of_a_home_folder_is_backed_up_or_comes_back():
    """A new one has to be decided on."""
    home = Home(Path("/h"))
    names = {name for name, value in vars(Home).items() if isinstance(value, property)}
    values = [getattr(home, name) for name in names]
    tops = {(value if isinstance(value, Path) else value.path).relative_to("/h").parts[0] for value in values}
    assert tops == FILES_OF_HOMES | FOLDERS | LEFT_OUT


def no_look_into(monkeypatch, folder):
    scandir = os.scandir

    def refused(path):
        if Path(path) == folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", refused)


def test_a_delivered_folder_that_nobody_may_look_into_is_said_to_be_left_out(home, folder, monkeypatch):
    locked = home.landing / "customers"
    no_look_into(monkeypatch, locked)
    made = back_up(home, folder)
    assert made.left_out == (f"{locked} cannot be read: Permission denied",)
    assert LANDED not in files_of(made.path)


def test_a_folder_of_the_lake_that_nobody_may_look_into_is_no_backup(home, folder, monkeypatch):
    locked = home.lake / "customers"
    no_look_into(monkeypatch, locked)
    with pytest.raises(StorageError, match=f"^{locked} cannot be read: Permission denied; nothing was backed up$"):
        back_up(home, folder)
    assert backups(folder) == []
