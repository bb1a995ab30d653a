"""Names that are like a setting's and are none are named, with the nearest; known names never are."""

import os
import re
from pathlib import Path

import pytest

from cli.main import main
from pipelines.mistyped import mistyped_settings
from pipelines.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.upper().startswith("PORTFOLIO"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("PORTFOLIO_EXPIRING_DAY", "PORTFOLIO_EXPIRING_DAYS"),
        ("PORTFOLIO_LANDIGN", "PORTFOLIO_LANDING"),
        ("PORTFOLIO_HASHKEY", "PORTFOLIO_HASH_KEY"),
        ("PORTFOLIO_POSTGRES", "PORTFOLIO_POSTGRES_DSN"),
        ("PORTFOLIO_BI_PASWORD", "PORTFOLIO_BI_PASSWORD"),
        ("PORTFOLIO_MAX_SNAPSHOT_AGE", "PORTFOLIO_MAX_SNAPSHOT_AGE_DAYS"),
        ("portfolio_first_dates", "PORTFOLIO_FIRST_DATE"),
        ("PORTFOILO_HOME", "PORTFOLIO_HOME"),
        ("PORTFOLO_THREADS", "PORTFOLIO_THREADS"),
    ],
)
def test_the_nearest_is_named(monkeypatch, tmp_path, name, nearest):
    monkeypatch.setenv(name, "a secret")
    assert mistyped_settings() == [f"{name} is no setting, and is ignored; is it {nearest}?"]
    monkeypatch.delenv(name)
    (tmp_path / ".env").write_text(f"OTHER=1\nexport {name}='a secret'\n")
    assert mistyped_settings() == [f"{name.upper()} in .env is no setting, and is ignored; is it {nearest}?"]


def test_a_name_that_is_like_no_setting_is_named_as_well(monkeypatch):
    monkeypatch.setenv("PORTFOLIO_QQQ", "1")
    assert mistyped_settings() == ["PORTFOLIO_QQQ is no setting, and is ignored; docs/operations.md lists the settings"]


@pytest.mark.parametrize(
    "name", ["HOME", "MY_PORTFOLIO_HOME", "PORTFOLIO", "PORTFOLIOS", "PORT_HOME", "PORTAL_THREADS", "EXPIRING_DAY"]
)
def test_names_of_others_are_theirs(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    assert mistyped_settings() == []


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_every_setting_is_known_in_any_case(monkeypatch, tmp_path, field):
    monkeypatch.setenv(f"PORTFOLIO_{field.upper()}", "1")
    monkeypatch.setenv(f"portfolio_{field}", "1")
    (tmp_path / ".env").write_text(f"Portfolio_{field}=1\n")
    assert mistyped_settings() == []


def test_every_name_that_the_project_uses_is_known(monkeypatch):
    """Those that dbt reads, those of the dashboard, and those of the project's own tests."""
    folders = [ROOT / name for name in ("assets", "bi", "dbt_project", "pipelines", "storage", "tests/postgres")]
    folders += [ROOT / "tests" / name for name in ("dbt", "e2e", "fuzz")]
    paths = [ROOT / "Makefile", *(path for folder in folders for path in folder.rglob("*"))]
    texts = [path.read_text() for path in paths if path.suffix in ("", ".py", ".sql") and path.is_file()]
    used = {name for text in texts for name in re.findall(r"""["'@](PORTFOLIO_[A-Z_]*[A-Z])["'=]""", text)}
    assert {"PORTFOLIO_WINDOW_START", "PORTFOLIO_BI_DSN", "PORTFOLIO_TEST_POSTGRES", "PORTFOLIO_FUZZ"} <= used
    for name in used:
        monkeypatch.setenv(name, "1")
    assert mistyped_settings() == []


def test_a_file_that_can_not_be_read_is_left_to_the_settings(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    assert mistyped_settings() == []


def test_the_command_says_so_on_standard_error_and_goes_on(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PORTFOLIO_EXPIRING_DAY", "30")
    monkeypatch.setattr("sys.argv", ["portfolio", "status", "--home", str(tmp_path / "home")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    said = capsys.readouterr()
    assert said.err == (
        "warning: PORTFOLIO_EXPIRING_DAY is no setting, and is ignored; is it PORTFOLIO_EXPIRING_DAYS?\n"
    )
    assert "nothing is here yet" in said.out
