"""Which days a change makes stale: every dependency of a day, by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from planning.buildable import plan_days
from planning.inputs import input_hashes
from planning.records import RefusalRecord
from planning.staleness import stale_days
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.ledger import Ledger
from storage.ledger.states import find_stale_days, read_inputs
from tests.records import record

D = date(2026, 6, 30)
MAX_AGE = 3
RULES = {"models": "m1", "PORTFOLIO_EXPIRING_DAYS": "90"}
SNAPSHOTS = ("customers", "subscriptions", "license_assignments")


def day(offset):
    return D + timedelta(days=offset)


def offsets(days):
    return sorted((when - D).days for when in days)


def refusal(dataset, when):
    return RefusalRecord(dataset, when, "", "", "broken", 1, datetime.now(UTC))


@pytest.fixture
def ledger(tmp_path):
    """Everything loaded from D-120 to D+10, and the as-of days D-20 … D+10 built from it."""
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        for offset in range(-120, 11):
            for dataset in (*SNAPSHOTS, "license_usage"):
                opened.record_loaded(record(dataset, day(offset), f"{dataset} {offset}"))
        build(opened)
        yield opened


def build(ledger, rules=RULES):
    inputs = read_inputs(ledger)
    plan = plan_days(day(-20), day(10), inputs.states, MAX_AGE)
    AsOfDays(ledger).record(plan, input_hashes(plan, inputs, MAX_AGE), rules, "run")


def stale(ledger, rules=RULES):
    return stale_days(AsOfDays(ledger).records(), read_inputs(ledger), rules, MAX_AGE)


def test_nothing_is_stale_after_a_build(ledger):
    assert stale(ledger) == {}


def test_a_partition_ingested_again_with_the_same_rows_changes_nothing(ledger):
    ledger.record_loaded(record("license_usage", D, "license_usage 0"))
    assert stale(ledger) == {}


def test_usage_touches_its_day_and_89_more(ledger):
    ledger.record_loaded(record("license_usage", day(-100), "other"))
    assert offsets(stale(ledger)) == list(range(-20, -10))  # D-100 … D-100+89 = D-11
    ledger.record_loaded(record("license_usage", day(8), "other"))
    assert offsets(stale(ledger)) == [*range(-20, -10), 8, 9, 10]


def test_a_snapshot_touches_its_own_day_and_those_that_look_back_on_it_six_and_seven_days_later(ledger):
    ledger.record_loaded(record("license_assignments", D, "other"))
    result = stale(ledger)
    assert offsets(result) == [0, 6, 7]
    assert result[D] == "license_assignments 2026-06-30 changed"


def test_a_snapshot_that_bridges_lost_days_touches_them_and_their_weekly_changes(tmp_path):
    with Ledger(tmp_path / "other.sqlite") as ledger:
        for offset in range(-120, 11):
            for dataset in SNAPSHOTS:
                if dataset != "customers" or offset not in (1, 2):
                    ledger.record_loaded(record(dataset, day(offset), f"{dataset} {offset}"))
        build(ledger)
        ledger.record_loaded(record("customers", D, "other"))
        assert offsets(stale(ledger)) == [0, 1, 2, 6, 7, 8, 9]
        build(ledger)
        # The lost day arrives: it should now be used on its own day and the next, which is still lost.
        ledger.record_loaded(record("customers", day(1), "late"))
        assert offsets(stale(ledger)) == [1, 2, 7, 8, 9]


def test_a_partner_absent_from_a_partition_sees_the_one_before(ledger):
    ledger.record_loaded(record("customers", day(-1), "both", partners=("p", "q")))
    build(ledger)
    ledger.record_loaded(record("customers", day(-1), "both, corrected", partners=("p", "q")))
    # q is not in D … D+2, and sees D-1 there; four days later it is too old.
    assert offsets(stale(ledger)) == [-1, 0, 1, 2, 5, 6, 7, 8, 9]


def test_a_refusal_makes_its_days_and_the_weekly_changes_stale_and_repair_does_so_again(ledger):
    ledger.record_refused(refusal("subscriptions", D))
    result = stale(ledger)
    assert offsets(result) == [0, 6, 7]
    assert result[D] == "subscriptions 2026-06-30 was refused"
    build(ledger)
    assert stale(ledger) == {}
    ledger.record_loaded(record("subscriptions", D, "subscriptions 0"))
    assert offsets(stale(ledger)) == [0, 6, 7]


def test_refused_usage_blocks_its_day_and_is_lost_for_later_ones(ledger):
    ledger.record_refused(refusal("license_usage", D))
    assert offsets(stale(ledger)) == list(range(11))


def test_a_changed_rule_is_named(ledger):
    result = stale(ledger, {"models": "m2", "PORTFOLIO_EXPIRING_DAYS": "60"})
    assert offsets(result) == list(range(-20, 11))
    assert set(result.values()) == {"PORTFOLIO_EXPIRING_DAYS, models changed"}


def test_history_of_version_1_is_stale_and_says_why(ledger):
    build(ledger, {"contract version": "1", "models": "m1"})  # as version 0.1.0 recorded it
    now = {"raw contract": "1.1", "metrics": "2", "models": "m1"}
    assert set(stale(ledger, now).values()) == {"rules changed: raw contract 1 -> 1.1, metrics 1 -> 2"}
    assert offsets(stale(ledger, now)) == list(range(-20, 11))
    assert set(stale(ledger, now | {"models": "m2"}).values()) == {
        "rules changed: raw contract 1 -> 1.1, metrics 1 -> 2, models"
    }
    build(ledger, now)
    assert stale(ledger, now) == {}
    assert set(stale(ledger, now | {"metrics": "3"}).values()) == {"rules changed: metrics 2 -> 3"}


def test_many_changes_are_named_briefly(ledger):
    for offset in range(-9, 1):
        ledger.record_loaded(record("license_usage", day(offset), "other"))
    assert stale(ledger)[D] == (
        "license_usage 2026-06-21, license_usage 2026-06-22, license_usage 2026-06-23 and 7 more changed"
    )


def test_a_day_built_after_the_publication_is_stale_until_a_later_one(ledger):
    """The run was killed between building and publishing: readers see the earlier build's rows."""
    begun = datetime.now(UTC).replace(tzinfo=None)
    published = frozenset(day(offset) for offset in range(-20, 9))
    plan = plan_days(day(-3), day(10), read_inputs(ledger).states, MAX_AGE)
    AsOfDays(ledger).record(plan, input_hashes(plan, read_inputs(ledger), MAX_AGE), RULES, "killed")

    found = find_stale_days(ledger, published, begun, RULES, MAX_AGE)
    assert offsets(found) == list(range(-3, 9))  # the last two are not published at all
    assert set(found.values()) == {"its last build was not published"}
    later = datetime.now(UTC).replace(tzinfo=None)
    assert find_stale_days(ledger, published, later, RULES, MAX_AGE) == {}

    # A publication of other days does not hide them: those of its own window are read, the rest is built again.
    AsOfDays(ledger).clear_unpublished(published, begun, [day(offset) for offset in (-3, -2, 9)])
    found = find_stale_days(ledger, published, later, RULES, MAX_AGE)
    assert offsets(found) == list(range(-1, 9))
    assert set(found.values()) == {"its last build did not finish"}
    assert {day(9), day(10)} <= AsOfDays(ledger).records().keys()
