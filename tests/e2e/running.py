"""Run the `portfolio` command as a user would: its own process, from the environment that runs the tests."""

import subprocess
import sys
from datetime import date
from pathlib import Path

TIMEOUT_SECONDS = 600  # a guard against a hang, no measure of speed


def materialize(landing: Path, home: Path, first: date, last: date) -> subprocess.CompletedProcess[str]:
    """Run `portfolio materialize` over a range; never raises for its exit code."""
    portfolio = Path(sys.executable).with_name("portfolio")
    command: list[str | Path] = [
        portfolio,
        "materialize",
        "--landing",
        landing,
        "--home",
        home,
        "--from",
        str(first),
        "--to",
        str(last),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
