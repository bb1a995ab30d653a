"""A home that version 0.1.0 made is taken over: its history is stale, is built once more, and is then up to date.

`PORTFOLIO_SOAK=20` also kills that many upgrades at random moments.
"""

import os
import random
import re
import shutil
import signal
import tarfile
import time
from datetime import date
from pathlib import Path

import pytest

from storage.files.schemas import version_of
from storage.versions import LEDGER

from ..reference.marts import Marts, reference_build
from .comparing import assert_marts_equal
from .homes import fingerprint, ledger_rows, published_days, published_file
from .moments import MOMENTS, Reached, wait_until
from .running import TIMEOUT_SECONDS, assert_one_error_line, fork_portfolio, portfolio
from .small_disk import MEGABYTE, fill

SOAK = int(os.environ.get("PORTFOLIO_SOAK", "0"))
ARCHIVE = Path(__file__).parents[1] / "fixtures" / "home-0.1.0.tar.xz"
LATE = ARCHIVE.with_name("home-0.1.0-late.tar.xz")
FIRST, LAST = date(2026, 1, 12), date(2026, 1, 16)
DAYS = f"{FIRST}…{LAST} (5 days)"


def unpack(folder: Path, archive: Path = ARCHIVE) -> tuple[Path, Path]:
    """The archive's landing folder and home."""
    with tarfile.open(archive) as packed:
        packed.extraction_filter = getattr(tarfile, "data_filter", None)  # which Debian's Python 3.11.2 lacks
        packed.extractall(folder)  # noqa: S202
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


def facts(folder: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of change of every file."""
    return {
        path: (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".lock", ".sqlite-shm", ".sqlite-wal")
    }


def migrated(home: Path, known: set[Path]) -> bool:
    """The ledger is of this version, and days are not built yet."""
    return version_of(home / "ledger.sqlite") == LEDGER


def end_with(sent: signal.Signals, landing: Path, home: Path, reached: Reached) -> int:
    """Begin an upgrade, and end it at a moment, unless it was done before; its exit code."""
    known = set(home.rglob("*"))
    process = fork_portfolio("upgrade", "--no-backup", "--landing", landing, "--home", home)
    wait_until(reached, process, home, known)
    process.send_signal(sent)
    _, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode in (0, -sent), errors
    return process.returncode


def test_an_upgrade_that_is_killed_and_run_again_equals_a_clean_build(tmp_path: Path) -> None:
    landing, home = unpack(tmp_path, LATE)
    folders = ["--landing", landing, "--home", home]
    before, before_upgrade = facts(home), {date(2026, 1, day) for day in (10, 11, 13)}
    checked = portfolio("upgrade", "--check", *folders)
    assert checked.returncode == 0, checked.stderr
    assert "ledger.sqlite: schema 6 -> 8" in checked.stdout.splitlines()
    # A late delivery counts; and so does the day that 0.1.0 blocked for a bad row, and that is built now.
    said = checked.stdout
    assert "would be built again: 2026-01-10, 2026-01-13 (2 days): license_usage 2026-01-08 changed" in said, said
    assert "would be built again: 2026-01-11…2026-01-12 (2 days): rules changed: raw contract 1 -> 1.1" in said, said
    assert "time: not known, since no build of this home folder was measured" in said
    assert portfolio("status", *folders).returncode == 0
    assert facts(home) == before
    refused = portfolio("upgrade", *folders)
    assert refused.returncode == 2
    assert_one_error_line(refused, "name a folder for one with --backup DIR, or say --no-backup")
    assert facts(home) == before

    for reached in (migrated, MOMENTS["building"]):
        assert end_with(signal.SIGKILL, landing, home, reached) == -signal.SIGKILL
        assert published_days(home) == before_upgrade
    upgraded = portfolio("upgrade", "--backup", tmp_path / "backups", *folders)
    assert upgraded.returncode == 0, upgraded.stdout + upgraded.stderr
    assert f"backed up: {tmp_path / 'backups'}" in upgraded.stdout
    again = portfolio("upgrade", *folders)
    assert again.returncode == 0 and "up to date: nothing here is older than" in again.stdout, again.stdout

    # Days that were never published are the next run's: one was refused by 0.1.0 alone, one is still.
    first, last = date(2026, 1, 10), date(2026, 1, 14)
    expected = reference_build(landing, first, last)
    assert (len(expected.built_days), expected.blocked_days) == (4, [last])
    built = portfolio("materialize", *folders, "--from", "2026-01-12", "--to", "2026-01-14")
    assert built.returncode == expected.exit_code, built.stdout + built.stderr
    assert_marts_equal(published_file(home), expected.marts)


def test_the_disk_fills_up(small_disk: Path, expected: Marts) -> None:
    landing, home = unpack(small_disk)
    folders, before = ["--landing", landing, "--home", home], fingerprint(home)
    known = {row[:2] for row in ledger_rows(home)}

    def upgraded_with(free: int, *backup: str | Path) -> tuple[int, str]:
        """The exit code, and the first word of the error's line, which is where; what is published stands as it was."""
        filler = fill(small_disk, free)
        finished = portfolio("upgrade", *backup, *folders)
        assert portfolio("show", "--home", home).returncode == 0
        filler.unlink()
        assert {row[:2] for row in ledger_rows(home)} >= known
        if finished.returncode == 0:
            return 0, ""
        said = finished.stderr.splitlines()[-1]
        assert finished.returncode == 1 and said.endswith("the disk is full; make room, and run again"), finished
        assert [line for line in finished.stderr.splitlines() if line.startswith("error: ")] == [said]
        assert "Traceback" not in finished.stdout + finished.stderr
        assert fingerprint(home) == before
        assert not list((home / "serving" / "publications").glob(".*"))
        return 1, said.removeprefix("error: ").partition(" ")[0]

    backups = small_disk / "backups"
    code, place = upgraded_with(3 * MEGABYTE // 4, "--backup", backups)
    assert (code, place, list(backups.iterdir())) == (1, str(backups), [])
    assert version_of(home / "ledger.sqlite") == 6

    # Before anything, while the ledger is migrated, dbt's project parsed, days ingested, built and published.
    sizes, places = iter((2**14, 52_000, MEGABYTE, *range(6 * MEGABYTE, 100 * MEGABYTE, 5 * MEGABYTE))), set()
    while code:
        code, place = upgraded_with(next(sizes), "--no-backup")
        places.add(place)
    assert places > {str(home / "dagster"), str(home / "dbt"), "nothing"}, places
    assert_marts_equal(published_file(home), expected)
    assert "up to date" in portfolio("upgrade", *folders).stdout


if SOAK:

    def test_upgrades_killed_at_random(tmp_path: Path) -> None:
        chance = random.Random(SOAK)
        landing, home = unpack(tmp_path)
        for _ in range(SOAK):
            until = time.monotonic() + chance.uniform(0, 12)
            sent = chance.choice((signal.SIGKILL, signal.SIGTERM))
            end_with(sent, landing, home, lambda home, known, until=until: time.monotonic() > until)
            assert published_days(home) == {date(2026, 1, day) for day in range(12, 17)}
        finished = portfolio("upgrade", "--no-backup", "--landing", landing, "--home", home)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        assert_marts_equal(published_file(home), reference_build(landing, FIRST, LAST).marts)
