"""`portfolio alerts`, and which ends of a command are a failed run."""

import errno
from datetime import UTC, datetime

import click
import duckdb
import pytest

from cli.alerts import alerting
from cli.errors import UserError
from pipelines.settings import load_settings
from storage.alerts import AlertLog, Condition
from storage.home import Home
from tests.interrupted import hidden_interrupt


def test_list_without_any_alert_says_what_is_missing(portfolio, home):
    result = portfolio("alerts", "list", "--home", home)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "PORTFOLIO_ALERT_WEBHOOK is not set: nothing is looked at for alerts, and nothing sent",
        "no alert was ever sent from here",
    ]


def test_list_shows_what_stands_and_counts_what_waits(portfolio, home, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_ALERT_WEBHOOK", "https://h/x")
    problem = Condition("run", "run", "s", "run failed: the disk is full", "a run succeeded again")
    with AlertLog(Home(home).alerts) as log:
        log.observe(["run"], [problem], datetime(2026, 3, 1, 4, 5, tzinfo=UTC))
    shown = portfolio("alerts", "list", "--home", home).output.splitlines()
    assert shown == [
        "2026-03-01 04:05 UTC  run failed: the disk is full",
        "1 message not sent yet; the next run tries again",
    ]


def test_a_test_without_a_webhook_is_a_users_error(portfolio, home):
    result = portfolio("alerts", "test", "--home", home)
    assert isinstance(result.exception, UserError)
    assert str(result.exception).startswith("PORTFOLIO_ALERT_WEBHOOK is not set")


@pytest.mark.parametrize(
    ("error", "reported"),
    [
        (UserError("none of the days can be built"), ["none of the days can be built"]),
        (
            OSError(errno.ENOSPC, "No space left on device", "/srv/x"),
            ["/srv/x cannot be used: No space left on device"],
        ),
        (duckdb.IOException("IO Error: the file is locked\nby 12"), ["IO Error: the file is locked"]),
        (ValueError("Acme Ltd is no number"), ["ValueError; the command's output says more"]),
        (KeyboardInterrupt(), []),
        (hidden_interrupt(), []),
        (click.exceptions.Exit(3), []),
        (None, [""]),
    ],
)
def test_what_is_reported_of_the_end_of_a_command(monkeypatch, tmp_path, error, reported):
    monkeypatch.chdir(tmp_path)
    settings = load_settings(home=tmp_path, alert_webhook="https://h/x")
    causes = []
    monkeypatch.setattr("pipelines.alerting.alerts.report_run", lambda _, cause, at: causes.append(cause) or "")
    if error is None:
        with alerting(settings):
            pass
    else:
        with pytest.raises(type(error.__cause__ or error)), alerting(settings):
            raise error
    assert causes == reported
