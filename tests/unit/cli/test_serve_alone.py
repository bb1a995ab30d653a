"""`portfolio serve` where systemd or a container keeps it: which address, and who is told that it is ready."""

import socket

import pytest

from cli.serve import tell_systemd


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
