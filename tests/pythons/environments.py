"""Environments with the wheel and all that it needs, made as docs/operations.md says."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Collection
from datetime import date
from pathlib import Path

from release.making import constraints
from release.placeholder import write_placeholder

from ..e2e.running import TIMEOUT_SECONDS
from .interpreters import UV

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = sorted(PROJECT["optional-dependencies"].keys() - {"dev", "spark"})
RUNTIME, SPARK = ROOT / "requirements-runtime.lock", ROOT / "requirements-spark.lock"
_SETTINGS = ("PYTHON", "PORTFOLIO_", "DAGSTER_", "DBT_", "VIRTUAL_ENV")


def run(command: list[str | Path], folder: Path, code: int = 0, **settings: object) -> str:
    """Run a command in a folder, with no setting but these; what it said on both streams."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def environment(settings: dict[str, object]) -> dict[str, str]:
    """The environment of a command."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    return kept | {name: str(value) for name, value in settings.items()}


def with_uv(python: Path, wheel: Path, extras: Collection[str], lock: Path, folder: Path) -> Path:
    """An environment by `uv pip install`; its folder of programs.

    Links into uv's cache where that is on the same disk: nothing is copied.
    """
    run([UV, "venv", "--quiet", "--python", python, folder / "venv"], folder)
    overrides = folder / "overrides.txt"
    overrides.write_text("dbt-core-experimental-parser ; python_version < '3'\n")
    named = f"{wheel}[{','.join(extras)}]" if extras else str(wheel)
    options = ["--overrides", overrides, "--constraints", lock, "--python", folder / "venv" / "bin" / "python"]
    run([UV, "pip", "install", "--quiet", *options, named], folder)
    return folder / "venv" / "bin"


def with_pip(python: Path, wheel: Path, lock: Path, folder: Path) -> Path:
    """An environment by pip and nothing else; its folder of programs."""
    run([python, "-m", "venv", folder / "venv"], folder)
    pip = [folder / "venv" / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    run([*pip, "--require-hashes", "--requirement", lock], folder)
    run([*pip, wheel], folder)
    return folder / "venv" / "bin"


def with_pipx(pipx: str, python: Path, wheel: Path, lock: Path, folder: Path) -> Path:
    """A program by pipx; its folder of programs."""
    places = {"PIPX_HOME": folder / "pipx", "PIPX_BIN_DIR": folder / "bin", "PIPX_MAN_DIR": folder / "man"}
    (folder / "constraints.txt").write_text(constraints(lock.read_text()))
    placeholder = write_placeholder(date(2026, 11, 26), folder)
    options = ["--preinstall", placeholder, f"--pip-args=--constraint {folder / 'constraints.txt'}"]
    run([pipx, "install", "--python", python, *options, f"{wheel}[{','.join(EXTRAS)}]"], folder, **places)
    return folder / "bin"


def with_uv_tool(python: Path, wheel: Path, extras: Collection[str], lock: Path, folder: Path) -> Path:
    """A program by `uv tool install`; its folder of programs."""
    places = {"UV_TOOL_DIR": folder / "tools", "UV_TOOL_BIN_DIR": folder / "bin"}
    overrides = folder / "overrides.txt"
    overrides.write_text("dbt-core-experimental-parser ; python_version < '3'\n")
    options = ["--python", python, "--overrides", overrides, "--constraints", lock]
    run([UV, "tool", "install", "--quiet", *options, f"{wheel}[{','.join(extras)}]"], folder, **places)
    return folder / "bin"


def this_python() -> Path:
    """The Python that the tests' own environment was made of."""
    return Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
