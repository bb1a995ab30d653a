"""The Dagster home: the home folder's own, or the one that DAGSTER_HOME names, if that is a folder."""

import pytest

from pipelines.runs.instance import prepare_instance
from storage.files.atomic import StorageError
from storage.home import Home


@pytest.mark.parametrize("given", ["relative", "{folder}/missing", "{folder}/file"])
def test_a_dagster_home_that_is_no_folder_is_refused_in_one_line(tmp_path, monkeypatch, given):
    (tmp_path / "file").write_text("")
    (tmp_path / "relative").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", given.format(folder=tmp_path))
    with pytest.raises(StorageError, match=r"^DAGSTER_HOME=.* must be the absolute path of a folder that exists"):
        prepare_instance(Home(tmp_path / "home"))
    assert not (tmp_path / "home").exists()


def test_a_given_dagster_home_is_left_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    assert prepare_instance(Home(tmp_path / "home")) == tmp_path
    assert list(tmp_path.iterdir()) == []
