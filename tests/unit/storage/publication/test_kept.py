"""Among the publications only what bears a publication's name is one; the rest is somebody's, and stays."""

import errno
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from storage.files.atomic import StorageError
from storage.publication import publication as module
from storage.publication.kept import foreign_entries, kept_folders, new_id, unfinished_folders
from storage.publication.publication import publish, withdraw
from storage.publication.published_file import hold_as_published, older_publications, remove_all_beside

from .small_marts import days, fill, request

FOREIGN_FILES = (".directory", "0notes.txt", "README.txt", "20260101T000000000000Z-0123abcd")
FOREIGN_FOLDERS = (".git", "0old", "backup", "20260101T000000000000Z-0123abcd (copy)")


def add_foreign(serving: Path) -> set[str]:
    for name in FOREIGN_FILES:
        (serving / "publications" / name).write_text("mine")
    for name in FOREIGN_FOLDERS:
        (serving / "publications" / name).mkdir()
        (serving / "publications" / name / "portfolio.duckdb").write_text("mine")
        (serving / "publications" / name / "portfolio.duckdb.wal").write_text("mine")
    (serving / "publications" / "20260102T000000000000Z-0123abcd").symlink_to("0old")
    return {*FOREIGN_FILES, *FOREIGN_FOLDERS, "20260102T000000000000Z-0123abcd"}


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def customers(source: str) -> list[tuple[int]]:
    return duckdb.execute(f"select customers from {source} order by all").fetchall()


@pytest.fixture
def published(warehouse: Path, serving: Path) -> list[str]:
    """The ids of two publications, of 10 and of 20 customers."""
    fill(warehouse, {(days(0)[0], "p"): 10})
    first = publish(request(warehouse, days(0)))
    fill(warehouse, {(days(0)[0], "p"): 20})
    return [first.publication_id, publish(request(warehouse, days(0))).publication_id]


def test_a_new_id_is_the_name_of_a_publication(tmp_path: Path) -> None:
    older, newer = new_id(datetime(2026, 1, 2, tzinfo=UTC)), new_id(datetime(2026, 1, 2, 0, 0, 1, tzinfo=UTC))
    for name in (newer, older, f".{newer}"):
        (tmp_path / "publications" / name).mkdir(parents=True)
    assert names(kept_folders(tmp_path)) == [older, newer]
    assert names(unfinished_folders(tmp_path)) == [f".{newer}"]
    assert foreign_entries(tmp_path) == []


@pytest.mark.parametrize("keep", [1, 2])
def test_foreign_entries_neither_count_nor_go(warehouse, serving, published, keep) -> None:
    foreign = add_foreign(serving)
    assert set(names(foreign_entries(serving))) == foreign
    assert names(older_publications(serving, keep)) == published[: 2 - keep]
    third = publish(request(warehouse, days(0), keep=keep, anew=True)).publication_id
    assert names(kept_folders(serving)) == [*published, third][-keep:]
    assert customers(f"'{serving}/parquet/portfolio_kpis/*.parquet'") == [(20,)]
    for name in FOREIGN_FOLDERS:
        assert len(list((serving / "publications" / name).iterdir())) == 2
    assert hold_as_published(serving).as_published
    remove_all_beside(serving)
    withdraw(serving)
    assert set(names(list((serving / "publications").iterdir()))) == foreign


def test_what_a_killed_publication_left_goes_and_what_looks_alike_stays(warehouse, serving, published) -> None:
    killed = serving / "publications" / f".{published[0]}"
    killed.mkdir()
    (serving / "publications" / ".directory").write_text("mine")
    publish(request(warehouse, days(0)))
    assert not killed.exists()
    assert (serving / "publications" / ".directory").read_text() == "mine"


def test_the_current_publication_is_never_an_older_one(warehouse, serving, published) -> None:
    # The clock was set back since: its folder is not the last one.
    later = serving / "publications" / "99990101T000000000000Z-0123abcd"
    shutil.copytree(serving / "publications" / published[0], later)
    assert names(older_publications(serving, 1)) == [published[0], later.name]
    assert names(older_publications(serving, 2)) == [published[0]]
    assert names(older_publications(serving, 3)) == []


def test_a_publication_that_was_killed_as_it_switched_leaves_file_and_parquet_of_one(
    warehouse: Path,
    serving: Path,
    published: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(warehouse, {(days(0)[0], "p"): 30})

    def killed(beside: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "put_in_place", killed)
    with pytest.raises(KeyboardInterrupt):
        publish(request(warehouse, days(0)))
    assert customers(f"'{serving}/parquet/portfolio_kpis/*.parquet'") == [(30,)]
    held = hold_as_published(serving)
    assert held.note.startswith(f"{serving / 'parquet'} held another publication than {serving / 'portfolio.duckdb'}")
    assert customers(f"'{serving}/parquet/portfolio_kpis/*.parquet'") == [(20,)]
    assert (serving / "parquet").readlink() == Path(f"publications/{published[-1]}/parquet")
    assert hold_as_published(serving).note == ""


def test_a_folder_in_the_place_of_the_link_is_left_alone(serving, published) -> None:
    (serving / "parquet").unlink()
    assert "parquet held another publication" in hold_as_published(serving).note  # nothing led there
    (serving / "parquet").unlink()
    (serving / "parquet").mkdir()
    (serving / "parquet" / "mine").touch()
    assert hold_as_published(serving).note == ""
    assert (serving / "parquet" / "mine").exists()


def test_one_that_cannot_be_removed_yet_holds_nothing_up_but_an_erasure(warehouse, serving, monkeypatch):
    fill(warehouse, {(day, "p"): 10 for day in days(0)})
    first = publish(request(warehouse, days(0))).publication_id
    remove = shutil.rmtree

    def busy(path, ignore_errors=False):
        """As NFS does where a reader on this machine has a file open."""
        if Path(path).name != first:
            remove(path, ignore_errors=ignore_errors)
        elif not ignore_errors:
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(path))

    monkeypatch.setattr("shutil.rmtree", busy)
    second = publish(request(warehouse, days(0), keep=1)).publication_id
    assert names(kept_folders(serving)) == [first, second]
    with pytest.raises(StorageError, match=f"{first} cannot be written: Directory not empty"):
        publish(request(warehouse, days(0), keep=1, anew=True))
    monkeypatch.undo()
    third = publish(request(warehouse, days(0), keep=1)).publication_id
    assert names(kept_folders(serving)) == [third]
