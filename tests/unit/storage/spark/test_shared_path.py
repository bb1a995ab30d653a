"""Whether a cluster sees a folder: it is asked for files that were made just now, and they do not stay."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from storage.spark.errors import SparkError
from storage.spark.shared_path import check_shared


class Session:
    """A cluster that reads files by a function of their folder."""

    def __init__(self, read):
        self.set = {}
        self.conf = SimpleNamespace(set=self.set.__setitem__, unset=self.set.pop)
        self.read = SimpleNamespace(text=lambda path: SimpleNamespace(collect=lambda: read(path)))


def all_files(path):
    assert path.startswith("file:")
    return [(file.read_text(),) for file in Path(path.removeprefix("file:")).iterdir()]


def test_a_folder_that_is_seen_is_left_as_it_was(tmp_path):
    lake = tmp_path / "lake"
    session = Session(all_files)
    check_shared(session, lake)
    assert list(lake.iterdir()) == []
    assert session.set == {}


def test_what_a_killed_process_left_goes(tmp_path):
    (tmp_path / "spark-probe-1234").mkdir()
    (tmp_path / "customers").mkdir()
    check_shared(Session(all_files), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["customers"]


def test_a_worker_that_sees_another_disk_is_one_line(tmp_path):
    def unseen(path):
        raise ValueError("File file:/lake/1.txt does not exist\nJVM stacktrace:\nat org.apache.spark.Task")

    with pytest.raises(SparkError) as raised:
        check_shared(Session(unseen), tmp_path)
    assert str(raised.value) == (
        f"Spark's server and workers do not all see {tmp_path}: put PORTFOLIO_HOME on a path that all of them share"
        " (File file:/lake/1.txt does not exist)"
    )
    assert list(tmp_path.iterdir()) == []


def test_another_folder_by_the_same_name_is_found(tmp_path):
    with pytest.raises(SparkError, match=r"\(0 of 32 files just made in it were found\)"):
        check_shared(Session(lambda path: [("of somebody else",)]), tmp_path)
