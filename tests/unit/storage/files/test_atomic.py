"""Replacing a file: the old one or the new one, and nothing left beside."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from storage.files.atomic import StorageError, remove, replacing


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_the_new_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    with replacing(path) as beside:
        assert beside.parent == path.parent
        beside.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    with replacing(path) as beside:
        beside.write_text("newer")
        assert path.read_text() == "new"
    assert path.read_text() == "newer"
    assert names(path.parent) == ["file"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "cannot be written: the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied"), "cannot be written: Permission denied"),
        (duckdb.IOException("IO Error: Could not write: No space left on device\nmore"), "the disk is full"),
        (duckdb.TransactionException("Failed to commit: No space left on device"), "the disk is full; make room"),
        (duckdb.IOException("IO Error: broken\nmore"), "cannot be written: IO Error: broken"),
    ],
)
def test_a_failed_write_leaves_the_old_file(tmp_path: Path, error: Exception, message: str) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(StorageError, match=message) as caught, replacing(path) as beside:
        beside.write_text("half")
        raise error
    assert "\n" not in str(caught.value)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_other_errors_pass_through(tmp_path: Path) -> None:
    with pytest.raises(KeyError), replacing(tmp_path / "file") as beside:
        beside.write_text("half")
        raise KeyError
    assert names(tmp_path) == []


def test_leftovers_of_dead_processes_are_removed_and_those_of_living_ones_are_not(tmp_path: Path) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    ).stdout.strip()
    for name in (f".file.{dead}-00ff.writing", ".file.junk.writing", f".file.{os.getppid()}-00ff.writing", "other"):
        (tmp_path / name).write_text("left")
    with replacing(tmp_path / "file") as beside:
        beside.write_text("new")
    assert names(tmp_path) == [f".file.{os.getppid()}-00ff.writing", "file", "other"]


def test_remove(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    remove(tmp_path / "file")
    remove(tmp_path / "file")
    assert names(tmp_path) == []
    with pytest.raises(StorageError, match="cannot be written"):
        remove(tmp_path)


@pytest.mark.parametrize("name", ["report[1].csv", "*.csv", "a?.csv"])
def test_leftovers_are_those_of_the_name_itself(name: str, tmp_path: Path) -> None:
    dead = "nobody-abcd.writing"
    own, of_another = tmp_path / f".{name}.{dead}", tmp_path / f".report1.csv.{dead}"
    own.touch()
    of_another.touch()
    (tmp_path / f".ab.csv.{dead}").touch()
    with replacing(tmp_path / name) as beside:
        beside.write_text("new")
    assert names(tmp_path) == sorted([name, of_another.name, f".ab.csv.{dead}"])
