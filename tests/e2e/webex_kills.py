"""Programs that are killed just before a change of a file: a moment that a clock would hardly ever meet."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from .forked import Forked
from .running import TIMEOUT_SECONDS
from .webex_runs import Runs

_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")
_SAID = re.compile(r"^changes: (\d+)$", re.MULTILINE)


def dying(program: Callable[[], object], folder: str, number: int) -> None:
    """Run a program, and be killed just before its so manieth change of a file below a folder.

    Files of which DuckDB, SQLite and Arrow open and write their own are left out; moving and removing them is not.
    """
    count = 0

    def look(event: str, given: tuple[Any, ...]) -> None:
        nonlocal count
        writes = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (writes or event in _CHANGES) and isinstance(given[0], str | os.PathLike) and folder in os.fspath(given[0]):
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)
    try:
        program()
    finally:
        sys.stderr.write(f"\nchanges: {count}\n")


def run(
    runs: Runs, program: Callable[[], object], command: list[str], number: int = 0
) -> "subprocess.CompletedProcess[str]":
    """Run a program, killed before its so manieth change; not at all for 0."""
    mortal = partial(dying, program, str(runs.home), number)
    process = Forked(command, runs.home.parent, runs.environment(), mortal)
    try:
        out, err = process.communicate(TIMEOUT_SECONDS)
    finally:
        process.kill()
    return subprocess.CompletedProcess(command, process.wait(0), out, err)


def changes_of(done: "subprocess.CompletedProcess[str]") -> int:
    """How many changes a program made that ended by itself."""
    found = _SAID.search(done.stderr)
    assert found is not None, done.stdout + done.stderr
    return int(found[1])


def landing_of(home: Path) -> dict[str, bytes]:
    """Every file of landing, leftovers included."""
    landing = home / "landing"
    return {str(path.relative_to(landing)): path.read_bytes() for path in landing.rglob("*") if path.is_file()}
