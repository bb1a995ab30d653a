"""`portfolio status` for programs: its JSON, its metrics, and what a monitoring plugin is told."""

import json
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from cli.main import main
from cli.screen.health_check import check_lines
from cli.screen.health_metrics import health_metrics
from pipelines.commands.health import Health, Problem, State
from pipelines.commands.partition_states import DatasetStates, Partitions
from pipelines.commands.status import Published
from planning.freshness import Freshness
from planning.records import RefusalRecord
from storage.ledger.ledger import Ledger

from .loading import SNAPSHOTS, land, load

PAGE = Path(__file__).resolve().parents[3] / "docs" / "monitoring.md"
NEWEST = date(2026, 3, 22)
"""The newest day that the publication holds."""


@pytest.fixture(autouse=True)
def _the_day_after(monkeypatch, portfolio):
    monkeypatch.setenv("PORTFOLIO_NOW", "2026-03-23T05:00:00")


@pytest.fixture
def landing(home, tmp_path):
    """Snapshots of the newest published day, loaded, and nothing wrong with them."""
    with Ledger(home / "ledger.sqlite") as ledger:
        for dataset in SNAPSHOTS:
            load(ledger, tmp_path / "landing", dataset, NEWEST)
    return tmp_path / "landing"


@pytest.fixture
def check(monkeypatch, capsys, home, landing, portfolio):
    """Run `portfolio status --check` as the installed script does; gives its code, and what it says."""
    where = ["--home", str(home), "--landing", str(landing)]

    def run(*more, now="2026-03-23T05:00:00", where=where):
        monkeypatch.setenv("PORTFOLIO_NOW", now)
        monkeypatch.setattr(sys, "argv", ["portfolio", "status", "--check", *where, *more])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return ended.value.code, said.out.splitlines()

    return run


def refuse(home, landing, dataset, day, cause):
    with Ledger(home / "ledger.sqlite") as ledger:
        signature = land(landing, dataset, day)
        ledger.record_refused(RefusalRecord(dataset, day, signature, "h", cause, 0, datetime.now(UTC)))


def without_stale_days(monkeypatch):
    monkeypatch.setattr("pipelines.commands.health.stale_days", lambda *_: {})


def test_all_well_is_ok(check, monkeypatch):
    without_stale_days(monkeypatch)
    assert check() == (0, ["OK - data as of 2026-03-22, 22 days published"])


def test_old_data_warns(check, monkeypatch):
    without_stale_days(monkeypatch)
    code, lines = check(now="2026-03-25T05:00:00")
    assert code == 1
    assert lines == ["WARNING - stale: publication: data as of 2026-03-22, 2 days behind (limit 1)"]
    code, lines = check(now="2026-03-28T05:00:00")
    assert code == 1 and len(lines) == 4 and lines[0].endswith(" (and 3 more)")
    assert "stale: customers: data as of 2026-03-22, 5 days behind (limit 3)" in lines


def test_days_that_would_come_out_differently_warn(check):
    code, lines = check()  # the ledger knows of no built day
    assert code == 1 and lines[0].startswith("WARNING - stale: 22 days, 2026-03-01 to 2026-03-22: ")


def test_what_blocks_is_critical_and_first(check, home, landing, monkeypatch):
    without_stale_days(monkeypatch)
    refuse(home, landing, "customers", NEWEST, "a.csv: 'Jane Doe' is no date | at all")
    code, lines = check()
    assert code == 2
    assert lines[0].startswith("CRITICAL - blocked: 2026-03-22: customers 2026-03-22 was refused")
    assert lines[1] == "refused: customers 2026-03-22: a.csv: '…' is no date / at all"


def test_held_partitions_are_critical(check, monkeypatch):
    without_stale_days(monkeypatch)
    held = {("customers", NEWEST): "check customers_lost failed: acme: 6 of 10"}
    monkeypatch.setattr("pipelines.commands.health.held_partitions", lambda _: held)
    assert check() == (2, ["CRITICAL - held: customers 2026-03-22: check customers_lost failed: acme: 6 of 10"])


def test_nothing_published_is_critical(check, tmp_path):
    where = ["--home", str(tmp_path / "none"), "--landing", str(tmp_path / "landing")]
    assert check(where=where) == (2, ["CRITICAL - nothing is published yet"])


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--wrong"], "No such option: --wrong"),
        (["--format", "yaml"], "'yaml' is not one of"),
        (["--format", "json"], "use one of the two"),
        (["surplus"], "unexpected extra argument"),
        (["--home"], "requires an argument"),
        (["--home", ""], "--home is empty"),
    ],
)
def test_wrong_options_are_unknown(check, more, why):
    code, lines = check(*more)
    assert code == 3 and len(lines) == 1
    assert lines[0].startswith("UNKNOWN - ") and why in lines[0]


def test_whatever_keeps_it_from_looking_is_unknown(check, home, monkeypatch):
    (home / "ledger.sqlite").write_bytes(b"this is no ledger" * 100)
    code, lines = check()
    assert code == 3 and lines[0].startswith("UNKNOWN - ") and "file is not a database" in lines[0]
    monkeypatch.setenv("PORTFOLIO_MAX_COLUMNS", "many")
    assert check()[0] == 3
    monkeypatch.delenv("PORTFOLIO_MAX_COLUMNS")
    for error, why in (
        (ZeroDivisionError("of\nours"), "ZeroDivisionError: of ours"),
        (KeyboardInterrupt(), "interrupted"),
    ):
        monkeypatch.setattr("pipelines.commands.health.look", Mock(side_effect=error))
        assert check() == (3, [f"UNKNOWN - {why}"])


def test_plain_status_and_formats_end_with_0_whatever_they_find(portfolio, home, landing):
    refuse(home, landing, "customers", NEWEST, "a.csv: is no CSV")
    for form in ("text", "json", "prometheus"):
        assert portfolio("status", "--home", home, "--landing", landing, "--format", form).exit_code == 0


def documented(heading):
    """The keys that the page's list under a heading names."""
    section = PAGE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([a-z_.\[\]]+)`", section, re.MULTILINE))


def keys(value, before=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{before}{name}" if before != "datasets." else "datasets[]"
            yield path
            yield from keys(inner, f"{path}.")
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner, f"{before[:-1]}[].")


def test_the_json_is_what_the_page_says(portfolio, home, landing):
    refuse(home, landing, "customers", NEWEST, "a.csv: 'Jane Doe' is no date")
    shown = portfolio("status", "--home", home, "--landing", landing, "--format", "json").stdout
    found = json.loads(shown)
    assert (found["version"], found["state"], found["last_complete_day"]) == (1, "critical", str(NEWEST))
    assert found["looked_at"] == "2026-03-23T05:00:00Z"
    assert found["publication"]["published_at"] == "2026-03-23T04:05:06Z"
    assert found["publication"]["days"] == 22
    assert found["datasets"]["customers"]["refused"] == [{"day": str(NEWEST), "cause": "a.csv: '…' is no date"}]
    assert "Jane" not in shown
    names = documented("JSON")
    assert set(keys(found)) <= names
    assert names - set(keys(found)) == {"datasets[].held[].day", "datasets[].held[].cause"}


def samples(text):
    return [one for family in text_string_to_metric_families(text) for one in family.samples]


def test_the_metrics_are_what_the_page_says_and_prometheus_reads_them(portfolio, home, landing):
    text = portfolio("status", "--home", home, "--landing", landing, "--format", "prometheus").stdout
    families = list(text_string_to_metric_families(text))
    assert {family.name for family in families} == documented("Prometheus")
    assert all(family.type == "gauge" and family.documentation for family in families)
    assert all(sample.name.startswith("portfolio_") for family in families for sample in family.samples)
    values = {one.name: one.value for one in samples(text)}
    assert values["portfolio_published_days"] == 22
    assert values["portfolio_looked_at_seconds"] == datetime(2026, 3, 23, 5, tzinfo=UTC).timestamp()
    assert text.endswith("\n")


def test_no_customer_and_nobody_is_in_a_label(portfolio, home, landing):
    text = portfolio("status", "--home", home, "--landing", landing, "--format", "prometheus").stdout
    labels = {label for one in samples(text) for label in one.labels}
    assert labels == {"kind", "dataset", "state", "fate", "of", "partner"}


def health(partners=(), problems=()):
    """A home folder of partners, in which nothing else is."""
    freshness = [Freshness("publication", None, name, NEWEST, datetime.now(UTC), 1) for name in partners]
    states = Partitions({"customers": DatasetStates("customers", None)})
    published = Published({"published_at": datetime(2026, 3, 23), "last_as_of_date": NEWEST}, (), frozenset([NEWEST]))  # noqa: DTZ001
    return Health(datetime.now(UTC), NEWEST, states, {}, published, freshness, {}, {}, 0, problems)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), unique=True, max_size=5))
def test_whatever_partners_are_called_they_stay_apart_and_the_file_can_be_read(partners):
    text = health_metrics(health(partners))
    found = [one.labels["partner"] for one in samples(text) if one.name == "portfolio_partner_age_days"]
    assert found == partners


@settings(deadline=None)
@given(st.lists(st.text(max_size=200), max_size=60))
def test_whatever_is_found_the_first_line_says_the_state_and_every_line_is_one(messages):
    lines = list(check_lines(health(problems=[Problem(State.WARNING, "refused", text) for text in messages])))
    assert lines[0].startswith("WARNING - " if messages else "OK - ")
    assert all(line.isprintable() and "|" not in line for line in lines)
    assert len(lines) <= 51
