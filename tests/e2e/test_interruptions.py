"""Killed, interrupted, out of disk, two at once: what readers see is whole, and the same command finishes the work.

`PORTFOLIO_SOAK=20` also interrupts that many runs at random moments.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from ..reference.marts import WHOLE, reference_build
from ..reference.raw import days
from .built import plain_home
from .comparing import assert_marts_equal
from .forked import Forked
from .homes import assert_published_days_whole, fingerprint, ledger_rows, published_file, run_states
from .moments import MOMENTS, wait_until
from .plain import write_plain
from .running import (
    TIMEOUT_SECONDS,
    assert_one_error_line,
    fork_portfolio,
    materialize,
    materialize_arguments,
    start_materialize,
)
from .small_disk import MEGABYTE, fill
from .storages import LONG_STORAGES, STORAGES

SOAK = int(os.environ.get("PORTFOLIO_SOAK", "0"))


def fork_materialize(landing: Path, home: Path, first: date, last: date) -> Forked:
    """Start `portfolio materialize` over a range in a fork."""
    return fork_portfolio(*materialize_arguments(landing, home, first, last))


# An interrupt may come before Python listens to it; a kill is the same for every process.
STARTED: dict[signal.Signals, Callable[[Path, Path, date, date], subprocess.Popen[str] | Forked]] = {
    signal.SIGKILL: fork_materialize,
    signal.SIGINT: start_materialize,
}


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("storage", LONG_STORAGES, indirect=True)
def test_ended_at_any_stage(
    storage: str, sent: signal.Signals, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, first, last, landing, home = plain_home(tmp_path_factory, 13, tmp_path, built=4)
    expected = reference_build(landing, first, last)
    earlier = first + timedelta(days=3)
    for moment, reached in MOMENTS.items():
        known = set(home.rglob("*"))
        process = STARTED[sent](landing, home, first, last)
        wait_until(reached, process, home, known)
        process.send_signal(sent)
        end(process, sent, moment)
        assert assert_published_days_whole(home, expected.marts) in (
            set(days(first, earlier)),
            set(days(first, last)),  # it came too late: the switch is one rename
        )
    finished = materialize(landing, home, first, last)
    assert finished.returncode == WHOLE, finished.stdout + finished.stderr
    assert_marts_equal(published_file(home), expected.marts)
    assert run_states(home) <= {"SUCCESS", "FAILURE", "CANCELED"}
    assert not list((home / "serving" / "publications").glob(".*"))
    assert not list((home / "lake").rglob("*.writing"))


def end(process: subprocess.Popen[str] | Forked, sent: signal.Signals, moment: str) -> None:
    """Wait for a process that was sent a signal, and hold it to what it then owes the user."""
    said, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    if sent == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL, f"the run ended before it was {moment}\n{said}{errors}"
        return
    assert process.returncode == 130, f"{moment}: {said}{errors}"
    assert errors.startswith("error: interrupted"), f"{moment}: {errors}"
    assert len(errors.splitlines()) == 1, f"{moment}: {errors}"


if SOAK:

    @pytest.mark.parametrize("storage", STORAGES, indirect=True)
    def test_ended_at_random_moments(storage: str, tmp_path: Path) -> None:
        landing, home = tmp_path / "landing", tmp_path / "home"
        _, first, last = write_plain(13, landing)
        expected = reference_build(landing, first, last)
        chance = random.Random(SOAK)
        for _ in range(SOAK):
            process = start_materialize(landing, home, first, last)
            time.sleep(chance.uniform(1.5, 12))
            sent = chance.choice((signal.SIGKILL, signal.SIGINT))
            process.send_signal(sent)
            _, errors = process.communicate(timeout=TIMEOUT_SECONDS)
            assert process.returncode in (0, 130, -sent), errors
            assert "Traceback" not in errors
            # Python's resource tracker, a process of its own, may say two lines when it finds itself alone.
            assert len(errors.splitlines()) <= 1 or sent == signal.SIGKILL, errors
            # Before Python listens to an interrupt, and when it listens no more, at its very end: nothing is said.
            assert not errors or process.returncode != -signal.SIGINT
            if published_file(home).exists():
                assert assert_published_days_whole(home, expected.marts) == set(days(first, last))
        assert materialize(landing, home, first, last).returncode == WHOLE
        assert_marts_equal(published_file(home), expected.marts)
        assert run_states(home) <= {"SUCCESS", "FAILURE", "CANCELED"}


def test_the_disk_fills_up(small_disk: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    _, first, last, landing, home = plain_home(tmp_path_factory, 13, small_disk, built=4)
    expected = reference_build(landing, first, last)
    before = fingerprint(home)
    # A run of this size takes some 12 MB: they end in Dagster's storage, the lake, the warehouse, the publication.
    for free in (MEGABYTE // 4, 2 * MEGABYTE, 8 * MEGABYTE):
        filler = fill(small_disk, free)
        finished = materialize(landing, home, first, last)
        assert finished.returncode == 1, f"{free} bytes free\n{finished.stdout}{finished.stderr}"
        assert_one_error_line(finished, "the disk is full; make room, and run again")
        assert fingerprint(home) == before
        filler.unlink()
    finished = materialize(landing, home, first, last)
    assert finished.returncode == WHOLE, finished.stdout + finished.stderr
    assert_marts_equal(published_file(home), expected.marts)


@pytest.mark.parametrize("storage", STORAGES, indirect=True)
def test_two_commands_at_once_queue(storage: str, tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    _, first, last = write_plain(13, landing)
    middle = first + timedelta(days=5)
    both = [
        fork_materialize(landing, home, first, middle),
        fork_materialize(landing, home, middle - timedelta(days=2), last),
    ]
    for process in both:
        said, errors = process.communicate(timeout=TIMEOUT_SECONDS)
        assert process.returncode == WHOLE, said + errors
    assert_marts_equal(published_file(home), reference_build(landing, first, last).marts)
    assert run_states(home) == {"SUCCESS"}


def test_the_published_file_is_open_elsewhere(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    _, first, last, landing, home = plain_home(tmp_path_factory, 13, tmp_path, built=4)
    with duckdb.connect(str(published_file(home)), read_only=True) as reader:
        query = "select * from marts.license_positions order by all"
        before = reader.execute(query).fetchall()
        assert materialize(landing, home, first, last).returncode == WHOLE
        assert reader.execute(query).fetchall() == before
        read = {day for (day,) in reader.execute("select as_of_date from marts.portfolio_kpis").fetchall()}
        assert read == set(days(first, first + timedelta(days=3)))
    expected = reference_build(landing, first, last).marts
    assert_marts_equal(published_file(home), expected)

    program = "import duckdb, sys; file = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, published_file(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        finished = materialize(landing, home, last, last)
        writer.communicate()
    assert finished.returncode == 1
    assert_one_error_line(finished, "open for writing in another process")
    known = ledger_rows(home)
    assert materialize(landing, home, last, last).returncode == WHOLE
    assert ledger_rows(home) == known
    assert_marts_equal(published_file(home), expected)
