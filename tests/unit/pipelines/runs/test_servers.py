"""The web interface's processes: what can be wrong before one is started, and that all of them are stopped."""

import json
import os
import socket
import subprocess
import sys

import pytest

from pipelines.runs import servers
from pipelines.runs.servers import Servers, ServersError, check_port, server_commands, server_environment
from pipelines.settings import load_settings


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", "")  # set back after the test, which sets it
    return load_settings(home=tmp_path / "home", landing=tmp_path / "landing")


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_port_in_use_is_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(ServersError, match=f"^port {number} is in use: stop what listens there, or choose another"):
            check_port(number)


def test_servers_listen_on_this_machine_alone():
    assert "127.0.0.1" in server_commands(3000)["dagster-webserver"]


def test_they_listen_on_another_address_where_one_is_named():
    command = server_commands(3000, "192.0.2.1")["dagster-webserver"]
    assert "192.0.2.1" in command
    assert "127.0.0.1" not in command


def test_an_address_of_another_machine_is_one_line():
    with pytest.raises(
        ServersError, match=r"^192\.0\.2\.1 is no address of this machine; name another one with --bind$"
    ):
        check_port(3000, "192.0.2.1")


@pytest.mark.parametrize("log", ["text", "json"])
def test_one_part_alone_is_started_and_says_where_this_process_does(monkeypatch, settings, port, log, capfd):
    settings = settings.model_copy(update={"log": log})
    ends = [sys.executable, "-c", "print('out of luck'); raise SystemExit(3)"]
    monkeypatch.setattr(servers, "server_commands", lambda *_: {"dagster-webserver": ["none"], "dagster-daemon": ends})
    with (
        pytest.raises(ServersError, match=r"^dagster-daemon ended with code 3; its log is above$"),
        Servers(settings, port, only="daemon") as running,
    ):
        assert list(running._processes) == ["dagster-daemon"]
        running.wait_until_ready()
        running.wait()
    said = capfd.readouterr()
    assert (said.out == "out of luck\n") if log == "text" else (json.loads(said.err)["message"] == "out of luck")
    assert list(settings.folders.server_logs.iterdir()) == []


def test_the_code_location_is_told_the_home_folder(settings, tmp_path):
    environment = server_environment(settings)
    assert environment["PORTFOLIO_HOME"] == str(tmp_path / "home")
    assert environment["PORTFOLIO_LANDING"] == str(tmp_path / "landing")
    assert environment["DAGSTER_DISABLE_TELEMETRY"] == "1"


def test_the_web_server_is_told_the_hosts_of_a_proxy(monkeypatch, settings):
    assert server_environment(settings)["PORTFOLIO_SERVE_HOSTS"] == ""
    monkeypatch.setenv("PORTFOLIO_SERVE_HOSTS", " a.example, b.example:8443")
    assert server_environment(load_settings())["PORTFOLIO_SERVE_HOSTS"] == "a.example,b.example:8443"


def test_the_web_server_stands_behind_the_guard_and_no_other_command_loads_it():
    command = server_commands(3000)["dagster-webserver"]
    assert command[command.index("-m") + 1] == "pipelines.runs.web_server"
    code = (
        "import sys, typer, pipelines.runs.servers; from cli.main import app\n"
        "assert len(dict(typer.main.get_command(app).commands)) > 10  # all are imported\n"
        "sys.exit(any(name in sys.modules for name in sys.argv[1:]))"
    )
    subprocess.run([sys.executable, "-c", code, "uvicorn", "pipelines.runs.web_server"], check=True, timeout=600)


@pytest.mark.parametrize("log", ["text", "json"])
def test_when_one_process_ends_the_other_is_stopped(monkeypatch, settings, port, log):
    settings = settings.model_copy(update={"log": log})
    stubborn = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    ends = "print('out of luck'); raise SystemExit(3)"
    commands = {"dagster-webserver": [sys.executable, "-c", stubborn], "dagster-daemon": [sys.executable, "-c", ends]}
    monkeypatch.setattr(servers, "server_commands", lambda *_: commands)
    monkeypatch.setattr(servers, "_STOP_SECONDS", 1.0)
    with (
        pytest.raises(ServersError, match=r"^dagster-daemon ended with code 3: out of luck"),
        Servers(settings, port) as running,
    ):
        (webserver, _) = running._processes.values()
        running.wait_until_ready()
    with pytest.raises(ProcessLookupError):
        os.kill(webserver.pid, 0)
    said = (settings.folders.server_logs / "dagster-daemon.log").read_text()
    assert (said == "out of luck\n") if log == "text" else (json.loads(said)["message"] == "out of luck")
