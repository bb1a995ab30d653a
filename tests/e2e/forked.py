"""Commands in processes that have everything imported: forked from one, a test worker's, that did so once.

Imports are a third of a command's time, half where partitions are checked. What is tested of the process itself
(its start, its imports, signals, variables that Python reads) runs the installed script instead.
"""

import atexit
import contextlib
import gc
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

from .parsed import make_once

PRELOADED = (
    "mashumaro.mixins.dict",  # before what has methods written late: each fork would write those that dbt calls
    "pipelines.starting",
    "babel.dates",
    "cli.alerts",
    "cli.backup",
    "cli.check",
    "cli.dbt",
    "cli.docs",
    "cli.entry",
    "cli.export",
    "cli.forget",
    "cli.main",
    "cli.materialize",
    "cli.metrics",
    "cli.prune",
    "cli.quarantine",
    "cli.restore",
    "cli.screen.progress",
    "cli.show",
    "cli.simulate",
    "cli.status",
    "cli.upgrade",
    "dagster._core.execution.execute_in_process",
    "dagster._core.executor.in_process",
    "dagster._core.instance.factory",
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.runs.sqlite",
    "dagster._core.storage.schedules.sqlite",
    "dagster._daemon",
    "dbt.adapters.duckdb.environments.local",
    "dbt.cli.main",
    "dbt.task.build",
    "dbt_common.clients.agate_helper",
    "expectations.anomalies",
    "expectations.validation",
    "google.protobuf.descriptor_pb2",
    "great_expectations",
    "great_expectations.expectations.core",
    "metricflow.converters.msi_to_osi",
    "metricflow_semantic_interfaces.transformations.semantic_manifest_transformer",
    "multiprocessing.dummy",
    "pandas",
    "pipelines.commands.backup",
    "pipelines.commands.forget_customers",
    "pipelines.commands.forget_holders",
    "pipelines.commands.materialize",
    "pipelines.commands.restore",
    "pipelines.commands.retention",
    "pipelines.commands.upgrading",
    "pipelines.event_log",
    "pyarrow.dataset",
    "pyarrow.pandas_compat",
    "pytest",  # the main module of whoever runs the tests, which multiprocessing imports in each process
    "sources.simulator",
    "storage.reading.metric_queries",
    "upath.implementations.local",
    "xlsxwriter",
)
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC", "TZ")
"""Variables that begin so are read when a process starts: in a fork it would be too late for other values."""


def can_fork(environment: Mapping[str, str]) -> bool:
    """Whether a fork of a process in the tests' environment is the same as a start in this one."""
    names = {name for name in {*environment, *os.environ} if name.startswith(_READ_AT_START)}
    return all(environment.get(name) == os.environ.get(name) for name in names)


def portfolio() -> None:
    """What the installed script does."""
    from cli.entry import main

    main()


class Forked:
    """A command in a fork, handled as `subprocess.Popen` handles a process."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        program: Callable[[], object] = portfolio,
    ) -> None:
        self.command = list(command)
        self._kept = tempfile.TemporaryDirectory()
        self._written = (Path(self._kept.name) / "out", Path(self._kept.name) / "err")
        for path in self._written:
            path.touch(0o600)
        self._process = _server().Process(
            target=_command,
            args=(self.command, program, str(folder), dict(environment), _started_with(), _parses(), self._written),
        )
        self._process.start()

    @property
    def returncode(self) -> int | None:
        """The exit code, negative where a signal ended it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit code, as far as there is one."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one.

        Raises:
            subprocess.TimeoutExpired: there is none yet.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.command, timeout)
        return self._process.exitcode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """What it wrote to both streams, once it ended."""
        self.wait(timeout)
        out, err = (path.read_text() for path in self._written)
        return out, err

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def send_signal(self, sent: signal.Signals) -> None:
        """Send it a signal."""
        if self._process.pid is not None and self.returncode is None:
            os.kill(self._process.pid, sent)


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    timeout: int,
    program: Callable[[], object] = portfolio,
) -> subprocess.CompletedProcess[str]:
    """Run `portfolio`, or another program, in a fork, a folder and an environment, as `subprocess.run` would."""
    process = Forked(command, folder, environment, program)
    try:
        out, err = process.communicate(timeout)
        return subprocess.CompletedProcess(process.command, process.wait(0), out, err)
    finally:
        process.kill()


@cache
def _server() -> ForkServerContext:
    _started_with()
    context = get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


@cache
def _started_with() -> dict[str, str]:
    return dict(os.environ)


@cache
def _parses() -> Path:
    """The folder of what dbt parsed, as long as this process runs."""
    folder = Path(tempfile.mkdtemp(prefix="portfolio-parsed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _command(
    command: list[str],
    program: Callable[[], object],
    folder: str,
    environment: dict[str, str],
    started_with: dict[str, str],
    parses: Path,
    written: tuple[Path, Path],
) -> None:
    """In the fork: what the script does, with its output in two files."""
    gc.freeze()  # what is imported stays; no collection needs to look at it
    for number, path in enumerate(written, start=1):
        file = os.open(path, os.O_WRONLY | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    set_by_imports = {name: value for name, value in os.environ.items() if started_with.get(name) != value}
    os.environ.clear()
    os.environ.update(environment | set_by_imports)
    logging.root.handlers.clear()  # dbt's import makes one, which here comes before all else
    sys.argv = command
    make_once(parses)
    with contextlib.ExitStack() as stack:
        stack.callback(atexit._run_exitfuncs)  # multiprocessing ends its processes without
        program()
