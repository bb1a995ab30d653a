"""Published files of the golden portfolio: one by the DuckDB of this environment, one by the locked one."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from ..e2e.built import GOLDEN, golden_home
from ..e2e.running import materialize_arguments

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the newer DuckDB published."""
    return golden_home(tmp_path_factory) / "serving" / "portfolio.duckdb"


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the locked DuckDB published."""
    home = tmp_path_factory.mktemp("locked") / "home"
    arguments = materialize_arguments(GOLDEN, home, date(2024, 5, 30), date(2024, 5, 31))
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "portfolio", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return home / "serving" / "portfolio.duckdb"
