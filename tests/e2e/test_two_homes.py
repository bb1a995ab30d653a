"""Two homes under one web server: a backfill in one publishes there, and leaves the other as it was."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import duckdb
import pytest

from .commands import portfolio
from .running import TIMEOUT_SECONDS, serve_command
from .running import portfolio as run_in
from .storages import STORAGES, runs_kept_in

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 3)

# Two code locations, each loaded by web server and daemon: a minute of both cores.
if os.environ.get("PORTFOLIO_SOAK"):

    @pytest.fixture(scope="module", params=STORAGES)
    def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
        """A folder with two homes, north and south, whose runs are in one place."""
        root = tmp_path_factory.mktemp("homes")
        with runs_kept_in(request.param):
            dsn = os.environ.get("PORTFOLIO_DAGSTER_DSN", "")
            for name in ("north", "south"):
                home = root / name
                portfolio("simulate", home / "landing", "--from", "2026-02-25", "--to", str(LAST), "--customers", "5")
                settings = {"NAME": name, "INSTANCE": str(root / "runs"), "DAGSTER_DSN": dsn}
                lines = [f"PORTFOLIO_{key}='{value}'\n" for key, value in settings.items() if value]
                (home / ".env").write_text("".join(lines))
            yield root

    @pytest.fixture(scope="module")
    def address(root: Path) -> Iterator[str]:
        """GraphQL's address, while both are served."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = serve_command("--home", root / "north", "--home", root / "south", "--port", str(port))
        environment = os.environ | {"PORTFOLIO_LANDING": str(root / "nobody's")}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as served:
            assert served.stdout is not None
            said = [served.stdout.readline(), served.stdout.readline()]
            try:
                assert f"http://127.0.0.1:{port} is ready" in said[1], said
                yield f"http://127.0.0.1:{port}/graphql"
            finally:
                served.send_signal(signal.SIGINT)
                rest, _ = served.communicate(timeout=TIMEOUT_SECONDS)
        assert served.returncode == 0, rest

    def test_a_backfill_in_one_home_leaves_the_other_alone(address: str, root: Path) -> None:
        locations = ask(
            address,
            "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus"
            " locationOrLoadError { __typename } } } } }",
        )["workspaceOrError"]["locationEntries"]
        assert {entry["name"]: entry["locationOrLoadError"]["__typename"] for entry in locations} == {
            "north": "RepositoryLocation",
            "south": "RepositoryLocation",
        }
        paths = [
            node["assetKey"]["path"] for node in ask(address, "{ assetNodes { assetKey { path } } }")["assetNodes"]
        ]
        assert {path[0] for path in paths} == {"north", "south"}
        before = sorted(root.joinpath("south").rglob("*"))
        backfill = ask(
            address,
            "mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {"
            " ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }",
            p={
                "assetSelection": [{"path": path} for path in paths if path[0] == "north"],
                "partitionNames": ["2026-03-01", "2026-03-02", "2026-03-03"],
            },
        )["launchPartitionBackfill"]["backfillId"]
        assert ended(address, backfill) == {"status": "COMPLETED_SUCCESS", "days": ["2026-03-01…03"]}
        assert published(root / "north") == [date(2026, 3, day) for day in (1, 2, 3)]
        here = {path for path in root.joinpath("south").rglob("*") if "dbt" not in path.parts}
        assert here <= {*before, root / "south" / "landing"}

        # A command in the other home: its run is in the same list, and the first one's home stays as it is.
        command = ["materialize", "--home", ".", "--from", str(FIRST), "--to", str(FIRST)]
        own = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
        finished = run_in(*command, folder=root / "south", environment=own)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        assert published(root / "south") == [FIRST]
        assert published(root / "north") == [date(2026, 3, day) for day in (1, 2, 3)]
        assert not (root / "south" / "dagster").exists()
        found = ask(address, "{ runsOrError { ... on Runs { results { tags { key value } } } } }")["runsOrError"]
        named = [tag["value"] for run in found["results"] for tag in run["tags"] if tag["key"] == "days"]
        assert sorted(set(named)) == ["2026-03-01", "2026-03-01…03"]


def published(home: Path) -> list[date]:
    """The as-of dates that readers find."""
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb"), read_only=True) as connection:
        return [
            day for (day,) in connection.execute("select as_of_date from marts.portfolio_kpis order by all").fetchall()
        ]


def ask(address: str, query: str, **variables: Any) -> Any:
    """What the web interface answers to a query."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = Request(address, body, {"Content-Type": "application/json"})  # noqa: S310  an http address
    with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT_SECONDS) as response:
        answer = json.load(response)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def ended(address: str, backfill: str) -> dict[str, Any]:
    """How a backfill ended, and the days that its runs name."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        found = ask(
            address,
            "query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {"
            " status runs(limit: 50) { tags { key value } } } } }",
            id=backfill,
        )["partitionBackfillOrError"]
        if found["status"] not in ("REQUESTED", "CANCELING"):
            days = [tag["value"] for run in found["runs"] for tag in run["tags"] if tag["key"] == "days"]
            return {"status": found["status"], "days": days}
        time.sleep(1)
    pytest.fail("the backfill did not end")
