"""A real Superset on a copy of a demo's publication, and Debian's Chromium to look at it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.memory import keep_files_in_memory
from tests.signals import listen_to_signals

from bi.tests.dashboard import Dashboard

ROOT = Path(__file__).parents[2]
SUPERSET_PYTHON = ROOT / ".venv-bi" / "bin" / "python"
ARTIFACTS = ROOT / "bi" / "artifacts"
DEMO = ARTIFACTS / "demo" / "home"
PASSWORD = "as the tests say"  # noqa: S105
GUARD_SECONDS = 600
"""Against a hang, no measure of speed."""
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
Launch = Callable[[Sequence[str]], Browser]


def pytest_configure() -> None:
    """Before anything is started."""
    listen_to_signals()
    keep_files_in_memory()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that holds only a publication: that of the demo that `make test-bi` makes."""
    published = DEMO / "serving" / "portfolio.duckdb"
    assert published.exists(), f"{published} is missing: run `make test-bi`, which makes the demo first"
    home = tmp_path_factory.mktemp("home")
    (home / "serving").mkdir()
    shutil.copy(published, home / "serving")
    return home


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    """Superset's address while `python -m bi serve` runs; at the end it is stopped as Ctrl-C does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "PORTFOLIO_HOME": str(home),
        "PORTFOLIO_BI_DSN": "",
        "PORTFOLIO_BI_USER": "",
        "PORTFOLIO_BI_PASSWORD": PASSWORD,
        "PORTFOLIO_BI_PORT": str(port),
    }
    ARTIFACTS.mkdir(exist_ok=True)
    log = ARTIFACTS / "superset.log"
    with log.open("w") as output:
        command = [str(SUPERSET_PYTHON), "-m", "bi", "serve"]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + GUARD_SECONDS
        while "is ready" not in log.read_text():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        ended = server.wait(timeout=GUARD_SECONDS)
    assert ended == 0, log.read_text()
    assert log.read_text().rstrip().endswith("stopped")


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Starts headless Chromium with arguments; one Playwright drives all, since a thread can have only one."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: apt install chromium"
    with sync_playwright() as playwright:
        yield lambda arguments: playwright.chromium.launch(executable_path=chromium, args=list(arguments))


@pytest.fixture(scope="session")
def browser(launch: Launch) -> Iterator[Browser]:
    """Headless Chromium that resolves no name but 127.0.0.1."""
    started = launch(CHROMIUM_ARGUMENTS)
    yield started
    started.close()


@pytest.fixture(scope="module")
def dashboard(address: str, browser: Browser) -> Iterator[Dashboard]:
    """The dashboard, logged in and loaded, on a page tall enough to hold it all."""
    page = browser.new_page(viewport={"width": 1600, "height": 4300})
    dashboard = Dashboard(page, address)
    dashboard.log_in("admin", PASSWORD)
    dashboard.open()
    yield dashboard
    page.close()
