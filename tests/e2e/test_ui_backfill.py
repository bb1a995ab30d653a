"""A backfill that is started from the web interface runs in the daemon and publishes."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import duckdb
import pytest

from .running import TIMEOUT_SECONDS

PORTFOLIO = Path(sys.executable).with_name("portfolio")
FIRST, LAST = date(2026, 3, 1), date(2026, 4, 9)
DAYS = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]

pytestmark = pytest.mark.skipif(
    not Path(sys.executable).with_name("dagster-webserver").exists(), reason="dagster-webserver is not installed"
)


class Interface:
    """The web interface, asked as the browser asks it."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/graphql"
        self._opener = build_opener(ProxyHandler({}))

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(self._address, body, {"Content-Type": "application/json"})  # noqa: S310  an http address
        with self._opener.open(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    days = ["--from", str(FIRST - timedelta(days=10)), "--to", str(LAST)]
    simulated = [PORTFOLIO, "simulate", tmp_path / "landing", *days, "--customers", "5"]
    subprocess.run(simulated, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
    return tmp_path / "home"


@pytest.fixture
def interface(home: Path, tmp_path: Path) -> Iterator[Interface]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PORTFOLIO, "serve", "--home", home, "--landing", tmp_path / "landing", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as served:
        assert served.stdout is not None
        assert served.stdout.readline().startswith("starting")
        ready = served.stdout.readline()
        try:
            assert f"http://127.0.0.1:{port} is ready" in ready, ready
            again = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
            assert again.returncode == 1
            assert f"error: port {port} is in use" in again.stderr
            yield Interface(port)
        finally:
            served.send_signal(signal.SIGINT)
            rest, _ = served.communicate(timeout=TIMEOUT_SECONDS)
    assert served.returncode == 0, rest
    assert rest.splitlines()[-1] == "stopped"


def test_a_backfill_of_forty_days_publishes_them(interface: Interface, home: Path) -> None:
    nodes = interface.ask("{ assetNodes { assetKey { path } } }")["assetNodes"]
    launched = interface.ask(
        "mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {"
        " __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }",
        p={
            "assetSelection": [{"path": node["assetKey"]["path"]} for node in nodes],
            "partitionNames": [str(day) for day in DAYS],
        },
    )["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    backfill = _ended(interface, launched["backfillId"])
    assert backfill["status"] == "COMPLETED_SUCCESS", backfill
    assert [run["status"] for run in backfill["runs"]] == ["SUCCESS"]  # a run a chunk, not a run a day
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb"), read_only=True) as connection:
        published = connection.execute("select as_of_date from marts.portfolio_kpis order by all").fetchall()
    assert [day for (day,) in published] == DAYS


def _ended(interface: Interface, backfill: str) -> Any:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        found = interface.ask(
            "query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {"
            " status error { message } runs(limit: 50) { status } } } }",
            id=backfill,
        )["partitionBackfillOrError"]
        if found["status"] not in ("REQUESTED", "CANCELING"):
            return found
        time.sleep(2)
    pytest.fail("the backfill did not end")
