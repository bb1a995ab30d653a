"""The Pythons of this machine that the wheel is for, wherever they are: on the path, of pyenv, of uv."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from shutil import which

MINORS = ("3.11", "3.12", "3.13")
UV = Path(sys.executable).with_name("uv")


@cache
def interpreter(minor: str) -> Path | None:
    """A Python of a version that runs, and can make environments; None where there is none."""
    return next((path for path in _candidates(minor) if _is(path, minor)), None)


def _candidates(minor: str) -> list[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    named = which(f"python{minor}")
    said = subprocess.run(
        [UV, "python", "list", "--only-installed", "--offline", "--output-format", "json"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    of_uv = [Path(found["path"]) for found in json.loads(said or "[]") if found["version"].startswith(f"{minor}.")]
    of_pyenv = sorted((pyenv / "versions").glob(f"{minor}.*/bin/python{minor}"))
    return [*([Path(sys.base_prefix) / "bin" / f"python{minor}"]), *([Path(named)] if named else []), *of_pyenv, *of_uv]


def _is(path: Path, minor: str) -> bool:
    """Whether it is that Python: a shim of pyenv stands for versions that it does not run."""
    program = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        said = subprocess.run([path, "-c", program], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return said.stdout.strip() == minor
