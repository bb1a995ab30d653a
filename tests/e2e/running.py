"""Run the `portfolio` command as a user would: its own process, from the environment that runs the tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from . import forked

PORTFOLIO = Path(sys.executable).with_name("portfolio")
TIMEOUT_SECONDS = 3600  # a guard against a hang, no measure of speed


def materialize(landing: Path, home: Path, first: date, last: date) -> subprocess.CompletedProcess[str]:
    """Run `portfolio materialize` over a range; never raises for its exit code."""
    return portfolio(*materialize_arguments(landing, home, first, last))


def portfolio(
    *arguments: str | Path, folder: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `portfolio` with arguments, in a folder and an environment where given; never raises for its exit code."""
    environment = dict(os.environ) if environment is None else environment
    if forked.can_fork(environment):
        command = [str(PORTFOLIO), *map(str, arguments)]
        return forked.run(command, folder or Path.cwd(), environment, TIMEOUT_SECONDS)
    return subprocess.run(
        [PORTFOLIO, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def run_program(
    program: Callable[[], object], *arguments: str | Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a function of a module, which finds the arguments in `sys.argv`, where `portfolio` would be run."""
    command = [str(PORTFOLIO), *map(str, arguments)]
    return forked.run(command, Path.cwd(), dict(environment or os.environ), TIMEOUT_SECONDS, program)


def fork_portfolio(
    *arguments: str | Path,
    environment: dict[str, str] | None = None,
    program: Callable[[], object] = forked.portfolio,
) -> forked.Forked:
    """Start `portfolio` in a fork: its start and what Python makes of an interrupt are not what is looked at."""
    return forked.Forked([str(PORTFOLIO), *map(str, arguments)], Path.cwd(), dict(environment or os.environ), program)


def start_materialize(landing: Path, home: Path, first: date, last: date) -> subprocess.Popen[str]:
    """Start `portfolio materialize` over a range."""
    return start_portfolio(*materialize_arguments(landing, home, first, last))


def start_portfolio(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start `portfolio`, as a terminal would: listening to Ctrl-C, also where the tests don't."""
    return subprocess.Popen(
        [PORTFOLIO, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def serve_command(*arguments: str | Path) -> list[str | Path]:
    """A command line of `portfolio serve` that gives its servers as long as they take: no start is what is measured."""
    program = f"""if True:
        import pipelines.starting
        from cli.entry import main
        from pipelines.runs import servers
        servers._READY_SECONDS = {TIMEOUT_SECONDS}
        main()
    """
    return [sys.executable, "-c", program, "serve", *arguments]


def materialize_arguments(landing: Path, home: Path, first: date, last: date) -> list[str | Path]:
    """The arguments of `portfolio` that materialise a range."""
    return ["materialize", "--landing", landing, "--home", home, "--from", str(first), "--to", str(last)]


def assert_one_error_line(finished: subprocess.CompletedProcess[str], *parts: str) -> None:
    """Hold standard error to a single line that begins with `error: ` and has the parts in it."""
    assert finished.stderr.startswith("error: "), finished.stderr
    assert len(finished.stderr.splitlines()) == 1, finished.stderr
    assert "Traceback" not in finished.stdout
    for part in parts:
        assert part in finished.stderr, finished.stderr
