"""Dagster's web server and daemon as child processes, for one home or several: both, or one where systemd has each."""

import errno
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Literal, Self
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from pipelines.json_logs import copy_as_json, message_in, say_as_json
from pipelines.own_settings import own_environment
from pipelines.private_home import keep_private
from pipelines.runs.homes import write_workspace
from pipelines.runs.instance import dagster_file, prepare_instance
from pipelines.settings import Settings

HOST = "127.0.0.1"
PARTS = {"web": "dagster-webserver", "daemon": "dagster-daemon"}
"""The processes by what `portfolio serve --only` calls them."""
_READY_SECONDS = 180.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 0.5
_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  what listens there answers on 127.0.0.1 as well


class ServersError(Exception):
    """The servers can't start, or one of them ended: one line, with where its log is."""


class Servers:
    """Web server and daemon, or one of them; entering starts them, leaving stops them and what they started.

    Two have logs of their own, in `log_folder`; one alone says what it has to say where this process does.
    """

    def __init__(
        self,
        settings: Settings,
        port: int,
        only: Literal["web", "daemon"] | None = None,
        bind: str = HOST,
        homes: Sequence[Settings] = (),
    ) -> None:
        """Servers of one home folder, or of several that share an instance.

        Args:
            settings: of the one, or of the command where there are several.
            homes: of the several.
        """
        self._hosts = settings.serve_hosts or ()
        self._settings = homes[0] if homes else settings
        self._homes = homes
        self._port = port
        self._only = only
        self._bind = bind
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, Thread] = {}
        self.log_folder = self._settings.instance_folder.logs

    def __enter__(self) -> Self:
        shared = [self._settings.instance_folder.workspace] if self._homes else []
        commands = server_commands(self._port, self._bind, *shared)
        if self._only is not None:
            commands = {name: commands[name] for name in [PARTS[self._only]]}
        if PARTS["web"] in commands:
            check_port(self._port, self._bind)
        # Asked for before the instance is made, so that a home folder that can't be written fails here, in one line.
        try:
            for settings in self._homes or [self._settings]:
                keep_private(settings)
            self.log_folder.mkdir(parents=True, exist_ok=True)
            dsn = self._settings.dagster_dsn
            instance = prepare_instance(self._settings.folders, dsn, self._settings.instance)
            if dsn is None:
                _make_storage(instance)
            if self._homes:
                write_workspace(self._homes)
        except OSError as error:
            raise ServersError(f"{self._settings.home} cannot be used as home folder: {error.strerror}") from error
        environment, folder = server_environment(self._settings), None
        if self._homes:  # each process finds the settings of its home there; the servers, those of the first
            environment, folder = homes_environment(self._settings, self._hosts), self._settings.home
        try:
            for name, command in commands.items():
                log = None if self._only else self.log_folder / f"{name}.log"
                if self._settings.log == "json":
                    self._processes[name], self._logs[name] = _start_logging_json(
                        command, environment, folder, log, name
                    )
                else:
                    self._processes[name] = _start(command, environment, folder, log)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def wait_until_ready(self) -> None:
        """Return when the web server answers; of the daemon alone, at once.

        Raises:
            ServersError: a process ended, or none answered in time.
        """
        host = HOST if self._bind in _ANY_ADDRESS else self._bind
        address = f"[{host}]:{self._port}" if ":" in host else f"{host}:{self._port}"
        deadline = time.monotonic() + _READY_SECONDS
        while self._only != "daemon" and not _answers(f"http://{address}/server_info"):
            self._check_alive()
            if time.monotonic() > deadline:
                log = self._log_of(PARTS["web"])
                raise ServersError(f"the web server does not answer on {address}; its log is {log}")
            time.sleep(_LOOK_SECONDS)

    def wait(self) -> None:
        """Wait for a process to end, which raises `ServersError`, or for an interrupt."""
        while True:
            self._check_alive()
            time.sleep(_LOOK_SECONDS)

    def _check_alive(self) -> None:
        for name, process in self._processes.items():
            if (code := process.poll()) is not None:
                if name in self._logs:
                    self._logs[name].join(_LOOK_SECONDS)  # what it said last is on its way
                log = self.log_folder / f"{name}.log"
                if self._only:
                    raise ServersError(f"{name} ended with code {code}; its log is above")
                raise ServersError(f"{name} ended with code {code}: {_last_line(log)} (log: {log})")

    def _log_of(self, name: str) -> str:
        return "above" if self._only else str(self.log_folder / f"{name}.log")

    def _stop(self) -> None:
        for process in self._processes.values():
            _signal(process, signal.SIGINT, os.kill)  # Dagster then ends its code servers and leaves
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL, os.killpg)
                process.wait()


def _start(
    command: list[str], environment: Mapping[str, str], folder: Path | None, log: Path | None
) -> subprocess.Popen[bytes]:
    with log.open("wb") if log is not None else nullcontext() as file:
        # Groups of their own: a Ctrl-C in the terminal reaches them once, from `_stop`.
        return subprocess.Popen(  # noqa: S603
            command,
            env=environment,
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT if file else None,
            process_group=0,
        )


def _start_logging_json(
    command: list[str], environment: Mapping[str, str], folder: Path | None, log: Path | None, name: str
) -> tuple[subprocess.Popen[bytes], Thread]:
    """The same, but every line that it or a process of its own writes, in whatever form, is JSON in the log."""
    process = subprocess.Popen(  # noqa: S603
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0
    )
    assert process.stdout is not None  # noqa: S101  a pipe was asked for
    copy, place = (copy_as_json, (log, name)) if log is not None else (say_as_json, (name,))
    thread = Thread(target=copy, args=(process.stdout, *place), daemon=True)
    thread.start()
    return process, thread


def _make_storage(instance: Path) -> None:
    """Make the instance's tables where there are none: two servers that make them at once get in each other's way."""
    if (instance / "schedules" / "schedules.db").exists():
        return
    from pipelines.runs.running import open_instance

    with open_instance():
        return


def server_commands(port: int, bind: str = HOST, workspace_file: Path | None = None) -> Mapping[str, list[str]]:
    """The commands to run, by name.

    Args:
        workspace_file: of several homes; None for the one that the environment names.

    Raises:
        ServersError: the web server is not installed.
    """
    folder, workspace = Path(sys.executable).parent, str(workspace_file or dagster_file("workspace.yaml"))
    if importlib.util.find_spec("dagster_webserver") is None:
        raise ServersError(
            "the web server is not installed: run `make setup`, or install partner-portfolio[ui] from its wheel"
        )
    return {
        # Without the current folder among the modules' folders (-P): it may hold a `pipelines` of its own.
        "dagster-webserver": [sys.executable, "-P", "-m", "pipelines.runs.web_server", bind, str(port), workspace],
        "dagster-daemon": [str(folder / "dagster-daemon"), "run", "--workspace", workspace],
    }


def server_environment(settings: Settings) -> dict[str, str]:
    """The environment in which the web server and the code location find their settings, and nothing phones home."""
    return os.environ | {
        "PORTFOLIO_HOME": str(settings.home),
        "PORTFOLIO_LANDING": str(settings.landing_folder),
        "PORTFOLIO_SERVE_HOSTS": ",".join(settings.serve_hosts or ()),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }


def homes_environment(first: Settings, hosts: Sequence[str]) -> dict[str, str]:
    """The same for servers over several homes, whose settings are in their folders alone."""
    return own_environment(first.home) | {
        "PORTFOLIO_SERVE_HOSTS": ",".join(hosts),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }


def check_port(port: int, bind: str = HOST) -> None:
    """Raise `ServersError` when the port can't be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the web server does: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise ServersError(f"{bind} is no address of this machine; name another one with --bind") from error
            reason = "is in use" if "in use" in str(error) else f"cannot be used ({error.strerror})"
            raise ServersError(
                f"port {port} {reason}: stop what listens there, or choose another with --port"
            ) from error


def _answers(address: str) -> bool:
    opener = build_opener(ProxyHandler({}))  # this machine, whatever proxy the environment names
    try:
        with opener.open(address, timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def _signal(process: subprocess.Popen[bytes], number: signal.Signals, send: Callable[[int, int], None]) -> None:
    if process.poll() is None:
        try:
            send(process.pid, number)
        except ProcessLookupError:
            return  # it ended just now


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return message_in(lines[-1]) if lines else "it said nothing"
