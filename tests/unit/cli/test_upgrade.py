"""`portfolio upgrade` where PostgreSQL can't be asked or moved: it never says that all is up to date."""

import pytest

from storage.files.atomic import StorageError
from storage.ledger.ledger import Ledger


@pytest.fixture
def folders(portfolio, tmp_path, monkeypatch):
    """Of a home folder of today's, and a database that nobody serves."""
    (tmp_path / "landing").mkdir()
    Ledger(tmp_path / "new" / "ledger.sqlite").close()
    monkeypatch.setenv("DAGSTER_HOME", "")  # what an upgrade puts there is taken back
    monkeypatch.setenv("PORTFOLIO_POSTGRES_DSN", "postgresql://reader@127.0.0.1:1/none")
    return ("--home", tmp_path / "new", "--landing", tmp_path / "landing")


def test_a_look_says_that_it_is_not_known(portfolio, folders):
    ended = portfolio("upgrade", "--check", *folders)
    assert ended.exit_code == 0, ended.output
    assert "PostgreSQL: not known: " in ended.output
    assert "up to date" not in ended.output and "does it" not in ended.output


def test_an_upgrade_fails_and_can_be_run_again(portfolio, folders, monkeypatch):
    ended = portfolio("upgrade", *folders)
    assert ended.exit_code == 1, ended.output
    assert str(ended.exception).startswith("PostgreSQL may be of an earlier version: ")
    assert str(ended.exception).endswith("; run the same command again")
    monkeypatch.delenv("PORTFOLIO_POSTGRES_DSN")
    again = portfolio("upgrade", *folders)
    assert again.exit_code == 0 and "up to date: nothing here is older than" in again.output


def test_nor_is_one_done_that_migrated_the_rest(portfolio, folders):
    with Ledger(folders[1] / "ledger.sqlite") as ledger:
        ledger.connection.execute("drop table schema_versions")
        ledger.connection.execute("pragma user_version = 7")
    ended = portfolio("upgrade", "--no-backup", *folders)
    assert ended.exit_code == 1, ended.output
    assert str(ended.exception).startswith("PostgreSQL may be of an earlier version: ")
    with Ledger(folders[1] / "ledger.sqlite", "look") as ledger:
        assert ledger.connection.execute("pragma user_version").fetchone()[0] == 8


def test_a_database_that_a_home_without_a_publication_cannot_move_is_one_line(portfolio, folders, monkeypatch):
    monkeypatch.setattr("pipelines.commands.upgrading._postgres", lambda settings: (1, ""))
    ended = portfolio("upgrade", "--no-backup", *folders)
    assert ended.exit_code == 1, ended.output
    assert isinstance(ended.exception, StorageError), ended.exception
    assert str(ended.exception) == (
        "PostgreSQL is of an earlier version until something is published to it: nothing is published in"
        f" {folders[1] / 'serving' / 'portfolio.duckdb'}; `portfolio materialize` publishes"
    )
