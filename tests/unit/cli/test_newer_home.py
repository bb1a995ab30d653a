"""A home folder of a newer version: each command that opens it says so in one line, and nothing is written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.subcommands import _WHERE
from storage import versions
from storage.ledger.ledger import Ledger

COMMANDS = [
    ("materialize",),
    ("materialize", "--stale"),
    ("show",),
    ("status",),
    ("status", "--format", "json"),
    ("export", "worklist", "--output", "x.csv"),
    ("pack", "c1"),
    ("metrics",),
    ("quarantine",),
    ("prune",),
    ("prune", "--dry-run"),
    ("forget", "--user", "7"),
    ("forget", "--customer", "7"),
    ("backup", "backups"),
    ("upgrade",),
    ("upgrade", "--check"),
    ("upgrade", "--no-backup"),
    ("docs", "--no-open"),
    ("serve",),
    ("dbt", "parse"),
    ("publish", "postgres", "--dsn", "postgresql://localhost/none"),
    ("alerts", "list"),
    ("alerts", "test"),
    ("alerts", "preview"),
    ("digest",),
    ("webex", "report"),
    ("map", "run", "--mapping", "mapping.yaml", "--inbox", "inbox"),
]
WITHOUT_A_HOME = {"simulate", "check", "postgres", "service"}
"""They open none that is there: `check` reads landing, `postgres` a database, `service` writes units."""
IN_AN_EMPTY_ONE = {"restore"}


@pytest.fixture
def newer(home: Path) -> Path:
    """A home folder with the ledger of a version to come."""
    with Ledger(home / "ledger.sqlite") as ledger:
        ledger.connection.execute("update schema_versions set version = version + 1, program = '9.8.7'")
        ledger.connection.execute(f"pragma user_version = {versions.LEDGER + 1}")
    return home


def files(folder: Path) -> dict[Path, tuple[int, int, bytes]]:
    """Everything in a folder: mode, time of change, content."""
    return {
        path: (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in (folder, *folder.rglob("*"))
    }


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_it_names_both_versions_and_what_to_do(portfolio, newer, tmp_path, command):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "landing").mkdir()
    (tmp_path / "mapping.yaml").write_text("")
    before = files(tmp_path)
    ended = portfolio(*command, "--home", newer)
    assert ended.exit_code == 1
    known = versions.LEDGER
    assert str(ended.exception) == (
        f"home folder {newer} was written by a newer version of partner-portfolio, 9.8.7, with schema {known + 1};"
        f" this is {program()}, with schema {known}: install the newer one, or restore a backup of before the upgrade"
        " into an empty folder"
    )
    assert files(tmp_path) == before


def program() -> str:
    """The version as pyproject.toml declares it."""
    lines = (Path(__file__).parents[3] / "pyproject.toml").read_text().splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("version = "))


@pytest.mark.parametrize("name", ["alerts", "told", "digests"])
def test_one_of_its_other_files_is_enough(portfolio, home, name):
    with closing(sqlite3.connect(home / f"{name}.sqlite")) as connection:
        connection.execute("pragma user_version = 77")
    ended = portfolio("show", "--home", home)
    assert "was written by a newer version of partner-portfolio, with schema 77" in str(ended.exception)


def test_every_command_that_opens_a_home_is_tried():
    assert {command[0] for command in COMMANDS} | WITHOUT_A_HOME | IN_AN_EMPTY_ONE >= set(_WHERE)
