"""`portfolio status`: states of partitions and as-of days that were set up by hand."""

import json
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from cli.status import age
from planning.records import RefusalRecord
from storage.ledger.ledger import Ledger

from .loading import SNAPSHOTS, land, load, rows

YESTERDAY = date(2026, 4, 23)  # a month after the newest day that the publication holds


@pytest.fixture(autouse=True)
def _yesterday(monkeypatch):
    monkeypatch.setattr("storage.clock.last_complete_day", lambda: YESTERDAY)


def ago(days: int) -> date:
    return YESTERDAY - timedelta(days=days)


def refuse(ledger, landing, dataset, day):
    ledger.record_refused(
        RefusalRecord(dataset, day, land(landing, dataset, day), "h", "a.csv: is no CSV", 0, datetime.now(UTC))
    )


@pytest.fixture
def mixed(home, tmp_path):
    """Snapshots of the last six days but one; newest usage refused; one partition new, one touched, one missing."""
    landing = tmp_path / "landing"
    with Ledger(home / "ledger.sqlite") as ledger:
        for dataset in SNAPSHOTS:
            for day in (5, 4, 2, 1):
                load(ledger, landing, dataset, ago(day), quarantined=int(dataset == "customers" and day == 1))
        land(landing, "customers", ago(0))
        load(ledger, landing, "license_usage", ago(1))
        refuse(ledger, landing, "license_usage", ago(0))
    late = landing / "subscriptions" / str(ago(2)) / "late.csv"
    late.write_text("partner_id\n")
    return landing


def test_counts_each_state_from_the_first_partition_to_yesterday(portfolio, home, mixed):
    shown = rows(portfolio("status", "--home", home, "--landing", mixed))
    first = str(ago(5))
    # first day, days, loaded, missing, refused, new, touched
    assert shown["customers"] == [first, "6", "4", "1", "0", "1", "0"]
    assert shown["subscriptions"] == [first, "6", "4", "2", "0", "0", "1"]
    assert shown["license_assignments"] == [first, "6", "4", "2", "0", "0", "0"]
    assert shown["license_usage"] == [str(ago(1)), "2", "1", "0", "1", "0", "0"]


def test_what_many_partitions_and_days_have_in_common_is_a_line(portfolio, home, tmp_path):
    landing = tmp_path / "landing"
    with Ledger(home / "ledger.sqlite") as ledger:
        for day in range(400):
            for dataset in SNAPSHOTS:
                load(ledger, landing, dataset, ago(day))
            refuse(ledger, landing, "customers", ago(day))
    shown = portfolio("status", "--home", home, "--landing", landing).output.splitlines()
    days = f"{ago(399)}…{ago(0)}"
    assert f"refused: customers {days} (400 days): a.csv: is no CSV" in shown
    never = f"{ago(399)}…2026-02-28, 2026-03-23…{ago(0)}"  # the days between are published
    assert [line for line in shown if line.startswith("blocked: ")] == [
        f"blocked: customers {never} was refused: {never} (378 days)",
        (
            "blocked: customers 2026-03-01…2026-03-22 was refused; the rows published before stay until the next run: "
            "2026-03-01…2026-03-22 (22 days)"
        ),
    ]
    assert len(shown) < 60


def test_names_the_days_and_their_causes(portfolio, home, mixed):
    shown = portfolio("status", "--home", home, "--landing", mixed).output.splitlines()
    assert f"missing: customers: {ago(3)} (1 day)" in shown
    assert f"missing: subscriptions: {ago(3)}, {ago(0)} (2 days)" in shown
    assert f"new, not ingested yet: customers: {ago(0)} (1 day)" in shown
    assert f"landing files touched since they were read: subscriptions: {ago(2)} (1 day)" in shown
    assert f"refused: license_usage {ago(0)}: a.csv: is no CSV" in shown
    assert f"blocked: license_usage {ago(0)} was refused: {ago(0)} (1 day)" in shown
    assert f"not built yet: {ago(5)}…{ago(1)} (5 days)" in shown
    assert any(line.startswith("quarantined") and "1" in line for line in shown)


def test_names_the_versions_of_both_contracts(portfolio, home, mixed):
    with duckdb.connect(str(home / "serving" / "portfolio.duckdb")) as connection:
        connection.execute("alter table meta.publication add column raw_contract_version text default '1.3'")
    shown = rows(portfolio("status", "--home", home, "--landing", mixed))
    assert shown["contract"] == ["version", "1"]
    assert shown["raw"] == ["contract", "version", "1.3"]


@pytest.mark.parametrize("version, told", [("0.2.0", "0.2.0"), (None, "-")])
def test_names_the_version_that_published(portfolio, home, mixed, version, told):
    if version is not None:
        with duckdb.connect(str(home / "serving" / "portfolio.duckdb")) as connection:
            connection.execute(f"alter table meta.publication add column program_version text default '{version}'")
    assert rows(portfolio("status", "--home", home, "--landing", mixed))["version"] == [told]
    status = json.loads(portfolio("status", "--format", "json", "--home", home, "--landing", mixed).output)
    assert status["publication"]["program_version"] == version


def test_describes_the_publication_and_its_marts(portfolio, home, mixed):
    shown = rows(portfolio("status", "--home", home, "--landing", mixed))
    assert shown["publication"] == ["pub-1"]
    assert shown["published"][:3] == ["2026-03-23", "04:05:06", "UTC,"]
    assert shown["published"][-1] == "ago"
    assert shown["revision"] == ["abc123"]
    assert "contract" not in shown
    assert shown["raw"] == ["contract", "version", "1"]
    # First and last as-of date, days, rows of the newest day.
    assert shown["portfolio_kpis"] == ["2026-03-01", "2026-03-22", "22", "1"]
    assert shown["expiring_subscriptions"] == ["2026-03-22", "2026-03-22", "1", "3"]
    assert shown["overage_kpis"] == ["-", "-", "0", "0"]


def test_days_beyond_the_reach_of_a_snapshot_are_not_called_buildable(portfolio, tmp_path):
    landing, home = tmp_path / "landing", tmp_path / "home"
    with Ledger(home / "ledger.sqlite") as ledger:
        for dataset in SNAPSHOTS:
            load(ledger, landing, dataset, ago(5))
    shown = portfolio("status", "--home", home, "--landing", landing).output
    assert f"not built yet: {ago(5)}…{ago(2)} (4 days)" in shown  # a snapshot is bridged for three days
    assert f"are needed: {ago(1)}…{ago(0)} (2 days)" in shown
    assert "nothing yet; `portfolio materialize` publishes" in shown


def test_landing_files_alone(portfolio, tmp_path):
    landing, home = tmp_path / "landing", tmp_path / "home"
    for dataset in SNAPSHOTS:
        land(landing, dataset, ago(1))
    result = portfolio("status", "--home", home, "--landing", landing)
    assert rows(result)["customers"] == [str(ago(1)), "2", "0", "1", "0", "1", "0"]
    assert f"not built yet: {ago(1)}…{ago(0)} (2 days)" in result.output
    assert not home.exists()


def test_an_empty_home_says_what_to_run_and_stays_empty(portfolio, tmp_path):
    result = portfolio("status", "--home", tmp_path / "home", "--landing", tmp_path / "landing")
    assert result.exit_code == 0
    assert "nothing is here yet" in result.output
    assert "`portfolio materialize --landing DIR --home DIR`" in result.output
    assert f"landing folder {tmp_path / 'landing'} does not exist" in result.output
    assert list(tmp_path.iterdir()) == []


def test_reads_the_ledger_while_a_run_writes_it(portfolio, home, mixed):
    with Ledger(home / "ledger.sqlite") as writer, writer.transaction():
        load_nothing = "update partitions set rows_accepted = 0"
        writer.connection.execute(load_nothing)
        result = portfolio("status", "--home", home, "--landing", mixed, columns=140)
    assert rows(result)["customers"][-2:] == ["20", "1"]  # as it was before the open transaction


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "less than a minute"),
        (60, "1 minute"),
        (7199, "1 hour"),
        (86400 * 12, "12 days"),
        (-5, "less than a minute"),
    ],
)
def test_age(seconds, shown):
    assert age(timedelta(seconds=seconds)) == shown


def test_freshness_counts_days_behind_yesterday_and_names_what_is_late(portfolio, home, mixed):
    result = portfolio("status", "--home", home, "--landing", mixed)
    shown = [line.split() for line in result.output.splitlines() if line.startswith(("fresh ", "stale "))]
    assert shown == [
        ["stale", "2026-03-22", "32", "1", "publication"],
        *(["fresh", "2026-04-22", "1", "3", dataset] for dataset in (*SNAPSHOTS, "license_usage")),
    ]
    assert "days behind 2026-04-23, the last complete UTC day" in result.output


def test_a_partner_that_is_late_in_a_feed_that_is_not_is_named(portfolio, home, tmp_path, monkeypatch):
    landing = tmp_path / "landing"
    with Ledger(home / "ledger.sqlite") as ledger:
        load(ledger, landing, "customers", ago(4), partners={"acme": 5, "zen": 1})
        load(ledger, landing, "customers", ago(0))
    result = portfolio("status", "--home", home, "--landing", landing)
    assert "stale 2026-04-19 4 3 customers of zen" in [" ".join(line.split()) for line in result.output.splitlines()]
    assert "customers of acme" not in result.output
    monkeypatch.setenv("PORTFOLIO_MAX_FEED_AGE_DAYS", "4")
    assert "customers of zen" not in portfolio("status", "--home", home, "--landing", landing).output
