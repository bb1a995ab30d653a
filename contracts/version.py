"""The program's version, which pyproject.toml declares."""

import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path

NAME = "partner-portfolio"
"""The distribution's name."""


@cache
def program_version() -> str:
    """The version of the code that runs, as `0.2.0`.

    In a checkout it is what pyproject.toml says now: what was noted when the checkout was installed is older after a
    `git pull`. Elsewhere it is the installed distribution's.
    """
    return declared_version(Path(__file__).resolve().parents[1]) or version(NAME)


def declared_version(folder: Path) -> str | None:
    """The version that a checkout declares; None where the folder is none of ours, as one of installed packages."""
    path = folder / "pyproject.toml"
    if not path.is_file():
        return None
    project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    return str(project["version"]) if project.get("name") == NAME else None
