"""What a user gets wrong: one line that says what, where and what to do; nothing is written, nothing is published."""

import os
from pathlib import Path

import pytest

from .running import assert_one_error_line, portfolio

GOLDEN = Path(__file__).parent.parent / "golden" / "landing"
DAY = "2024-05-31"


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment without settings, so that each test's own are the only ones."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PORTFOLIO_", "DAGSTER_"))}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", DAY, "--to", "2024-06-11"], ["--to 2024-06-11 is not over yet", "is the newest"]),
        (["--to", "2024-06-11"], ["2024-06-11 is not over yet"]),
        (["--from", "2024-06-11"], ["--from 2024-06-11 is not over yet"]),
        (["--stale", "--to", "today"], ["leave --from and --to out"]),
        (["--from", "2024-06-13", "--to", "2024-06-19"], ["is not over yet"]),
        (["--from", "2024-5-31"], ["--from '2024-5-31'", "YYYY-MM-DD"]),
        (["--from", "20240531"], ["--from '20240531'", "YYYY-MM-DD"]),
        (["--from", "2024-02-30"], ["--from '2024-02-30'"]),
        (["--from", DAY, "--to", "tomorrow"], ["--to 'tomorrow'"]),
        (["--to", DAY], ["--to needs --from"]),
        (["--from", "2019-12-31", "--to", DAY], ["2019-12-31 is before 2020-01-01", "PORTFOLIO_FIRST_DATE"]),
        (["--from", DAY, "--to", DAY, "--source", "fax"], ["PORTFOLIO_SOURCE=fax"]),
        (["--from", DAY, "--to", DAY, "--landing", "nowhere"], ["nowhere does not exist"]),
        (["--from", DAY, "--to", DAY, "--landing", "a file"], ["a file is not a folder"]),
        (["--from", DAY, "--to", DAY, "--home", ""], ["--home is empty"]),
        (["--from", DAY, "--to", DAY, "--landing="], ["--landing is empty"]),
        (["--from", DAY, "--to", DAY, "--home", "~nobody-here/a"], ["PORTFOLIO_HOME=~nobody-here/a: whose folder is"]),
        (["--from", DAY, "--to", DAY, "--landing", "~nobody-here"], ["PORTFOLIO_LANDING=~nobody-here: whose folder"]),
    ],
)
def test_options(options: list[str], said: list[str], tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "a file").touch()
    finished = portfolio(
        *["materialize", "--landing", GOLDEN, "--home", "home", *options],
        folder=tmp_path,
        environment=environment | {"PORTFOLIO_NOW": "2024-06-10T12:00:00Z"},
    )
    assert finished.returncode == 1
    assert_one_error_line(finished, *said)
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORTFOLIO_FIRST_DATE", "2024-06-01", "--from 2024-05-31 is before 2024-06-01"),
        ("PORTFOLIO_FIRST_DATE", "soon", "PORTFOLIO_FIRST_DATE=soon: "),
        ("PORTFOLIO_FIRST_DATE", "2019-12-31", "must not be before 2020-01-01"),
        ("PORTFOLIO_MEMORY_LIMIT", "much", "PORTFOLIO_MEMORY_LIMIT=much: must be a number and a unit"),
        ("PORTFOLIO_THREADS", "0", "PORTFOLIO_THREADS=0: "),
        ("PORTFOLIO_MAX_QUARANTINED_SHARE", "5", "PORTFOLIO_MAX_QUARANTINED_SHARE=5: "),
        ("PORTFOLIO_SIZE_BANDS", "100,25", "PORTFOLIO_SIZE_BANDS="),
        ("PORTFOLIO_HASH_KEY", "tooshort", "PORTFOLIO_HASH_KEY=…: must have 16 characters or more"),
    ],
)
def test_settings(name: str, value: str, said: str, tmp_path: Path, environment: dict[str, str]) -> None:
    assert_refused(said, tmp_path, environment | {name: value})


@pytest.mark.parametrize(
    "command",
    [
        ["simulate", "new"],
        ["materialize", "--landing", GOLDEN, "--home", "home"],
        ["check", GOLDEN],
        ["export", "kpis", "--home", "home"],
        ["dbt", "--home", "home"],
    ],
    ids=lambda command: command[0],
)
def test_a_range_that_runs_backwards_is_wrong_usage_of_every_command(
    command: list[str | Path], tmp_path: Path, environment: dict[str, str]
) -> None:
    options = ["--from", DAY, "--to", "2024-05-30"]
    extra = ["ls"] if command[0] == "dbt" else []
    finished = portfolio(*command, *options, *extra, folder=tmp_path, environment=environment)
    assert finished.returncode == 2
    assert_one_error_line(finished, "2024-05-31 is after ", "2024-05-30; swap ")
    assert list(tmp_path.iterdir()) == []


def test_a_day_written_otherwise_is_the_same_error_in_every_command(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    for command in (["simulate", "new"], ["materialize", "--landing", GOLDEN, "--home", "home"]):
        options = ["--from", "2024-5-31", "--to", DAY]
        finished = portfolio(*command, *options, folder=tmp_path, environment=environment)
        assert finished.returncode == 1
        assert_one_error_line(finished, "--from '2024-5-31'")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["PORTFOLIO_HOME", "PORTFOLIO_LANDING"])
def test_an_empty_folder_is_not_the_current_one(name: str, tmp_path: Path, environment: dict[str, str]) -> None:
    finished = portfolio("status", folder=tmp_path, environment=environment | {name: ""})
    assert finished.returncode == 1
    assert_one_error_line(finished, f"{name}=: names no folder")


def test_settings_in_a_file(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / ".env").write_text("PORTFOLIO_THREADS=many\n")
    assert_refused("PORTFOLIO_THREADS=many: ", tmp_path, environment)
    (tmp_path / ".env").write_text("PORTFOLIO_HASH_KEY=tooshort\n")
    assert_refused("PORTFOLIO_HASH_KEY=…: must have 16 characters or more", tmp_path, environment)


def assert_refused(said: str, folder: Path, environment: dict[str, str]) -> None:
    """Hold a command in a folder and an environment to one line about its settings, and to writing nothing."""
    finished = portfolio(
        *["materialize", "--landing", GOLDEN, "--home", "home", "--from", DAY, "--to", DAY],
        folder=folder,
        environment=environment,
    )
    assert finished.returncode == 1
    assert_one_error_line(finished, said)
    assert "tooshort" not in finished.stderr, "a secret is never shown"
    assert not (folder / "home").exists()


def test_settings_that_are_no_text(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    finished = portfolio("materialize", "--home", "home", folder=tmp_path, environment=environment)
    assert finished.returncode == 1
    assert_one_error_line(finished, ".env cannot be read")
    assert not (tmp_path / "home").exists()


# A file where a folder is needed stands for a home that can't be written: root may write everywhere.
@pytest.mark.parametrize("home", ["a file", "a file/home", "/proc/home"])
def test_a_home_folder_that_cannot_be_made(home: str, tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "a file").write_text("mine")
    finished = portfolio(
        *["materialize", "--landing", GOLDEN, "--home", home, "--from", DAY, "--to", DAY],
        folder=tmp_path,
        environment=environment,
    )
    assert finished.returncode == 1
    assert_one_error_line(finished, "home folder", "cannot be used", "--home")
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]
    assert (tmp_path / "a file").read_text() == "mine"


@pytest.mark.parametrize(
    ("blocked", "said"),
    [
        ("hash.key", "hash.key has 0 bytes, not 32; restore it, or delete it"),
        ("ledger.sqlite", "ledger.sqlite cannot be used: file is not a database"),
        ("dbt", "dbt cannot be written"),
        ("lake", "cannot be written: Not a directory"),
        ("warehouse.duckdb", "warehouse.duckdb"),
        ("serving", "serving"),
    ],
)
def test_a_home_folder_with_something_broken_in_it(
    blocked: str, said: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / blocked).write_bytes(b"" if blocked == "hash.key" else b"no such thing" * 9999)
    finished = portfolio(
        *["materialize", "--landing", GOLDEN, "--home", home, "--from", DAY, "--to", DAY],
        folder=tmp_path,
        environment=environment,
    )
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert_one_error_line(finished, said)
    assert not (home / "serving" / "portfolio.duckdb").exists()


def test_no_landing_folder_is_named(tmp_path: Path, environment: dict[str, str]) -> None:
    finished = portfolio("materialize", "--home", "home", folder=tmp_path, environment=environment)
    assert finished.returncode == 1
    assert_one_error_line(finished, "landing folder", "does not exist")
    assert not (tmp_path / "home").exists()


def test_an_empty_landing_folder(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "landing").mkdir()
    arguments = ["materialize", "--landing", "landing", "--home", "home"]
    finished = portfolio(*arguments, folder=tmp_path, environment=environment)
    assert finished.returncode == 1
    assert_one_error_line(finished, "holds no snapshot partition")
    finished = portfolio(*arguments, "--from", DAY, "--to", DAY, folder=tmp_path, environment=environment)
    assert finished.returncode == 1
    assert_one_error_line(finished, "nothing was published")
    assert f"not built: {DAY}: no customers or subscriptions or license_assignments snapshot" in finished.stdout
    assert not (tmp_path / "home" / "serving" / "portfolio.duckdb").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "~nobody-here/landing"), 2),
        (("backup", "~nobody-here/backups"), 1),
        (("backup", "backups", "--key-file", "~nobody-here/key"), 1),
        (("restore", "~nobody-here/backups"), 1),
        (("serve", "--home", "~nobody-here/a", "--home", "b"), 1),
        (("service", "remove", "--system", "--root", "~nobody-here"), 1),
    ],
)
def test_a_folder_of_somebody_who_is_not_there(
    arguments: tuple[str, ...], code: int, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / ".portfolio").mkdir()
    (tmp_path / ".portfolio" / "ledger.sqlite").touch()
    finished = portfolio(*arguments, folder=tmp_path, environment=environment)
    assert finished.returncode == code
    assert_one_error_line(finished, "~nobody-here", ": whose folder is ~nobody-here? Give the path from / on")
    named = portfolio("status", folder=tmp_path, environment=environment | {"PORTFOLIO_ALERT_RULES": "~nobody-here/r"})
    assert named.returncode == 1
    assert_one_error_line(named, "PORTFOLIO_ALERT_RULES=~nobody-here/r: begins with the folder of a user")
