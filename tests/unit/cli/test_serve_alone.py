"""`portfolio serve` where systemd or a container keeps it: which address, and who is told that it is ready."""

import socket
import subprocess
import sys

import pytest

from cli.serve import tell_systemd

from ...e2e.running import TIMEOUT_SECONDS

SERVED = """
import signal, sys
signal.signal(signal.SIGHUP, signal.{heard})
from cli.entry import main
from pipelines.runs import servers

class Servers:
    log_folder = "logs"
    def __init__(self, *given): pass
    def __enter__(self): return self
    def __exit__(self, *raised): print("put away")
    def wait_until_ready(self): pass
    def wait(self):
        signal.raise_signal(signal.{sent})
        print("serves on")
        signal.raise_signal(signal.SIGINT)

servers.Servers = Servers
main()
"""


@pytest.mark.parametrize("address", ["localhost", "", "127.0.0.1:3000", "0.0.0"])
def test_an_address_that_is_none_is_wrong_usage(portfolio, address):
    ended = portfolio("serve", "--bind", address)
    assert str(ended.exception) == f"--bind {address}: is no address such as 127.0.0.1 or 0.0.0.0"


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told_where_it_listens(monkeypatch, tmp_path, abstract):
    name = f"\0{tmp_path}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{tmp_path}" if abstract else name)
        tell_systemd("READY=1")
        assert listening.recv(100) == b"READY=1"


def test_nobody_is_told_where_nobody_listens(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert tell_systemd("READY=1") is None


@pytest.mark.parametrize(
    ("heard", "sent", "serves_on"),
    [("SIG_DFL", "SIGTERM", False), ("SIG_DFL", "SIGHUP", False), ("SIG_IGN", "SIGHUP", True)],
)
def test_a_signal_ends_it_tidily_but_for_a_closed_terminal_under_nohup(heard, sent, serves_on, tmp_path):
    listening = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{SERVED}"
    ended = subprocess.run(
        [sys.executable, "-c", listening.format(heard=heard, sent=sent), "serve", "--home", tmp_path / "home"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[2:] == [*(["serves on"] if serves_on else []), "put away", "stopped"]
