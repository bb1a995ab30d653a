"""What is served and what is expected of a connector are worked out apart, and agree."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sources.simulator.webex.answers import Answers, Terms, reads_of
from sources.simulator.webex.events import Diary
from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import World

from .asking import Asking
from .reading import Reading, counted

DAY = date(2026, 3, 5)
RUNS = [datetime(2026, 3, day, 6, 30, tzinfo=UTC) for day in (6, 7, 8)]


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def test_customers_and_licences(webex: WebexServer, asking: Asking) -> None:
    reading = Reading(asking)
    today = webex.now.date()
    assert in_order(reading.customers()) == in_order(webex.answers.customers(today))
    assert in_order(reading.license_assignments()) == in_order(webex.answers.license_assignments(today))


def test_trials(webex: WebexServer, asking: Asking) -> None:
    rows = webex.answers.subscriptions(webex.now.date(), {}, {})
    trials = Reading(asking).trials()
    assert trials == {row["subscription_id"]: row["is_trial"] for row in rows}
    assert any(is_trial and not name.startswith("trialSub.") for name, is_trial in trials.items())


def usage_of(webex: WebexServer, asking: Asking, *, joins: bool) -> tuple[list[Any], list[Any]]:
    """What the runs found of meetings and of calls."""
    meetings, calls = [], []
    for webex.now in RUNS:
        reading = Reading(asking)
        meetings.append(reading.meetings(DAY, joins=joins))
        calls.append(reading.calls(DAY))
    return meetings, calls


@pytest.mark.parametrize("count", ["host", "join"])
def test_usage_after_one_and_after_all_reads(webex: WebexServer, asking: Asking, count: Any) -> None:
    meetings, calls = usage_of(webex, asking, joins=count == "join")
    partner = webex.world.partner
    totals = []
    for runs in (1, 3):
        found = counted("meetings", meetings[:runs], partner) + counted("calling", calls[:runs], partner)
        assert in_order(found) == in_order(webex.answers.license_usage(DAY, RUNS[:runs], count=count))
        totals.append(sum(row["activity_count"] for row in found))
    assert totals[0] < totals[1], "nothing came late"


def test_a_day_is_read_on_the_three_days_after_it() -> None:
    runs = [datetime(2026, 3, day, 1, tzinfo=UTC) for day in range(4, 12)]
    assert [run.day for run in reads_of(DAY, runs)] == [6, 7, 8]


def test_what_a_contract_file_lacks_is_guessed(world: World) -> None:
    answers, today = Answers(world, Diary(world)), date(2026, 3, 6)
    known = answers.contract(today)
    names = sorted(known)
    partly = {
        names[0]: Terms(end_date=date(2026, 3, 1)),
        names[1]: known[names[1]],
        names[2]: Terms(status="suspended"),
    }
    rows = {
        row["subscription_id"]: row for row in answers.subscriptions(today, partly, {names[3]: today - timedelta(2)})
    }
    assert set(rows) == set(known)

    def said(name: str) -> tuple[Any, ...]:
        return tuple(rows[name][column] for column in ("start_date", "end_date", "auto_renew", "status"))

    assert said(names[0]) == (date(2026, 3, 1), date(2026, 3, 1), False, "active")
    full = known[names[1]]
    assert said(names[1]) == (full.start_date, full.end_date, full.auto_renew, full.status)
    assert said(names[2]) == (today, None, False, "suspended")
    assert said(names[3]) == (date(2026, 3, 4), None, False, "active")
