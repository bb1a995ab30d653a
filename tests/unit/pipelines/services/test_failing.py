"""The hook of failed units: one alert a failure, none beside what the command told itself, and never silence."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.alerting import alerts
from pipelines.alerting.alerts import report_run
from pipelines.services.failing import cause_of, settings_of_hook, tell_failure
from pipelines.settings import load_settings
from storage.alerts import AlertLog, Condition
from tests.webhooks import WebhookServer

NOW = datetime(2026, 7, 1, 5, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
FAILED = {"MONITOR_SERVICE_RESULT": "exit-code", "MONITOR_EXIT_STATUS": "1"}
CRITICAL = FAILED | {"MONITOR_EXIT_STATUS": "2"}
KILLED = {"MONITOR_SERVICE_RESULT": "oom-kill", "MONITOR_EXIT_STATUS": "KILL"}


@pytest.fixture
def server():
    with WebhookServer() as entered:
        yield entered


@pytest.fixture
def settings(tmp_path, monkeypatch, server):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(alerts, "SECONDS", 600.0)  # a guard against a hang, no measure of speed
    monkeypatch.setenv("PORTFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PORTFOLIO_ALERT_WEBHOOK", server.address)
    (tmp_path / "home").mkdir()
    return load_settings()


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        (FAILED, "u ended with code 1"),
        ({"MONITOR_SERVICE_RESULT": "signal", "MONITOR_EXIT_STATUS": "SEGV"}, "u was killed by SEGV"),
        ({"MONITOR_SERVICE_RESULT": "timeout"}, "u took too long"),
        (KILLED, "u ran out of memory"),
        ({"MONITOR_SERVICE_RESULT": "start-limit-hit"}, "u was started again and again, and failed"),
        ({"MONITOR_SERVICE_RESULT": "of-tomorrow"}, "u failed"),
        ({}, "u failed"),  # systemd before 251
    ],
)
def test_the_cause_is_what_systemd_says(told, cause):
    assert cause_of("u", told) == f"{cause}; journalctl -u u says more"


def lines(server):
    return [line for message in server.received for line in message["lines"]]


@pytest.mark.parametrize(
    ("unit", "told"), [("portfolio-web", FAILED), ("portfolio-nightly", FAILED), ("portfolio-nightly", KILLED)]
)
def test_a_failed_unit_is_told_once_and_is_over_when_a_run_succeeds(settings, server, unit, told):
    assert tell_failure(settings, unit, told, "", NOW) == ""
    assert tell_failure(settings, unit, told, "", LATER) == ""
    assert [line.partition(";")[0] for line in lines(server)] == [
        f"run failed: {cause_of(unit, told).partition(';')[0]}"
    ]
    assert report_run(settings, "", LATER + timedelta(minutes=1)) == ""
    assert lines(server)[-1] == "recovered: a run succeeded again"


def test_a_run_that_told_itself_why_it_failed_is_not_told_again(settings, server):
    report_run(settings, "the disk is full", NOW)
    assert tell_failure(settings, "portfolio-nightly", FAILED, "", LATER) == ""
    assert lines(server) == ["run failed: the disk is full"]
    # One that was killed told nothing, and a web server is no run.
    tell_failure(settings, "portfolio-nightly", KILLED, "", LATER + timedelta(minutes=1))
    tell_failure(settings, "portfolio-web", FAILED, "", LATER + timedelta(minutes=2))
    assert [line.partition(";")[0] for line in lines(server)[1:]] == [
        "run failed: portfolio-nightly ran out of memory",
        "run failed: portfolio-web ended with code 1",
    ]


def test_a_check_that_found_what_is_alerted_of_is_not_told_again(settings, server, monkeypatch):
    held = Condition("partition", "customers 2026-06-30", "held: x", "held: customers 2026-06-30: x", "over")
    monkeypatch.setattr(alerts, "_data_conditions", lambda *_: [held])
    assert tell_failure(settings, "portfolio-check", CRITICAL, "", NOW) == ""
    assert lines(server) == ["held: customers 2026-06-30: x"]
    with AlertLog(settings.folders.alerts) as log:
        assert log.standing_kinds() == {"partition"}


@pytest.mark.parametrize("code", ["2", "3"])
def test_a_check_that_found_what_nobody_is_told_of_is_told(settings, server, code):
    assert tell_failure(settings, "portfolio-check", FAILED | {"MONITOR_EXIT_STATUS": code}, "", NOW) == ""
    assert lines(server) == [
        f"run failed: portfolio-check ended with code {code}; journalctl -u portfolio-check says more"
    ]


def test_a_setting_that_can_not_be_used_is_why(settings, server, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_EXPIRING_DAYS", "many")  # undone after the hook took it out, too
    read, wrong = settings_of_hook()
    assert (read.home, read.alert_webhook) == (settings.home, settings.alert_webhook)
    assert tell_failure(read, "portfolio-nightly", FAILED, wrong, NOW) == ""
    (line,) = lines(server)
    assert "portfolio-nightly ended with code 1" in line
    assert "PORTFOLIO_EXPIRING_DAYS" in line


@pytest.mark.parametrize("unit", ["portfolio-nightly", "portfolio-web"])
@pytest.mark.parametrize("damaged", ["ledger", "alerts"])
def test_a_failure_is_told_where_the_home_folder_s_own_files_can_not_be_read(settings, server, unit, damaged):
    path = getattr(settings.folders, damaged)
    path.write_bytes(b"no database of SQLite " * 100)
    trouble = tell_failure(settings, unit, FAILED, "", NOW)
    assert path.name in trouble and "\n" not in trouble
    assert [line.partition(";")[0] for line in lines(server)] == [f"run failed: {unit} ended with code 1"]


def test_a_failure_waits_behind_what_the_webhook_did_not_take(settings, server):
    server.status = 500
    for unit, at in (("portfolio-web", NOW), ("portfolio-nightly", LATER)):
        assert "not sent to the webhook: it answered 500" in tell_failure(settings, unit, KILLED, "", at)
    server.status = 200
    server.received.clear()
    assert alerts.report_data(settings, LATER) == ""
    assert [line.partition(";")[0] for line in lines(server)] == [
        "run failed: portfolio-web ran out of memory",
        "run failed: portfolio-nightly ran out of memory",
    ]


@pytest.mark.parametrize("name", ["PORTFOLIO_MEMORY_LIMIT", "portfolio_memory_limit", "Portfolio_Memory_Limit"])
def test_a_setting_is_found_however_its_name_is_written(settings, monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PORTFOLIO_HOME")
    monkeypatch.setenv("portfolio_home", str(settings.home))
    monkeypatch.setenv(name, "plenty")
    read, wrong = settings_of_hook()
    assert "PORTFOLIO_MEMORY_LIMIT" in wrong
    assert (read.home, read.alert_webhook) == (settings.home, settings.alert_webhook)


def test_a_webhook_that_does_not_answer_is_said(settings, server):
    server.status = 500
    assert "not sent to the webhook: it answered 500" in tell_failure(settings, "portfolio-web", KILLED, "", NOW)
