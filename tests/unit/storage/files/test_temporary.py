"""Temporary folders: private, gone with their block, and those of killed processes gone with the next."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from storage.files.processes import is_alive, process_name
from storage.files.temporary import sweep, temporary_folder

WAITS = (
    "import sys; from storage.files.temporary import temporary_folder\n"
    "with temporary_folder('check') as folder:\n"
    "    (folder / 'rows').write_text('x'); print(folder, flush=True); sys.stdin.readline()"
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def started(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS],
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, Path(process.stdout.readline().strip())


def test_it_is_private_and_gone_afterwards(folder):
    with temporary_folder("check") as made:
        assert made.parent == folder
        assert made.name.startswith(f"portfolio-check-{process_name()}-")
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_killed_process_left_goes_with_the_next(folder, number):
    process, left = started(folder)
    process.send_signal(number)
    process.wait()
    assert (left / "rows").exists()
    with temporary_folder("workbook") as made:
        assert list(folder.iterdir()) == [made]


def test_what_a_running_process_works_in_stays(folder):
    process, used = started(folder)
    sweep()
    assert (used / "rows").exists()
    process.communicate("go on\n")
    assert not used.exists()


def test_a_process_id_that_was_reused_protects_nothing(folder):
    left = folder / f"portfolio-check-{os.getpid()}-1-abcd"
    left.mkdir()
    sweep()
    assert not left.exists()


def test_nothing_else_is_touched(folder, monkeypatch):
    dead = "portfolio-check-4194304999-1-"
    others = [folder / name for name in ("portfolio-check-abcd", "portfolio-check", "portfolio-x-1", f"x{dead}a")]
    for other in others:
        other.mkdir()
    outside = folder / "outside"
    outside.mkdir()
    (outside / "mine").touch()
    (folder / f"{dead}link").symlink_to(outside)
    sweep()
    assert {path.name for path in folder.iterdir()} == {*(path.name for path in others), "outside", f"{dead}link"}
    assert (outside / "mine").exists()
    of_another = folder / f"{dead}b"
    of_another.mkdir()
    monkeypatch.setattr("storage.files.temporary.geteuid", lambda: os.geteuid() + 1)
    sweep()
    assert of_another.exists()


def test_processes_by_name():
    assert is_alive(process_name())
    assert not is_alive(f"{os.getpid()}-1")
    assert not is_alive("4194304999-1")
    assert not is_alive("nobody")
