"""Moments of a running command at which a test interrupts it, told from what is in its home folder."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .forked import Forked

Reached = Callable[[Path, set[Path]], bool]
"""Given the home folder, and the files that were in it before the command: whether the moment has come."""


def ingesting(home: Path, known: set[Path]) -> bool:
    """Some partitions are in the lake, others are not yet."""
    return len(set((home / "lake").glob("*/*/*.parquet")) - known) > 3


def building(home: Path, known: set[Path]) -> bool:
    """The run's dbt has begun to build models."""
    logs = set((home / "dbt" / "runs").glob("*/dbt.log")) - known
    return any("OK created sql incremental" in log.read_text() for log in logs)


def checking(home: Path, known: set[Path]) -> bool:
    """The run's dbt has built its models; their tests come next."""
    logs = set((home / "dbt" / "runs").glob("*/dbt.log")) - known
    return any("Finished running" in log.read_text() for log in logs)


def publishing(home: Path, known: set[Path]) -> bool:
    """The next publication is being written."""
    return bool(set((home / "serving" / "publications").glob(".*/*")) - known)


MOMENTS: dict[str, Reached] = {
    "ingesting": ingesting,
    "building": building,
    "checking": checking,
    "publishing": publishing,
}


def wait_until(reached: Reached, process: subprocess.Popen[str] | Forked, home: Path, known: set[Path]) -> None:
    """Wait for the moment, or for the end of the process, whichever comes first."""
    while process.poll() is None and not reached(home, known):
        time.sleep(0.002)
