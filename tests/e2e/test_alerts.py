"""Alerts of the real command: a broken feed, its repair, a failure, each told once; the address is nowhere."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from ..reference.contract import CUSTOMERS
from ..webhooks import SECRET, WebhookServer
from . import forked
from .commands import portfolio, start
from .plain import deliver, write_plain
from .running import TIMEOUT_SECONDS

HANGS = 600.0  # seconds: a guard against a hang, no measure of speed
NEVER_STALE = {"max_feed_age_days": 100_000, "max_publication_age_days": 100_000}


def patient_portfolio() -> None:
    """The command, however long the webhook's answer takes: with its own limit, a busy machine is a slow webhook."""
    from pipelines.alerting import alerts

    alerts.SECONDS = HANGS
    forked.portfolio()


def test_a_broken_feed_a_failure_and_their_ends_are_told_once_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    landing, home = tmp_path / "landing", tmp_path / "home"
    content, first, _ = write_plain(12, landing)
    last = first + timedelta(days=2)
    day = first + timedelta(days=1)
    deliver(landing, CUSTOMERS, day, content[CUSTOMERS.name, day], without="customer_name")
    places = ["--landing", landing, "--home", home]
    arguments = ["materialize", *places, "--from", str(first), "--to", str(last)]
    said = []

    with WebhookServer() as server:
        settings = {**NEVER_STALE, "alert_webhook": server.address}

        def run(code: int) -> list[list[str]]:
            """Run the command; the lines of the messages that it sent."""
            before = len(server.received)
            done = portfolio(*arguments, code=code, program=patient_portfolio, **settings)
            said.extend([done.stdout, done.stderr])
            return [message["lines"] for message in server.received[before:]]

        ((refused,),) = run(code=3)
        assert refused.startswith(f"refused: customers {day}: ")
        assert refused.endswith(f"lacks the required columns customer_name; blocks {day}")
        assert run(code=3) == []

        deliver(landing, CUSTOMERS, day, content[CUSTOMERS.name, day])
        assert run(code=0) == [[f"recovered: customers {day} is no longer refused"]]

        hidden = landing.rename(tmp_path / "elsewhere")
        ((failed,),) = run(code=1)
        assert failed.startswith("run failed: ")
        assert run(code=1) == []
        hidden.rename(landing)

        server.status = 500
        assert run(code=0) == []
        assert "warning: alerts: not sent to the webhook: it answered 500; 1 waiting for the next attempt" in said[-2]
        server.status = 200
        assert run(code=0) == [["recovered: a run succeeded again"]]

        # Two commands that find the same at the same time.
        deliver(landing, CUSTOMERS, day, content[CUSTOMERS.name, day], without="customer_id")
        before = len(server.received)
        both = [start(*arguments, program=patient_portfolio, **settings) for _ in range(2)]
        assert [command.wait(TIMEOUT_SECONDS) for command in both] == [3, 3]
        assert len(server.received) == before + 1

        said.append(portfolio("alerts", "list", "--home", home, **settings).stdout)
        assert f"refused: customers {day}: " in said[-1]
        said.append(portfolio("alerts", "test", "--home", home, program=patient_portfolio, **settings).stdout)
        assert said[-1] == "sent to the json webhook\n"
        assert server.received[-1]["lines"] == ["alerts of this installation arrive here"]

    failed_test = portfolio("alerts", "test", "--home", home, code=1, program=patient_portfolio, **settings)
    assert failed_test.stderr.startswith("error: the test message did not reach the json webhook: it cannot be reached")
    assert SECRET not in "".join(said) + failed_test.stderr + failed_test.stdout
    shutil.rmtree(home / "lake")
    assert not [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
