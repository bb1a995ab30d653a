"""Homes that many tests begin with: built by the real command, once for all workers, and copied for each."""

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from storage.files.locks import exclusive

from .plain import Content, write_plain
from .running import materialize

GOLDEN = Path(__file__).parent.parent / "golden" / "landing"


def golden_home(factory: pytest.TempPathFactory) -> Path:
    """A home folder with the golden portfolio's two days."""

    def build(folder: Path) -> None:
        _materialize(GOLDEN, folder / "home", date(2024, 5, 30), date(2024, 5, 31))

    return _copy(_once(factory, "golden", build) / "home", factory.mktemp("golden") / "home")


def plain_home(
    factory: pytest.TempPathFactory, seed: int, folder: Path, built: int = 10
) -> tuple[Content, date, date, Path, Path]:
    """Copy a plain landing folder, and a home with the first of its ten as-of days, into a folder.

    Returns:
        The rows, the first and the last as-of date, the landing folder and the home.
    """

    def build(once: Path) -> None:
        _, first, _ = write_plain(seed, once / "landing")
        _materialize(once / "landing", once / "home", first, first + timedelta(days=built - 1))

    once = _once(factory, f"plain-{seed}-{built}", build)
    with tempfile.TemporaryDirectory() as rows:
        content, first, last = write_plain(seed, Path(rows))
    landing, home = (_copy(once / name, folder / name) for name in ("landing", "home"))
    return content, first, last, landing, home


def _materialize(landing: Path, home: Path, first: date, last: date) -> None:
    finished = materialize(landing, home, first, last)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def _copy(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to, symlinks=True))


def _once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """A folder that one of the workers builds, and the others wait for."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, done = base / f"once-{name}", base / f"once-{name}.done"
    with exclusive(base / f"once-{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
            done.touch()
    return folder
