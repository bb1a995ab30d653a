"""Drivers of several DuckDB versions read every row of what the locked and the newer DuckDB publish."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from . import reading
from .conftest import ROOT

READERS = ROOT / ".venv-newer" / "readers"
VERSIONS = sorted(folder.name for folder in READERS.glob("*"))


def read_by(python: Path, published: Path, libraries: Path | None = None) -> dict[str, Any]:
    environment = os.environ | ({"PYTHONPATH": str(libraries)} if libraries is not None else {})
    done = subprocess.run(
        [python, reading.__file__, published], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_there_is_a_reader_of_each_version_that_the_page_names() -> None:
    page = (ROOT / "docs" / "newer-engines.md").read_text(encoding="utf-8")
    assert VERSIONS == ["1.2.2", "1.3.2", "1.4.5"]
    assert all(f"| {version} |" in page for version in VERSIONS)


@pytest.mark.parametrize("published", ["locked", "newer"])
@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_driver_reads_every_row(version: str, published: str, request: pytest.FixtureRequest) -> None:
    file = request.getfixturevalue(published)
    found = read_by(Path(sys.executable), file, READERS / version)

    assert found["version"] == version
    assert found["tables"] == read_by(ROOT / ".venv" / "bin" / "python", file)["tables"]
    assert sum(rows for rows, _ in found["tables"].values()) > 100


@pytest.mark.parametrize("published", ["locked", "newer"])
def test_the_newer_driver_and_the_locked_one_read_the_same(published: str, request: pytest.FixtureRequest) -> None:
    file = request.getfixturevalue(published)
    newer = read_by(Path(sys.executable), file)
    locked = read_by(ROOT / ".venv" / "bin" / "python", file)

    assert newer["version"].startswith("2.")
    assert locked["version"].startswith("1.5.")
    assert newer["tables"] == locked["tables"]
