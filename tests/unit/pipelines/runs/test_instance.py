"""The Dagster home: the home folder's own, or the one that DAGSTER_HOME names, if that is a folder."""

import pytest
from pydantic import SecretStr

from pipelines.runs import instance
from pipelines.runs.instance import instance_config, prepare_instance
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


@pytest.mark.parametrize(("kept", "given"), [(None, SecretStr("postgresql://o:s3cret@h/d")), (SecretStr("d"), None)])
def test_a_home_does_not_move_the_runs_of_those_it_shares_an_instance_with(tmp_path, monkeypatch, kept, given):
    monkeypatch.setattr(instance, "prepare_database", lambda *_: None)
    shared = tmp_path / "runs"

    def prepare(name, dsn):
        monkeypatch.setenv("DAGSTER_HOME", "")
        return prepare_instance(Home(tmp_path / name), dsn, shared)

    assert prepare("north", kept) == shared
    assert prepare("north", kept) == shared
    before = (shared / "dagster.yaml").read_text()
    said = r"^.*runs/dagster\.yaml keeps runs in .*, and PORTFOLIO_DAGSTER_DSN .* for this home: .*; to move them all, "
    with pytest.raises(StorageError, match=said) as caught:
        prepare("south", given)
    assert "\n" not in str(caught.value) and "s3cret" not in str(caught.value)
    assert (shared / "dagster.yaml").read_text() == before
    (shared / "dagster.yaml").unlink()
    assert prepare("south", given) == shared
    for dsn in (kept, given):  # a home by itself moves its own
        monkeypatch.setenv("DAGSTER_HOME", "")
        folder = prepare_instance(Home(tmp_path / "alone"), dsn)
        assert (folder / "dagster.yaml").read_text() == instance_config(in_postgres=dsn is not None)
