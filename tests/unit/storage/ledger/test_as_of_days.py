"""The as-of days of the ledger: a day that was built before it was over is provisional until it is built again."""

from datetime import date

import pytest

from planning.buildable import DayPlan
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.ledger import Ledger

FIRST, SECOND = date(2026, 3, 9), date(2026, 3, 10)


@pytest.fixture
def days(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        yield AsOfDays(ledger)


def record(days, plan, provisional=()):
    hashes = dict.fromkeys((*plan.days, *plan.blocked), "h")
    days.record(plan, hashes, {}, "run", provisional)


def provisional(days):
    return [day for day, recorded in days.records().items() if recorded.provisional]


def test_a_provisional_day_is_one_until_it_is_built_again(days):
    record(days, DayPlan(FIRST, SECOND, (FIRST, SECOND)), provisional=[SECOND])
    assert provisional(days) == [SECOND]
    record(days, DayPlan(FIRST, FIRST, (FIRST,)))
    assert provisional(days) == [SECOND]  # it was not part of that build
    record(days, DayPlan(SECOND, SECOND, (SECOND,)))
    assert provisional(days) == []


def test_a_blocked_day_is_not_provisional(days):
    blocked = DayPlan(SECOND, SECOND, (), blocked={SECOND: "customers"})
    record(days, DayPlan(SECOND, SECOND, (SECOND,)), provisional=[SECOND])
    record(days, blocked, provisional=[SECOND])
    assert days.records()[SECOND].outcome == "blocked"
    assert provisional(days) == []


def test_a_day_whose_build_did_not_finish_has_no_record(days):
    record(days, DayPlan(SECOND, SECOND, (SECOND,)), provisional=[SECOND])
    days.clear(SECOND, SECOND)
    assert days.records() == {}
    record(days, DayPlan(SECOND, SECOND, (SECOND,)))
    assert provisional(days) == []


def test_a_ledger_of_an_earlier_version_gets_the_table(tmp_path):
    path = tmp_path / "old.sqlite"
    with Ledger(path) as ledger:
        ledger.connection.execute("drop table provisional_days")
        ledger.connection.execute("pragma user_version = 6")
    with Ledger(path) as ledger:
        days = AsOfDays(ledger)
        record(days, DayPlan(FIRST, FIRST, (FIRST,)), provisional=[FIRST])
        assert provisional(days) == [FIRST]
