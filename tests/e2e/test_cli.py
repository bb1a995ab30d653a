"""The reading commands as a user runs them: their own processes, on a home folder that the pipeline filled."""

import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from .built import golden_home
from .running import TIMEOUT_SECONDS, fork_portfolio, materialize_arguments, portfolio

GOLDEN = Path(__file__).parent.parent / "golden"
DAYS = date(2024, 5, 30), date(2024, 5, 31)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return portfolio(*arguments)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return golden_home(tmp_path_factory)


def test_show_agrees_with_the_figures_worked_out_by_hand(home: Path) -> None:
    finished = run("show", "kpis", "--as-of", "2024-05-31", "--home", home)
    assert finished.returncode == 0, finished.stderr
    published = (GOLDEN / "marts" / "portfolio_kpis.csv").read_text().splitlines()
    columns = published[0].split(",")
    newest = [row for row in (line.split(",") for line in published[1:]) if row[0] == "2024-05-31"]
    names = (
        "total_customers",
        "nearing_expiration_customers",
        "nearing_renewal_customers",
        "low_assignment_customers",
        "over_limit_customers",
        "managed_customers",
    )
    expected = [[row[columns.index(name)] for name in names] for row in sorted(newest, key=lambda row: row[1])]
    shown = [line.split() for line in finished.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert shown == expected


def test_show_in_a_pipe_has_no_colours(home: Path) -> None:
    finished = run("show", "--home", home)
    assert finished.returncode == 0
    assert "\x1b" not in finished.stdout + finished.stderr


@pytest.mark.parametrize("command", [["show"], ["show", "expiring"], ["show", "trend"], ["status"]])
def test_no_line_in_a_pipe_ends_with_a_space(command: list[str], home: Path) -> None:
    lines = run(*command, "--home", home).stdout.splitlines()
    assert len(lines) > 10
    assert [line for line in lines if line != line.rstrip()] == []


def test_status_and_quarantine(home: Path) -> None:
    status = run("status", "--home", home, "--landing", GOLDEN / "landing")
    assert status.returncode == 0, status.stderr
    assert "Published  2024-05-30 to 2024-05-31" in status.stdout
    quarantine = run("quarantine", "--home", home)
    assert quarantine.returncode == 0, quarantine.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "nonsense"], 1, "error: there is no section 'nonsense'"),
        (["show", "--as-of", "2031-01-01"], 1, "error: as-of date 2031-01-01 is not published"),
        (["quarantine", "nonsense"], 1, "error: there is no dataset 'nonsense'"),
        (["serve", "--port", "0"], 2, "Usage: portfolio serve"),
        (["show", "--no-such-option"], 2, "Usage: portfolio show"),
    ],
)
def test_a_mistake_is_named_without_a_traceback(home: Path, arguments: list[str], code: int, message: str) -> None:
    finished = run(*arguments, "--home", home)
    assert finished.returncode == code
    assert finished.stderr.startswith(message)
    assert "Traceback" not in finished.stderr


def test_a_publication_open_for_writing_elsewhere_is_one_line(home: Path) -> None:
    path = home / "serving" / "portfolio.duckdb"
    hold = f"import duckdb, sys; held = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        finished = run("show", "--home", home)
        holder.communicate()
    assert finished.returncode == 1
    assert "another process has it open for writing" in finished.stderr
    assert len(finished.stderr.splitlines()) == 1


def test_reading_commands_load_neither_dagster_nor_dbt(home: Path) -> None:
    for command in ("show", "status", "quarantine"):
        program = (
            "import sys; from cli.main import app\n"
            f"try: app(['{command}', '--home', {str(home)!r}])\n"
            "except SystemExit: pass\n"
            "print([name for name in sys.modules if name.split('.')[0] in ('dagster', 'dbt', 'pandas')])"
        )
        finished = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True
        )
        assert finished.stdout.splitlines()[-1] == "[]", command


def test_status_answers_while_a_run_writes(home: Path, tmp_path: Path) -> None:
    """A run is started on another home folder, and asked about until it has ended: every answer is whole."""
    writer = fork_portfolio(*materialize_arguments(GOLDEN / "landing", tmp_path, *DAYS))
    answers = []
    while writer.poll() is None:
        answers.append(run("status", "--home", tmp_path, "--landing", GOLDEN / "landing"))
        time.sleep(0.2)
    assert writer.returncode == 0
    assert answers
    assert {answer.returncode for answer in answers} == {0}, [answer.stderr for answer in answers]
