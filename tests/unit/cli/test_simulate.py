"""`portfolio simulate`: what it says, and one line for every mistake, as in every command."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.errors import UserError
from cli.simulate import simulate as simulate_command

from ..sources.simulator.simulated import read


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(simulate_command)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_writes_and_says_what(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    result = run(str(landing), "--from", "2026-03-02", "--to", "2026-03-03", "--customers", "5", "--seed", "4")
    assert result.exit_code == 0, result.output
    rows = sum(len(read(landing, "license_usage", day)) for day in (date(2026, 3, 2), date(2026, 3, 3)))
    assert "2 days" in result.stdout
    assert f"{rows:,} usage rows" in result.stdout


def test_an_eventful_portfolio_has_more_subscriptions_and_usage_of_its_last_days(tmp_path: Path) -> None:
    days = ("--from", "2026-03-02", "--to", "2026-03-04", "--customers", "30")
    for name, options in (("usual", ()), ("eventful", ("--events", "--usage-from", "2026-03-04"))):
        assert run(str(tmp_path / name), *days, *options).exit_code == 0
    usual, eventful = (read(tmp_path / name, "subscriptions", date(2026, 3, 4)) for name in ("usual", "eventful"))
    assert len(usual) < len(eventful)
    assert [day.name for day in (tmp_path / "eventful" / "license_usage").iterdir()] == ["2026-03-04"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "2026-03-05", "--to", "2026-03-02"], "backwards"),
        (["--from", "2026-02-30", "--to", "2026-03-02"], "--from '2026-02-30' is no day of the calendar"),
        (["--from", "2026-03-01", "--to", "20260302"], "--to '20260302' is no day of the calendar"),
        (["--from", "2026-03-01", "--to", "2026-W10-1"], "--to '2026-W10-1' is no day of the calendar"),
        (["--from", "1999-03-01", "--to", "2026-03-02"], "outside 2018-01-01 to 2099-12-31"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--format", "xlsx"], "unknown format 'xlsx'"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--customers", "0"], "at least one customer"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--seed", "-1"], "negative"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--seats", "5"], "too few"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--usage-from", "2026-03-03"], "the last day is 2026-03-02"),
        (["--from", "2026-03-01", "--to", "2026-03-02", "--usage-from", "March"], "--usage-from 'March' is no day"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(tmp_path: Path, options: list[str], message: str) -> None:
    landing = tmp_path / "landing"
    result = run(str(landing), *options)
    assert isinstance(result.exception, UserError)
    assert message in str(result.exception)
    assert len(str(result.exception).splitlines()) == 1
    assert not landing.exists()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run(str(tmp_path / "file" / "landing"), "--from", "2026-03-02", "--to", "2026-03-02", "--customers", "2")
    assert isinstance(result.exception, UserError)
    assert "can't write" in str(result.exception)
    assert len(str(result.exception).splitlines()) == 1


def test_the_command_needs_no_orchestrator(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from cli.simulate import simulate; "
        "early = 'numpy' in sys.modules; "
        f"simulate(Path({str(tmp_path / 'landing')!r}), '2026-03-02', '2026-03-02', customers=2); "
        "print(early, sorted({'dagster', 'dbt', 'duckdb'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False []"
