"""What the command checks before it starts."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import main
from cli.errors import UsageError, UserError
from cli.main import app, check_interpreter

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("optimize", [0, 1])
def test_python_may_leave_assertions_out(optimize):
    assert check_interpreter(optimize) is None


def test_python_without_docstrings_is_refused():
    with pytest.raises(UserError, match="PYTHONOPTIMIZE=2"):
        check_interpreter(2)


@pytest.mark.parametrize("more", [["leaf"], ["leaf", "(Canada)\nLtd"]])
def test_a_log_has_no_name_that_was_given_without_quotes(monkeypatch, more):
    monkeypatch.setattr("sys.argv", ["portfolio", "pack", "maple", *more])
    with pytest.raises(UsageError, match=r"^Got unexpected extra argument\(s\) '…'$"):
        main._run_logged()


def test_no_error_has_a_terminal_act(capsys):
    with pytest.raises(SystemExit):
        main._fail("no file \x1b[31mred\x07, \u202e\x9b0m")
    assert capsys.readouterr().err == "error: no file �[31mred�, ��0m\n"


def test_says_its_version_and_nothing_else():
    said = CliRunner().invoke(app, ["--version"])
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (said.exit_code, said.output) == (0, f"portfolio {declared}\n")


def test_a_current_folder_that_was_removed_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UserError, match="the current folder was removed"):
        main.prepare()


def test_too_little_memory_is_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        main._fail_of(MemoryError())
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("error: there is not enough memory for this; ")
