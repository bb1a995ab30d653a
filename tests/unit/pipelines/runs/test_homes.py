"""Several homes under one server: each by its own settings, refused in one line where they get in each other's way."""

import ast
import os
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from pipelines.own_settings import enter_home, settings_of
from pipelines.runs.homes import settings_of_homes, write_workspace
from pipelines.settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server in a folder of its own, with settings of its own."""
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / ".env").write_text("PORTFOLIO_EXPIRING_DAYS=11\n")
    monkeypatch.chdir(tmp_path / "server")
    monkeypatch.setenv("PORTFOLIO_LANDING", str(tmp_path / "the server's landing"))
    monkeypatch.setenv("portfolio_first_date", "2026-01-01")  # names are read in any case


def make_home(tmp_path: Path, name: str, **changes: str | None) -> Path:
    """A home folder with settings in it; None leaves one out."""
    given = {"NAME": name, "INSTANCE": str(tmp_path / "runs"), **changes}
    home = tmp_path / f"home of {name}"
    home.mkdir()
    lines = [f"PORTFOLIO_{key}='{value}'\n" for key, value in given.items() if value is not None]
    (home / ".env").write_text("".join(lines))
    return home


def test_each_home_has_the_settings_in_its_folder_and_none_of_the_server_s(tmp_path: Path) -> None:
    homes = [make_home(tmp_path, "north", EXPIRING_DAYS="30"), make_home(tmp_path, "south", LANDING="files")]
    before = dict(os.environ)
    north, south = settings_of_homes(homes)
    assert (north.home, south.home) == tuple(homes)
    assert (north.name, south.name) == ("north", "south")
    assert (north.expiring_days, south.expiring_days) == (30, 90)
    assert (north.landing_folder, south.landing_folder) == (homes[0] / "landing", homes[1] / "files")
    assert north.first_date == south.first_date == load_settings(first_date="2020-01-01").first_date
    assert north.instance_folder.path == tmp_path / "runs"
    assert dict(os.environ) == before
    assert Path.cwd() == tmp_path / "server"


def test_a_process_of_a_home_reads_its_settings_as_its_commands_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_home(tmp_path, "north")
    before = settings_of(home)
    for name in ("PORTFOLIO_LANDING", "portfolio_first_date"):  # put back after the test
        monkeypatch.setenv(name, os.environ[name])
    monkeypatch.setenv("PORTFOLIO_HOME", "")
    enter_home(home)
    assert load_settings() == before
    assert before.folders.path == home


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"INSTANCE": None}, r"home of south/\.env names no PORTFOLIO_INSTANCE, .*: add both$"),
        ({"NAME": None}, r"^PORTFOLIO_INSTANCE=.*: needs PORTFOLIO_NAME"),
        ({"NAME": "north"}, r"have the same PORTFOLIO_NAME=north: each home needs its own$"),
        ({"NAME": "South & East"}, r"^PORTFOLIO_NAME=South & East: must be a name in lower case"),
        (
            {"INSTANCE": "../home of south"},
            r"^PORTFOLIO_INSTANCE=.*: is the home folder of this home; name one that is no",
        ),
        (
            {"INSTANCE": "landing"},
            r"^PORTFOLIO_INSTANCE=.*: is the landing folder of this home; name one that is no home's$",
        ),
        ({"INSTANCE": "other"}, r"name different PORTFOLIO_INSTANCE: homes under one server"),
        ({"DAGSTER_DSN": "postgresql://o:s3cret@h/d"}, r"name different PORTFOLIO_DAGSTER_DSN: homes under one"),
        ({"LANDING": "../home of north/landing"}, r"have the same PORTFOLIO_LANDING=.*: each home needs its own$"),
    ],
)
def test_homes_that_get_in_each_other_s_way_are_refused_in_one_line(
    tmp_path: Path, changes: dict[str, str | None], said: str
) -> None:
    homes = [make_home(tmp_path, "north"), make_home(tmp_path, "south", **changes)]
    with pytest.raises(SettingsError, match=said) as caught:
        settings_of_homes(homes)
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("north", "south", "said"),
    [
        (
            {"POSTGRES_DSN": "postgresql://o:s3cret@h/d"},
            {"POSTGRES_DSN": "host=h port=5432 user=other dbname=d"},
            r"home of south have the same PORTFOLIO_POSTGRES_DSN: each home needs its own$",
        ),
        (
            {"ENGINE": "spark", "SPARK_MASTER": "spark://h:7077"},
            {"ENGINE": "spark", "SPARK_MASTER": "spark://h:7077"},
            r"have the same PORTFOLIO_SPARK_SCHEMA=portfolio: each home needs its own$",
        ),
    ],
)
def test_homes_that_would_write_over_each_other_are_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, north: dict[str, str], south: dict[str, str], said: str
) -> None:
    (tmp_path / "hive-site.xml").touch()  # a catalog that all drivers of this machine share
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    homes = [make_home(tmp_path, "north", **north), make_home(tmp_path, "south", **south)]
    with pytest.raises(SettingsError, match=said) as caught:
        settings_of_homes(homes)
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_what_each_home_has_for_itself_is_not_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPARK_CONF_DIR", "SPARK_HOME"):
        monkeypatch.delenv(name, raising=False)
    given = {"ENGINE": "spark", "SPARK_MASTER": "local[1]"}  # each with the catalog in its folder
    given |= {"INBOX": str(tmp_path / "exports")}  # which is only read
    homes = [make_home(tmp_path, name, POSTGRES_DSN=f"host=h dbname={name}", **given) for name in ("north", "south")]
    (tmp_path / "link").symlink_to(tmp_path / "runs")
    homes.append(make_home(tmp_path, "east", INSTANCE=str(tmp_path / "link"), ENGINE="duckdb"))
    assert [settings.name for settings in settings_of_homes(homes)] == ["north", "south", "east"]


def test_a_home_that_is_not_there_and_one_that_is_given_twice_are_refused(tmp_path: Path) -> None:
    north = make_home(tmp_path, "north")
    with pytest.raises(SettingsError, match=r"south cannot be used: No such file or directory$"):
        settings_of_homes([north, tmp_path / "south"])
    with pytest.raises(SettingsError, match="have the same PORTFOLIO_NAME=north"):
        settings_of_homes([north, north])


def test_a_home_may_have_the_name_of_a_module(tmp_path: Path) -> None:
    homes = [make_home(tmp_path, "storage"), make_home(tmp_path, "json")]
    text = write_workspace(settings_of_homes(homes)).read_text()
    files = [entry["python_file"]["relative_path"] for entry in yaml.safe_load(text)["load_from"]]
    assert [find_spec(Path(file).stem) for file in files] == [None, None]  # Dagster puts their folder first


def test_the_workspace_names_each_home_and_a_path_in_it_is_text(tmp_path: Path) -> None:
    homes = [make_home(tmp_path, "north"), make_home(tmp_path, "south")]
    odd = tmp_path / 'it\'s "odd" \\ home'
    homes[1].rename(odd)
    path = write_workspace(settings_of_homes([homes[0], odd]))
    assert path == tmp_path / "runs" / "workspace.yaml"
    files = [entry["python_file"] for entry in yaml.safe_load(path.read_text())["load_from"]]
    assert [file["location_name"] for file in files] == ["north", "south"]
    for file, home in zip(files, (homes[0], odd), strict=True):
        *_, last = ast.parse(Path(file["relative_path"]).read_text()).body
        assert isinstance(last, ast.Assign)
        assert isinstance(last.value, ast.Call)
        assert [ast.literal_eval(argument) for argument in last.value.args] == [str(home)]
    assert write_workspace(settings_of_homes([homes[0], odd])) == path  # again, over what is there
