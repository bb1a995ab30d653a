"""A system's folder to install into, and nothing of this machine's settings."""

import os
from pathlib import Path

import pytest

from pipelines.services.service import Request

PROGRAM = Path("/opt/portfolio/bin/portfolio")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.upper().startswith("PORTFOLIO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/xdg-of-nobody")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "root"


@pytest.fixture
def request_of(root):
    """A request to install below `root`, for a home folder in /srv unless told otherwise."""

    def make(scope="system", **given):
        return Request(scope, root=root, **{"home": Path("/srv/home"), "program": PROGRAM, **given})

    return make
