"""The web interface: a backfill that it starts runs in the daemon and publishes; pages of other sites are refused."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import duckdb
import pytest

from .commands import portfolio
from .running import TIMEOUT_SECONDS, serve_command
from .storages import LONG_STORAGES, runs_kept_in

FIRST, LAST = date(2026, 3, 1), date(2026, 4, 9)
DAYS = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]

PROXY = "portfolio.example.com"

pytestmark = pytest.mark.skipif(
    not Path(sys.executable).with_name("dagster-webserver").exists(), reason="dagster-webserver is not installed"
)


class Interface:
    """The web interface, asked as the browser asks it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._address = f"http://127.0.0.1:{port}/graphql"
        self._opener = build_opener(ProxyHandler({}))

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(self._address, body, {"Content-Type": "application/json"})  # noqa: S310  an http address
        with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def send(self, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
        """The answer to a request with these headers, by names with underscores, and no others but its length."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"127.0.0.1:{self.port}", "Content_Length": str(len(body)), **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body.encode())
        return connection.getresponse()


@pytest.fixture(scope="module", params=LONG_STORAGES)
def storage(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where Dagster's runs are kept."""
    with runs_kept_in(request.param):
        yield request.param


@pytest.fixture(scope="module")
def home(storage: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp_path = tmp_path_factory.mktemp("served")
    days = ["--from", str(FIRST - timedelta(days=10)), "--to", str(LAST)]
    portfolio("simulate", tmp_path / "landing", *days, "--customers", "5")
    return tmp_path / "home"


@pytest.fixture(scope="module")
def interface(home: Path) -> Iterator[Interface]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--home", home, "--landing", home.with_name("landing"), "--port", str(port)]
    environment = os.environ | {"PORTFOLIO_SERVE_HOSTS": PROXY}
    with subprocess.Popen(
        serve_command(*arguments), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as served:
        assert served.stdout is not None
        assert served.stdout.readline().startswith("starting")
        ready = served.stdout.readline()
        try:
            assert f"http://127.0.0.1:{port} is ready" in ready, ready
            again = portfolio("serve", *arguments, code=1)
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
        time.sleep(1)
    pytest.fail("the backfill did not end")


MUTATION = 'mutation { setConcurrencyLimit(concurrencyKey: "foreign", limit: 3) }'
AS_JSON = json.dumps({"query": MUTATION})
SOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec_WebSocket_Protocol": "graphql-ws",
}
JSON = {"Content_Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("GET", f"/graphql?query={quote(MUTATION)}", "", {}),
        ("GET", f"/graphql%0a?query={quote(MUTATION)}", "", {}),
        ("GET", f"/%67raphql?query={quote(MUTATION)}", "", {"Accept": "text/html"}),
        ("HEAD", f"/graphql?query={quote(MUTATION)}", "", {}),
        ("POST", f"/graphql?query={quote(MUTATION)}", "a=b", {"Content_Type": "application/x-www-form-urlencoded"}),
        ("POST", f"/graphql?query={quote(MUTATION)}", "", {"Content_Type": "text/plain"}),
        ("POST", "/graphql", AS_JSON, {"Content_Type": "text/plain; x=application/json"}),
        ("POST", "/graphql", AS_JSON, {**JSON, "Origin": "http://evil.example"}),
        ("POST", "/graphql", AS_JSON, {**JSON, "Origin": "null"}),
        ("POST", "/graphql", AS_JSON, {**JSON, "Sec_Fetch_Site": "same-site"}),
        ("POST", "/graphql", AS_JSON, {**JSON, "Host": "evil.example"}),
        ("POST", "/report_asset_materialization/raw/customers", "{}", {**JSON, "Origin": "http://127.0.0.1:1"}),
        ("GET", "/", "", {"Host": "evil.example"}),
        ("GET", "/server_info", "", {"Host": f"evil.{PROXY}"}),
        ("GET", "http://evil.example/server_info", "", {}),
        ("GET", "/graphql", "", {**SOCKET, "Origin": "http://evil.example"}),
        ("GET", "/graphql", "", {**SOCKET, "Host": "evil.example"}),
    ],
)
def test_what_another_site_can_send_is_refused(
    interface: Interface, method: str, path: str, body: str, headers: dict[str, str]
) -> None:
    assert interface.send(method, path, body, **headers).status == 403
    assert "foreign" not in limits(interface)


def limits(interface: Interface) -> list[str]:
    """What the mutation sets."""
    found = interface.ask("{ instance { concurrencyLimits { concurrencyKey } } }")["instance"]["concurrencyLimits"]
    return [limit["concurrencyKey"] for limit in found]


def test_own_pages_programs_and_a_named_proxy_are_answered(interface: Interface) -> None:
    query = json.dumps({"query": "{ version }"})
    own = {"Origin": f"http://localhost:{interface.port}", "Host": f"localhost:{interface.port}"}
    proxied = {"Origin": f"https://{PROXY}", "Host": PROXY, "Sec_Fetch_Site": "same-origin"}
    for headers in ({}, own, proxied):
        answer = interface.send("POST", "/graphql", query, **JSON, **headers)
        assert (answer.status, json.load(answer)) == (
            200,
            {"data": {"version": interface.ask("{ version }")["version"]}},
        )
        assert interface.send("GET", "/graphql", **SOCKET, **headers).status == 101
    assert interface.ask(MUTATION.replace("foreign", "own")) == {"setConcurrencyLimit": True}
    assert "own" in limits(interface)
    for path in ("/", "/runs", "/server_info", "/graphql"):
        page = interface.send("GET", path, Accept="text/html")
        assert page.status == 200
        assert page.getheader("X-Frame-Options") == "DENY"
        assert "frame-ancestors 'none'" in str(page.getheader("Content-Security-Policy"))
