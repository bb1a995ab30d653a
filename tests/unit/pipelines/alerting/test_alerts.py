"""Alerting of runs and data: once a change, recovered, whatever the webhook does, and without its address anywhere."""

import re
import socket
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.alerting import alerts
from pipelines.alerting.alerts import report_data, report_run
from pipelines.settings import load_settings
from planning.records import RefusalRecord
from storage.alerts import AlertLog
from storage.ledger.ledger import Ledger
from tests.records import record
from tests.webhooks import SECRET, WebhookServer

NOW = datetime(2026, 7, 1, 5, tzinfo=UTC)
TODAY = NOW.date()


def ago(days):
    return TODAY - timedelta(days=days)


def later(minutes):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def server():
    with WebhookServer() as entered:
        yield entered


@pytest.fixture
def settings(tmp_path, monkeypatch, server):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(alerts, "SECONDS", 600.0)  # a guard against a hang, no measure of speed
    home = tmp_path / "home"
    home.mkdir()
    return load_settings(home=home, landing=tmp_path / "landing", alert_webhook=server.address)


@pytest.fixture
def ledger(settings):
    """Every feed loaded up to yesterday."""
    with Ledger(settings.home / "ledger.sqlite") as opened:
        for back in (1, 2):
            for dataset in ("customers", "subscriptions", "license_assignments", "license_usage"):
                opened.record_loaded(record(dataset, ago(back), f"{dataset} {back}"))
        yield opened


def lines(server):
    """The lines of each message, and of its title what follows the installation's name."""
    return [[message["title"].rpartition(": ")[2], *message["lines"]] for message in server.received]


def test_a_failed_run_is_told_once_and_its_recovery_once(settings, ledger, server):
    for minute, cause in enumerate(["the disk is full", "the disk is full", "", ""]):
        assert report_run(settings, cause, later(minute)) == ""
    assert lines(server) == [
        ["1 problem", "run failed: the disk is full"],
        ["1 recovered", "recovered: a run succeeded again"],
    ]


def test_the_title_names_the_machine_and_the_home_folder(settings, server):
    report_run(settings, "the disk is full", NOW)
    assert server.received[0]["title"] == f"portfolio {socket.gethostname()}:{settings.home}: 1 problem"


def test_a_tripped_breaker_and_its_repair(settings, ledger, server):
    ledger.record_refused(RefusalRecord("customers", ago(1), "", "", "7.5 % of 40 rows are bad", 40, NOW))
    report_run(settings, "", NOW)
    report_data(settings, later(5))
    ledger.drop_refusal("customers", ago(1))
    report_data(settings, later(10))
    report_run(settings, "", later(15))
    assert lines(server) == [
        ["1 problem", "refused: customers 2026-06-30: 7.5 % of 40 rows are bad; blocks 2026-06-30"],
        ["1 recovered", "recovered: customers 2026-06-30 is no longer refused"],
    ]


def test_feeds_that_stop_are_told_when_they_pass_the_limit_and_when_they_come_back(settings, ledger, server):
    report_data(settings, NOW + timedelta(days=3))  # three days behind: the limit
    assert server.received == []
    report_data(settings, NOW + timedelta(days=4))
    report_data(settings, NOW + timedelta(days=5))
    ledger.record_loaded(record("customers", TODAY + timedelta(days=4), "new"))
    report_data(settings, NOW + timedelta(days=5, hours=1))
    told, back = lines(server)
    assert told[0] == "4 problems"
    assert told[1] == "stale: customers: data as of 2026-06-30, 4 days behind (limit 3)"
    assert back == ["1 recovered", "recovered: customers: fresh again"]


def test_what_a_look_at_the_data_finds_leaves_a_failed_run_standing(settings, ledger, server):
    report_run(settings, "the disk is full", NOW)
    report_data(settings, later(5))
    report_run(settings, "", later(10))
    assert [message[0] for message in lines(server)] == ["1 problem", "1 recovered"]


@pytest.mark.parametrize("status", [404, 429, 500])
def test_what_a_webhook_refuses_waits_and_goes_out_in_order(settings, ledger, server, status):
    server.status = status
    trouble = report_run(settings, "the disk is full", NOW)
    assert trouble == f"alerts: not sent to the webhook: it answered {status}; 1 waiting for the next attempt"
    assert report_run(settings, "", later(1)).endswith("2 waiting for the next attempt")
    server.status = 200
    assert report_data(settings, later(2)) == ""
    assert [message[0] for message in lines(server)] == ["1 problem", "1 recovered"]


@pytest.mark.parametrize("fault", ["silent", "dripping"])
def test_a_webhook_that_hangs_is_left_and_the_message_waits(settings, ledger, server, fault, monkeypatch):
    monkeypatch.setattr(alerts, "SECONDS", 0.3)
    if fault == "silent":
        server.silent.set()
    else:
        server.dripping = True
    assert "1 waiting for the next attempt" in report_run(settings, "the disk is full", NOW)
    with AlertLog(settings.folders.alerts) as log:
        assert log.waiting() == 1


def test_without_a_webhook_nothing_is_looked_at_or_remembered(settings, server):
    silent = load_settings(home=settings.home, landing=settings.landing)
    assert report_run(silent, "the disk is full", NOW) == ""
    assert list(settings.home.iterdir()) == []
    assert server.requests == []


def test_where_nothing_can_be_remembered_a_failed_run_is_told_all_the_same(settings, server):
    (settings.home / "alerts.sqlite").write_text("this is no database, and long enough to be seen as none" * 20)
    assert "alerts.sqlite cannot be used: file is not a database" in report_run(settings, "the disk is full", NOW)
    assert lines(server) == [["1 problem", "run failed: the disk is full"]]


def test_a_ledger_that_cannot_be_read_hides_no_failed_run_and_ends_no_problem(settings, ledger, server):
    ledger.record_refused(RefusalRecord("customers", ago(1), "", "", "no rows", 0, NOW))
    report_run(settings, "", NOW)
    with ledger.transaction() as connection:
        connection.execute("pragma user_version = 999")
    assert "was written by a newer version" in report_run(settings, "it is too new", later(1))
    assert lines(server)[1:] == [["1 problem", "run failed: it is too new"]]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("slack", lambda sent: sent["text"]),
        ("webex", lambda sent: sent["markdown"]),
        ("teams", lambda sent: sent["attachments"][0]["content"]["body"][1]["text"]),
    ],
)
def test_the_kind_of_the_settings_decides_on_the_format(settings, server, kind, found):
    report_run(settings.model_copy(update={"alert_kind": kind}), "the disk is full", NOW)
    assert "run failed: the disk is full" in found(server.received[0])


def test_the_address_is_in_no_text_and_no_file(settings, ledger, server):
    server.status = 500
    texts = [report_run(settings, f"cannot post to {server.address}", NOW), repr(settings), str(settings)]
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    assert any(path.name.startswith("alerts.sqlite") for path in files)
    assert not any(SECRET in text for text in texts)
    assert not any(re.search(SECRET.encode(), path.read_bytes()) for path in files)


def test_many_of_a_kind_are_one_line(settings, server, ledger):
    for back in range(1, 31):
        ledger.record_refused(
            RefusalRecord("customers", ago(back), "", "", f"{back} of 40 rows are bad", 40, datetime.now(UTC))
        )
    assert report_data(settings, NOW) == ""
    ((title, *told),) = lines(server)
    assert title == "30 problems"
    assert len(told) <= 3, told
    assert told[0].startswith(f"refused: customers {ago(30)}: 30 of 40 rows are bad") and "alike)" in told[0]
