"""Commands in processes that have everything imported: forked from one, a test worker's, that did so once.

Imports are a third of a command's time, half where partitions are checked. What is tested of the process itself
(its start, its imports, signals, variables that Python reads) runs the installed script instead.
"""

import atexit
import contextlib
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

PRELOADED = (
    "pipelines.starting",  # before what it defers
    "cli.check",
    "cli.dbt",
    "cli.export",
    "cli.forget",
    "cli.main",
    "cli.materialize",
    "cli.prune",
    "cli.quarantine",
    "cli.screen.progress",
    "cli.show",
    "cli.status",
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dbt.adapters.duckdb",
    "dbt.cli.main",
    "dbt.task.build",
    "expectations.anomalies",
    "expectations.validation",
    "pandas",
    "pipelines.commands.forget_customers",
    "pipelines.commands.forget_holders",
    "pipelines.commands.materialize",
    "pipelines.commands.retention",
    "pytest",  # the main module of whoever runs the tests, which multiprocessing imports in each process
    "sources.simulator",
    "storage.reading.metric_queries",
)
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC", "TZ")
"""Variables that begin so are read when a process starts: in a fork it would be too late for other values."""


def can_fork(environment: Mapping[str, str]) -> bool:
    """Whether a fork of a process in the tests' environment is the same as a start in this one."""
    names = {name for name in {*environment, *os.environ} if name.startswith(_READ_AT_START)}
    return all(environment.get(name) == os.environ.get(name) for name in names)


def run(
    script: Path, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: int
) -> subprocess.CompletedProcess[str]:
    """Run `portfolio` in a fork, in a folder and an environment, as `subprocess.run` would run the script."""
    command = [str(script), *arguments]
    with tempfile.TemporaryDirectory() as kept:
        out, err = Path(kept) / "out", Path(kept) / "err"
        process = _server().Process(
            target=_command, args=(command, str(folder), dict(environment), _started_with(), out, err)
        )
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(command, timeout, out.read_text(), err.read_text())
        return subprocess.CompletedProcess(command, process.exitcode, out.read_text(), err.read_text())


@cache
def _server() -> ForkServerContext:
    _started_with()
    context = get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


@cache
def _started_with() -> dict[str, str]:
    return dict(os.environ)


def _command(
    command: list[str], folder: str, environment: dict[str, str], started_with: dict[str, str], out: Path, err: Path
) -> None:
    """In the fork: what the script does, with its output in two files."""
    for number, path in ((1, out), (2, err)):
        written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(written, number)
        os.close(written)
    os.chdir(folder)
    set_by_imports = {name: value for name, value in os.environ.items() if started_with.get(name) != value}
    os.environ.clear()
    os.environ.update(environment | set_by_imports)
    logging.root.handlers.clear()  # dbt's import makes one, which here comes before all else
    sys.argv = command
    from cli.entry import main

    with contextlib.ExitStack() as stack:
        stack.callback(atexit._run_exitfuncs)  # multiprocessing ends its processes without
        main()
