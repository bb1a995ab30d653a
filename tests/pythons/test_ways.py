"""Each way to install that docs/operations.md names, and what a program without extras does."""

from pathlib import Path
from shutil import which

import pytest

from contracts.version import program_version

from .conftest import BUILT, DAYS
from .environments import EXTRAS, RUNTIME, run, this_python, with_pip, with_pipx, with_uv, with_uv_tool


def assert_it_builds(program: Path, folder: Path) -> None:
    assert run([program, "--version"], folder) == f"portfolio {program_version()}\n"
    run([program, "simulate", "landing", *DAYS, "--customers", "8"], folder)
    run([program, "materialize", "--landing", "landing", "--home", "home", *BUILT], folder)
    assert "2026-03-12" in run([program, "show", "--home", "home"], folder)


def test_pip(wheel: Path, tmp_path: Path) -> None:
    programs = with_pip(this_python(), wheel, RUNTIME, tmp_path)
    assert_it_builds(programs / "portfolio", tmp_path)


def test_pipx(wheel: Path, tmp_path: Path) -> None:
    if (pipx := which("pipx")) is None:
        pytest.skip("pipx is not installed")
    programs = with_pipx(pipx, this_python(), wheel, RUNTIME, tmp_path)
    assert_it_builds(programs / "portfolio", tmp_path)


def test_uv_as_a_tool(wheel: Path, tmp_path: Path) -> None:
    programs = with_uv_tool(this_python(), wheel, EXTRAS, RUNTIME, tmp_path)
    assert_it_builds(programs / "portfolio", tmp_path)


def test_without_extras_it_builds_and_names_the_one_that_a_command_needs(wheel: Path, tmp_path: Path) -> None:
    program = with_uv(this_python(), wheel, (), RUNTIME, tmp_path) / "portfolio"
    assert_it_builds(program, tmp_path)
    lacking = {
        "ui": (["serve", "--home", "home"], {}),
        "postgres": (
            ["publish", "postgres", "--home", "home"],
            {"PORTFOLIO_POSTGRES_DSN": "postgresql://x@127.0.0.1/x"},
        ),
        "spark": (
            ["materialize", "--home", "home", "--landing", "landing", "--engine", "spark", *BUILT],
            {"SPARK_REMOTE": "sc://127.0.0.1:15002"},
        ),
        "webex": (["status", "--home", "home"], {"PORTFOLIO_SOURCE": "webex", "PORTFOLIO_WEBEX_TOKEN_FILE": "token"}),
    }
    for extra, (arguments, settings) in lacking.items():
        said = run([program, *arguments], tmp_path, 0 if extra == "webex" else 1, **settings)
        assert f"partner-portfolio[{extra}]" in said, said
