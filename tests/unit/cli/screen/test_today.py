"""Snapshots of the day that is not over: what the commands say of them, and of a day that was built before it was."""

import json
from datetime import UTC, date, datetime

import duckdb
import pytest

from cli.errors import UserError
from cli.materialize import asked_days
from cli.screen.days import parse_day
from storage.ledger.ledger import Ledger

from ..conftest import NEWEST
from ..loading import SNAPSHOTS, land, load, rows

TODAY, YESTERDAY, TOMORROW = date(2026, 3, 10), date(2026, 3, 9), date(2026, 3, 11)
FIRST_DATE = date(2020, 1, 1)
COMMAND = "`portfolio materialize --to today`"
HEADERS = {
    "customers": "partner_id,customer_id,customer_name,country_code,created_on\np,c,Ltd,DE,2026-01-01\n",
    "subscriptions": "partner_id,customer_id,subscription_id,is_trial,status,start_date,end_date,auto_renew\n"
    "p,c,s,false,active,2026-01-01,,true\n",
    "license_assignments": "partner_id,customer_id,subscription_id,product,license_code,license_name,total_licenses,"
    "assigned_licenses\np,c,s,meetings,EE,Enterprise,10,5\n",
}


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    set_clock(monkeypatch, TODAY)


def set_clock(monkeypatch, day):
    monkeypatch.setattr("storage.clock.now", lambda: datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def deliver(landing, day):
    for dataset, text in HEADERS.items():
        folder = landing / dataset / str(day)
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text(text)


def mark(home, day):
    """Have the publication of a home folder say that a day was built before it was over."""
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb")) as connection:
        connection.execute("alter table meta.publication add column provisional_as_of_date date")
        connection.execute("update meta.publication set provisional_as_of_date = ?", [day])


@pytest.mark.parametrize("text", ("today", "Today", "2026-03-10"))
def test_today_is_a_day(text):
    assert parse_day(text, "--to") == TODAY


@pytest.mark.parametrize(
    ("first", "last", "window", "today"),
    [
        (None, None, None, None),
        (None, "today", None, TODAY),
        (None, "2026-03-10", None, TODAY),
        ("today", None, (TODAY, TODAY), None),
        ("today", "today", (TODAY, TODAY), None),
        ("2026-03-01", "today", (date(2026, 3, 1), TODAY), None),
        ("2026-03-01", None, (date(2026, 3, 1), YESTERDAY), None),
        ("2026-03-01", "2026-03-04", (date(2026, 3, 1), date(2026, 3, 4)), None),
    ],
)
def test_the_days_that_are_asked_for(first, last, window, today):
    assert asked_days(first, last, YESTERDAY, FIRST_DATE) == (window, today)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (None, "2026-03-11", "^--to 2026-03-11 is not over yet in UTC; today, 2026-03-10, is the newest"),
        (None, "2019-12-31", "^--to 2019-12-31 is before 2020-01-01"),
        ("2019-12-31", None, "^--from 2019-12-31 is before 2020-01-01"),
        ("2026-03-11", None, "^--from 2026-03-11 is not over yet"),
        ("2026-03-01", "2026-03-11", "--to 2026-03-11 is not over yet"),
        (None, "2026-03-09", "--to needs --from"),
        ("today", "2026-03-09", "swap them"),
        (None, "tomorrow", "write YYYY-MM-DD, or today"),
    ],
)
def test_days_that_can_not_be_asked_for(first, last, said):
    with pytest.raises(UserError, match=said):
        asked_days(first, last, YESTERDAY, FIRST_DATE)


def test_check_names_todays_snapshots_and_what_builds_them(portfolio, tmp_path):
    deliver(tmp_path / "landing", TODAY)
    shown = portfolio("check", tmp_path / "landing", columns=200)
    assert shown.exit_code == 0, shown.output  # usage of a day that is not over is not missing
    words = " ".join(shown.output.split())
    assert "today customers, subscriptions, license_assignments of 2026-03-10 are in landing" in words
    assert COMMAND in words
    told = json.loads(portfolio("check", tmp_path / "landing", "--format", "json").output)
    assert told["provisional_as_of_date"] == "2026-03-10"
    assert told["as_of_days"]["buildable"] == ["2026-03-10"]


def test_check_of_days_that_are_over_says_nothing_of_today(portfolio, tmp_path):
    deliver(tmp_path / "landing", YESTERDAY)
    assert COMMAND not in portfolio("check", tmp_path / "landing", columns=200).output
    told = json.loads(portfolio("check", tmp_path / "landing", "--format", "json").output)
    assert told["provisional_as_of_date"] is None


def test_materialize_says_why_there_is_nothing_to_build(portfolio, tmp_path):
    deliver(tmp_path / "landing", TODAY)
    done = portfolio("materialize", "--landing", tmp_path / "landing", "--home", tmp_path / "home")
    assert done.exit_code == 0
    nothing, today = done.output.splitlines()
    assert nothing == "nothing to build yet"
    assert today.startswith("today: customers, subscriptions, license_assignments of 2026-03-10 are in landing")
    assert COMMAND in today


def test_status_counts_todays_partitions_and_says_what_builds_them(portfolio, tmp_path):
    landing = tmp_path / "landing"
    deliver(landing, TODAY)
    result = portfolio("status", "--home", tmp_path / "home", "--landing", landing)
    assert rows(result)["customers"] == ["2026-03-10", "1", "0", "0", "0", "1", "0"]
    assert rows(result)["license_usage"] == ["-", "0", "0", "0", "0", "0", "0"]
    assert COMMAND in result.output
    assert "no as-of day is over yet" in result.output
    assert "`portfolio materialize` publishes" not in result.output


def test_what_is_not_there_of_today_is_not_missing(portfolio, tmp_path):
    landing, home = tmp_path / "landing", tmp_path / "home"
    with Ledger(home / "ledger.sqlite") as ledger:
        for dataset in SNAPSHOTS:
            load(ledger, landing, dataset, YESTERDAY)
    land(landing, "customers", TODAY)
    result = portfolio("status", "--home", home, "--landing", landing)
    assert rows(result)["customers"] == ["2026-03-09", "2", "1", "0", "0", "1", "0"]
    assert rows(result)["subscriptions"] == ["2026-03-09", "1", "1", "0", "0", "0", "0"]
    assert "missing" not in result.output.casefold().replace("  missing  ", "")
    assert f"today: customers of {TODAY} are in landing" in result.output


def test_show_names_them_where_nothing_is_published(portfolio, tmp_path):
    deliver(tmp_path / "home" / "landing", TODAY)
    result = portfolio("show", "--home", tmp_path / "home")
    assert result.exit_code == 1
    assert "is not over (UTC): `portfolio materialize --to today` builds it" in str(result.exception)


def test_show_and_status_mark_a_provisional_day(portfolio, home, monkeypatch):
    mark(home, NEWEST)
    set_clock(monkeypatch, NEWEST)
    shown = portfolio("show", "kpis", "--home", home, "--partner", "acme").output.splitlines()
    assert shown[:2] == [
        f"Data as of {NEWEST}  partner acme",
        "  provisional: built before the day was over (UTC)",
    ]
    assert shown[-1].startswith(f"provisional: {NEWEST}: it is published, and not over (UTC)")
    assert "provisional: built" not in portfolio("show", "kpis", "--home", home, "--partner", "zen").output
    status = portfolio("status", "--home", home)
    assert rows(status)["provisional"][0] == f"{NEWEST},"
    assert f"stale: it was built before it was over: {NEWEST}" not in status.output


def test_a_provisional_day_that_is_over_is_stale(portfolio, home, monkeypatch):
    mark(home, NEWEST)
    set_clock(monkeypatch, date(2026, 3, 23))
    with Ledger(home / "ledger.sqlite"):
        status = portfolio("status", "--home", home).output
    assert f"provisional: {NEWEST}: it was built before it was over (UTC); `portfolio materialize` builds" in status
