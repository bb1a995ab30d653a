"""What counts as a problem, what makes it another one, and that messages hold no more than an operator needs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.results import CheckResult, Severity
from pipelines.alerting.conditions import discreet, failed_run, informing_checks, stale_data, withheld_partitions
from planning.freshness import Freshness
from planning.records import RefusalRecord
from storage.ledger.check_results import CheckResults
from storage.ledger.ledger import Ledger
from tests.records import record

D = date(2026, 6, 30)
FIRST = date(2020, 1, 1)
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


def day(offset):
    return D + timedelta(days=offset)


@pytest.fixture
def ledger(tmp_path):
    """Snapshots and usage of ten days, the last of them D."""
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        for offset in range(-9, 1):
            for dataset in ("customers", "subscriptions", "license_assignments", "license_usage"):
                opened.record_loaded(record(dataset, day(offset), f"{dataset} {offset}"))
        yield opened


def refuse(ledger, dataset, when, cause):
    ledger.record_refused(RefusalRecord(dataset, when, "", "", cause, 1, NOON))


def hold(ledger, dataset, when, check):
    found = CheckResult(f"raw/{dataset}", check, when, when, Severity.ERROR, passed=False, message="half is gone")
    CheckResults(ledger).record(
        [found], "run", content_hashes={(dataset, when): ledger.partition(dataset, when).content_hash}
    )


def withheld(ledger):
    return withheld_partitions(ledger, FIRST, D, max_snapshot_age_days=3)


def test_nothing_is_wrong_with_what_is_loaded(ledger):
    assert withheld(ledger) == []


def test_a_refused_partition_names_cause_and_blocked_days(ledger):
    refuse(ledger, "customers", day(-1), "a.csv: is no CSV")
    refuse(ledger, "license_usage", D, "a.csv: is truncated")
    refuse(ledger, "subscriptions", D, "no accepted row")
    assert [condition.message for condition in withheld(ledger)] == [
        "refused: customers 2026-06-29: a.csv: is no CSV; blocks 2026-06-29",
        "refused: license_usage 2026-06-30: a.csv: is truncated; blocks 2026-06-30",
        "refused: subscriptions 2026-06-30: no accepted row; blocks 2026-06-30",
    ]


def test_a_held_partition_is_one_too_until_it_is_accepted(ledger):
    hold(ledger, "license_assignments", day(-2), "customers_lost")
    (condition,) = withheld(ledger)
    assert condition.message == (
        "held: license_assignments 2026-06-28: check customers_lost failed: half is gone; blocks 2026-06-28"
    )
    assert condition.ended == "license_assignments 2026-06-28 is no longer held"
    CheckResults(ledger).accept("customers_lost", day(-2), day(-2), "a sale")
    assert withheld(ledger) == []


def inform(ledger, dataset, when, check, message, severity=Severity.INFO):
    found = CheckResult(f"raw/{dataset}", check, when, when, severity, passed=False, message=message, partner_id="acme")
    CheckResults(ledger).record(
        [found], "run", content_hashes={(dataset, when): ledger.partition(dataset, when).content_hash}
    )


def test_checks_that_would_hold_the_newest_partitions_are_one_condition_each(ledger):
    less = "acme: 2 rows (would block; rows to compare with: 5, needed: 100)"
    inform(ledger, "subscriptions", day(-1), "row_count", less)
    inform(ledger, "subscriptions", D, "row_count", less)
    inform(ledger, "subscriptions", day(-7), "row_count", less)  # no news any more
    inform(ledger, "customers", D, "row_count", less.replace("block", "warn"))
    inform(ledger, "customers", D, "customers_lost", less, Severity.WARN)
    inform(ledger, "license_usage", D, "row_count", less)  # a small partner's usage comes and goes
    (condition,) = informing_checks(ledger)
    assert condition.message == f"informs: subscriptions 2026-06-30: check row_count: {less}; and 1 more"
    assert condition.subject == "subscriptions row_count"


def test_an_informing_check_of_content_that_was_delivered_anew_is_over(ledger):
    inform(ledger, "customers", D, "customers_lost", "acme: 3 of 5 customers (would block; comparable days: 1)")
    assert len(informing_checks(ledger)) == 1
    ledger.record_loaded(record("customers", D, "another delivery"))
    assert informing_checks(ledger) == []


def test_the_newest_snapshot_blocks_more_days_without_being_news(ledger):
    refuse(ledger, "customers", D, "a.csv: is no CSV")
    (then,) = withheld(ledger)
    (later,) = withheld_partitions(ledger, FIRST, day(9), max_snapshot_age_days=3)
    assert then.message.endswith("; blocks 2026-06-30")
    assert later.message.endswith("; blocks 2026-06-30…2026-07-03")
    assert (later.subject, later.state) == (then.subject, then.state)


def test_another_cause_is_news(ledger):
    refuse(ledger, "customers", D, "a.csv: is no CSV")
    (before,) = withheld(ledger)
    refuse(ledger, "customers", D, "a.csv: is truncated")
    (after,) = withheld(ledger)
    assert before.subject == after.subject
    assert before.state != after.state


def fresh(dataset, partner, newest, limit=3):
    return Freshness("feed" if dataset else "publication", dataset, partner, newest, NOON, limit)


def test_stale_are_wholes_and_partners_that_are_late_with_snapshots():
    rows = [
        fresh(None, None, day(-2), limit=1),
        fresh("customers", None, D),
        fresh("customers", "acme", D),
        fresh("customers", "zen", day(-4)),
        fresh("license_usage", None, D),
        fresh("license_usage", "zen", day(-30)),
        fresh("subscriptions", None, day(-5)),
        fresh("subscriptions", "acme", day(-5)),
    ]
    assert [condition.message for condition in stale_data(rows, D)] == [
        "stale: publication: data as of 2026-06-28, 2 days behind (limit 1)",
        "stale: subscriptions: data as of 2026-06-25, 5 days behind (limit 3)",
        "stale: customers of zen: data as of 2026-06-26, 4 days behind (limit 3)",
    ]
    assert {condition.state for condition in stale_data(rows, D)} == {"stale"}


def test_a_failure_with_another_run_id_or_count_is_the_same():
    ids = ("0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
    first, second = (
        failed_run(f"check unique failed: {rows} rows; its log: h/dbt/runs/{run}")
        for rows, run in zip((3, 44), ids, strict=True)
    )
    assert first.state == second.state
    assert failed_run("the disk is full").state != first.state


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Could not convert string 'Acme Ltd' to INT64", "Could not convert string '…' to INT64"),
        ('Duplicate key "customer_id: c1" violates', "Duplicate key '…' violates"),
        ("it can't be read, and isn't whole", "it can't be read, and isn't whole"),
        (r"""no owner 'O\' x "y'; 5""", "no owner '…'; 5"),
        ("no owner 'a http://x'; 5", "no owner '…' 5"),
        (r"in 'C:\', '/Acme' there", "in '…' there"),
        ("no answer of postgresql://ann:pw@db/x at once", "no answer of postgresql://… at once"),
        ("line one\n\tline\x1b[31m two", "line one line [31m two"),
        ("x" * 500, "x" * 399 + "…"),
    ],
)
def test_messages_quote_nothing_and_are_one_line(text, shown):
    assert discreet(text) == shown


@given(st.text(max_size=600))
def test_every_message_is_one_short_printable_line(text):
    shown = discreet(text)
    assert len(shown) <= 400
    assert shown.isprintable()


@given(st.text(max_size=60))
def test_a_name_that_is_quoted_as_python_does_is_left_out(name):
    shown = discreet(f"no customer has the owner {name!r}, there are 5")
    assert shown.startswith("no customer has the owner '…'") and shown.endswith(" there are 5")
    assert len(shown) <= len("no customer has the owner '…', there are 5")
