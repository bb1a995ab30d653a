"""A page of another site in the same browser neither changes nor reads anything, of Dagster or of Superset."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from playwright.sync_api import Browser, Page
from tests.e2e.running import serve_command

from bi.tests.conftest import CHROMIUM_ARGUMENTS, GUARD_SECONDS, PASSWORD, Launch
from bi.tests.dashboard import Dashboard
from bi.tests.foreign import FOREIGN_NAME, FRAMED, REBOUND_NAME, SOCKET, attack, foreign_site

MUTATION = 'mutation { setConcurrencyLimit(concurrencyKey: "foreign", limit: 3) }'
AS_JSON = json.dumps({"query": MUTATION, "": "="})  # a JSON with "=" in it, as a form's text/plain sends name=value
LIMITS = "{ instance { concurrencyLimits { concurrencyKey } } }"


@pytest.fixture(scope="module")
def interface(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `portfolio serve` on an empty home folder."""
    home = tmp_path_factory.mktemp("interface")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = serve_command("--home", home, "--port", str(port))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as served:
        assert served.stdout is not None
        lines = [served.stdout.readline(), served.stdout.readline()]
        try:
            assert "is ready" in lines[1], lines
            yield f"http://127.0.0.1:{port}"
        finally:
            served.send_signal(signal.SIGINT)
            served.wait(timeout=GUARD_SECONDS)


@pytest.fixture(scope="module")
def naming_browser(launch: Launch) -> Iterator[Browser]:
    """Chromium for which two foreign names are 127.0.0.1, as an attacker's name server says."""
    rules = f"MAP {FOREIGN_NAME} 127.0.0.1, MAP {REBOUND_NAME} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    arguments = [given for given in CHROMIUM_ARGUMENTS if "resolver" not in given]
    started = launch([*arguments, f"--host-resolver-rules={rules}"])
    yield started
    started.close()


@pytest.fixture
def page(naming_browser: Browser) -> Iterator[Page]:
    context = naming_browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(params=[FOREIGN_NAME, "127.0.0.1"])
def foreign(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a foreign page: of another site, or of another port of this machine."""
    with foreign_site() as port:
        yield f"http://{request.param}:{port}/"


def ask(interface: str, query: str) -> dict[str, Any]:
    """The data of an answer to a program."""
    body, kind = json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    request = Request(f"{interface}/graphql", body, kind)  # noqa: S310  an http address
    with build_opener(ProxyHandler({})).open(request, timeout=GUARD_SECONDS) as answer:
        return dict(json.load(answer)["data"])


def limits(interface: str) -> list[str]:
    """What the mutation would have set."""
    return [limit["concurrencyKey"] for limit in ask(interface, LIMITS)["instance"]["concurrencyLimits"]]


def test_the_mutation_is_one(interface: str) -> None:
    assert ask(interface, MUTATION.replace("foreign", "own")) == {"setConcurrencyLimit": True}
    assert "own" in limits(interface)


def test_a_foreign_page_changes_and_reads_nothing_of_dagster(page: Page, interface: str, foreign: str) -> None:
    page.goto(foreign)
    paths = [f"/graphql?query={quote(MUTATION)}", f"/graphql%0a?query={quote(MUTATION)}", "/graphql", "/server_info"]
    answers = attack(page, interface, paths, AS_JSON)
    assert len(answers) > 20
    assert {answer.status for answer in answers} == {403}
    assert "foreign" not in limits(interface)
    assert page.evaluate(SOCKET, [f"{interface.replace('http', 'ws')}/graphql", "graphql-ws"]) == "refused"


def test_a_foreign_page_may_open_the_interface_but_not_send_a_mutation(
    page: Page, interface: str, foreign: str
) -> None:
    page.goto(foreign)
    with page.expect_navigation() as opened:
        page.evaluate("address => location.assign(address)", f"{interface}/runs")
    assert opened.value is not None
    assert opened.value.status == 200
    page.goto(foreign)
    with page.expect_navigation() as opened:
        page.evaluate("address => location.assign(address)", f"{interface}/graphql?query={quote(MUTATION)}")
    assert opened.value is not None
    assert opened.value.status == 403
    assert "foreign" not in limits(interface)


def test_a_name_that_is_pointed_at_this_machine_reads_nothing(page: Page, interface: str, address: str) -> None:
    for server in (interface, address):
        port = server.rpartition(":")[2]
        for path in ("/", "/server_info", "/graphql", "/health", "/login/"):
            answer = page.goto(f"http://{REBOUND_NAME}:{port}{path}")
            assert answer is not None
            assert answer.status == 403, (server, path)


def test_dagster_s_own_pages_work_and_may_not_be_framed(page: Page, interface: str) -> None:
    failures: list[str] = []
    received: list[str] = []
    page.on("response", lambda answer: failures.append(answer.url) if answer.status >= 400 else None)
    page.on("websocket", lambda opened: opened.on("framereceived", lambda frame: received.append(str(frame))))
    for path in ("/overview", "/asset-groups", "/jobs", "/runs", "/automation"):
        page.goto(interface + path)
        page.wait_for_load_state("networkidle")
    assert failures == []
    assert any("connection_ack" in frame for frame in received)
    assert page.evaluate(FRAMED, "/server_info") is False


def test_a_foreign_page_can_do_nothing_with_a_session_in_superset(page: Page, address: str, foreign: str) -> None:
    Dashboard(page, address).log_in("admin", PASSWORD)
    page.goto(foreign)
    paths = ["/superset/dashboard/portfolio/", "/logout/", "/login/", "/api/v1/chart/data", "/superset/log/", "/health"]
    answers = attack(page, address, paths, "form_data={}")
    assert len(answers) > 20
    assert {answer.status for answer in answers} == {403}
    page.goto(f"{address}/superset/welcome/")
    assert "/login" not in page.url  # still logged in
    assert page.evaluate(FRAMED, "/health") is False
