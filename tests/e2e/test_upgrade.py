"""A home that version 0.1.0 made is taken over: its history is stale, is built once more, and is then up to date."""

import re
import shutil
import tarfile
from datetime import date
from pathlib import Path

import pytest

from ..reference.marts import Marts, reference_build
from .comparing import assert_marts_equal
from .homes import published_days, published_file
from .running import portfolio

ARCHIVE = Path(__file__).parents[1] / "fixtures" / "home-0.1.0.tar.xz"
FIRST, LAST = date(2026, 1, 12), date(2026, 1, 16)
DAYS = f"{FIRST}…{LAST} (5 days)"


def unpack(folder: Path) -> tuple[Path, Path]:
    """The archive's landing folder and home."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder / "landing", folder / "home"


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """The marts by today's rules, from the landing files as they were."""
    landing, _ = unpack(tmp_path_factory.mktemp("expected"))
    return reference_build(landing, FIRST, LAST).marts


def keep_all(landing: Path) -> None:
    """All landing files are still there."""


def lose_some(landing: Path) -> None:
    """Old partitions were cleared away, and one of the newest."""
    for dataset in ("customers", "license_usage"):
        for day in range(1, 13):
            shutil.rmtree(landing / dataset / f"2026-01-{day:02d}")
    shutil.rmtree(landing / "subscriptions" / "2026-01-16")


@pytest.mark.parametrize("lose", [keep_all, lose_some, shutil.rmtree], ids=["landing", "part of it", "no landing"])
def test_history_of_version_1_is_built_once_more(tmp_path: Path, expected: Marts, lose) -> None:
    landing, home = unpack(tmp_path)
    lose(landing)
    folders = ["--landing", landing, "--home", home]
    before = portfolio("status", *folders).stdout
    assert re.search(
        rf"^stale: rules changed: raw contract 1 -> 1.1, metrics 1 -> 2(, \w+)*: {re.escape(DAYS)}$", before, re.M
    ), before
    built = portfolio("materialize", "--stale", *folders)
    assert built.returncode == 0, built.stdout + built.stderr
    assert f"published: {DAYS}" in built.stdout
    assert ("the landing folder is gone" in built.stdout) is not landing.exists()
    assert published_days(home) == {date(2026, 1, day) for day in range(12, 17)}
    assert_marts_equal(published_file(home), expected)
    after = portfolio("status", *folders)
    assert "published days are up to date" in after.stdout.splitlines(), after.stdout
    assert "rules changed" not in after.stdout
