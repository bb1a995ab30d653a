"""Every command of the installed wheel, from a folder that is no checkout, in each Python that this machine has.

What the commands do is tested elsewhere; here each of them finds what it needs, and ends as it should.
"""

import signal
import socket
import subprocess
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import duckdb
import psycopg
import pytest

from cli.subcommands import _WHERE as SUBCOMMANDS
from contracts.version import program_version

from ..e2e.running import TIMEOUT_SECONDS
from ..webhooks import WebhookServer
from .conftest import BUILT
from .environments import environment, run

HOME = ("--home", "home")
BOTH = (*HOME, "--landing", "landing")
COMMANDS = {
    "check": (["check", "landing"], "customers"),
    "show": (["show", *HOME], "2026-03-12"),
    "status": (["status", *BOTH], program_version()),
    "status as a plugin": (["status", "--format", "prometheus", *BOTH], "portfolio_looked_at_seconds"),
    "export": (["export", "kpis", *HOME, "--output", "kpis.xlsx"], "kpis.xlsx"),
    "metrics": (["metrics", "total_customers", *HOME], "total_customers"),
    "quarantine": (["quarantine", *HOME], "nothing is in quarantine"),
    "docs": (["docs", *HOME], "Data Docs: "),
    "dbt": (["dbt", *HOME, "ls", "--resource-type", "unit_test"], "partner_portfolio"),
    "prune": (["prune", *HOME], "nothing to prune"),
    "backup": (["backup", "saved", "--key-file", "key", *HOME], "backed up: "),
    "restore": (["restore", "saved", "--key-file", "key", "--home", "restored"], "restored"),
    "map": (["map", "init", "landing/customers/2026-03-12/customers.csv", "--output", "mapping.yaml"], ""),
    "upgrade": (["upgrade", "--check", *HOME], ""),
    "service": (["service", "install", "--user", "--home", "/srv/webex", "--dry-run"], "ExecStart="),
    "digest": (["digest", *HOME], "Data as of 12 Mar 2026"),
    "alerts": (["alerts", "list", *HOME], "no alert was ever sent"),
}
"""Arguments, and what is said, of the commands that need nothing but the folder."""
OF_THEIR_OWN = {"simulate", "materialize", "pack", "publish", "postgres", "forget", "serve", "webex"}


def test_there_are_no_other_commands() -> None:
    assert {name.partition(" ")[0] for name in COMMANDS} | OF_THEIR_OWN == set(SUBCOMMANDS)


def test_it_says_its_version_and_is_the_python_that_was_asked_for(programs: Path, python: Path, tmp_path: Path) -> None:
    assert run([programs / "portfolio", "--version"], tmp_path) == f"portfolio {program_version()}\n"
    version = [python, "-c", "import sys; print(sys.version)"]
    assert run([programs / "python", *version[1:]], tmp_path) == run(version, tmp_path)


def test_it_published_what_the_days_hold(folder: Path) -> None:
    with duckdb.connect(str(folder / "home" / "serving" / "portfolio.duckdb"), read_only=True) as connection:
        days = connection.execute("select distinct as_of_date::varchar from marts.portfolio_kpis order by 1").fetchall()
        says = connection.execute("select git_revision, program_version from meta.publication").fetchall()
    assert [day for (day,) in days] == ["2026-03-11", "2026-03-12"]
    assert says == [(None, program_version())]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_finds_what_it_needs(programs: Path, folder: Path, name: str) -> None:
    arguments, said = COMMANDS[name]
    assert said in run([programs / "portfolio", *arguments], folder)


def test_a_pack_is_a_pdf(programs: Path, folder: Path) -> None:
    with duckdb.connect(str(folder / "home" / "serving" / "portfolio.duckdb"), read_only=True) as connection:
        ((customer,),) = connection.execute("select min(customer_id) from marts_latest.license_positions").fetchall()
    run([programs / "portfolio", "pack", customer, *HOME, "--output", "pack.pdf"], folder)
    assert (folder / "pack.pdf").read_bytes().startswith(b"%PDF-")


def test_an_alert_is_sent(programs: Path, folder: Path) -> None:
    with WebhookServer() as hook:
        settings = {"PORTFOLIO_ALERT_WEBHOOK": hook.address, "PORTFOLIO_ALERT_FORMAT": "json"}
        run([programs / "portfolio", "alerts", "test", *HOME], folder, **settings)
        assert len(hook.received) == 1


def test_it_publishes_to_postgresql_and_binds_a_role(programs: Path, folder: Path, database: str) -> None:
    settings = {"PORTFOLIO_POSTGRES_DSN": database}
    run([programs / "portfolio", "publish", "postgres", *HOME], folder, **settings)
    assert "no role" in run([programs / "portfolio", "postgres", "list"], folder, **settings)
    with psycopg.connect(database) as connection:
        assert connection.execute("select program_version from meta.publication").fetchall() == [(program_version(),)]


def test_the_simulated_webex_is_a_source(programs: Path, tmp_path: Path) -> None:
    asked = ["--days", "1", "--contract", tmp_path / "contract.csv", "--"]
    build = [programs / "portfolio", "materialize", "--home", "home"]
    run([programs / "python", "-P", "-m", "sources.simulator.webex", *asked, *build], tmp_path)
    assert (tmp_path / "home" / "serving" / "portfolio.duckdb").exists()
    assert run([programs / "portfolio", "webex", "report", *HOME], tmp_path)


def test_metricflow_answers(programs: Path, tmp_path: Path) -> None:
    assert "mf" in run([programs / "mf", "--help"], tmp_path)


def test_an_erasure(programs: Path, folder: Path, tmp_path: Path) -> None:
    said = run([programs / "portfolio", "forget", "--user", "nobody", "--home", folder / "home"], tmp_path, code=1)
    assert said.startswith("error: ")


def test_it_serves(programs: Path, folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [programs / "portfolio", "serve", *BOTH, "--port", str(port)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=folder, env=environment({}), **streams) as served:
        assert served.stdout is not None
        try:
            assert served.stdout.readline().startswith("starting")
            assert f"http://127.0.0.1:{port} is ready" in served.stdout.readline()
            with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/server_info") as answer:
                assert b"dagster_webserver_version" in answer.read()
        finally:
            served.send_signal(signal.SIGINT)
            rest, _ = served.communicate(timeout=TIMEOUT_SECONDS)
    assert (served.returncode, rest.splitlines()[-1]) == (0, "stopped"), rest


def test_built_again_it_has_nothing_to_do(programs: Path, folder: Path) -> None:
    run([programs / "portfolio", "materialize", *BOTH, *BUILT], folder)
    assert "up to date" in run([programs / "portfolio", "status", *BOTH], folder)
