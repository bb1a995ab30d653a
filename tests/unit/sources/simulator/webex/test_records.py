"""Call records as they are asked for."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sources.simulator.webex.ids import encoded
from sources.simulator.webex.server import WebexServer
from sources.simulator.webex.world import Organisation

from .asking import Asking

WINDOW = {"startTime": "2026-03-05T12:00:00.000Z", "endTime": "2026-03-06T00:00:00.000Z"}


@pytest.fixture
def org(webex: WebexServer) -> Organisation:
    """Somebody who calls a lot."""
    number = webex.world.days[3]

    def callers(org: Organisation) -> int:
        return sum(len(item.holders(number)) for item in org.licences if item.code == "BCSTD")

    return max(webex.world.organisations_on(webex.now.date()), key=callers)


@pytest.fixture
def identity(org: Organisation) -> str:
    return encoded("ORGANIZATION", org.uuid)


def test_records_are_of_calls_that_ended_in_the_window(asking: Asking, identity: str, org: Organisation) -> None:
    records = asking.every("/cdr_feed", "items", "us", orgId=identity, **WINDOW)
    assert len(records) > 20
    for record in records:
        assert WINDOW["startTime"] <= record["Release time"] < WINDOW["endTime"]
        assert record["Org UUID"] == org.uuid
        assert record["Answered"] in ("true", "false")
    assert any(record["Start time"] < WINDOW["startTime"] for record in records)
    values = Counter(value for record in records for value in record.values() if isinstance(value, str))
    assert values[""] and values["NA"]


def test_pages_lead_on_by_time_and_organisation(webex: WebexServer, asking: Asking, identity: str) -> None:
    whole = asking.pages("/cdr_feed", "items", "us", orgId=identity, **WINDOW)
    assert len(whole) == 1
    webex.behaviour.record_page = (5, 7)
    first = asking.get("/cdr_feed", "us", orgId=identity, max=1, **WINDOW)
    following = first.links["next"]["url"]
    assert "startTimeForNextFetch=" in following and f"orgId={identity}" in following
    for asked, least in (({"max": 1}, 5), ({}, 5), ({"max": 100}, 7)):  # corrected, and nothing said
        pages = asking.pages("/cdr_feed", "items", "us", orgId=identity, **asked, **WINDOW)
        assert {len(page) for page in pages[:-1]} <= {least, least + 1, least + 2}
        assert [item for page in pages for item in page] == whole[0]


def test_a_record_may_come_twice_and_may_come_late(webex: WebexServer, asking: Asking, identity: str) -> None:
    webex.now = datetime(2026, 3, 6, 0, 10, tzinfo=UTC)
    early = asking.every("/cdr_feed", "items", "us", orgId=identity, **WINDOW)
    webex.now = datetime(2026, 3, 7, 0, 10, tzinfo=UTC)
    later = asking.every("/cdr_feed", "items", "us", orgId=identity, **WINDOW)
    counts = Counter(record["Report ID"] for record in later)
    assert set(counts.values()) == {1, 2}
    assert {record["Report ID"] for record in early} < set(counts)


@pytest.mark.parametrize(
    "times",
    [
        {"startTime": "2026-03-05T12:00:00Z"},
        {"endTime": "2026-03-06T00:00:00.001Z"},
        {"startTime": "2026-03-06T00:00:00.000Z"},
        {"startTime": "2026-02-04T06:00:00.000Z", "endTime": "2026-02-04T12:00:00.000Z"},
        {"startTime": "2026-03-06T00:00:00.000Z", "endTime": "2026-03-06T06:26:00.000Z"},
        {"startTime": "2026-03-05T25:00:00.000Z"},
        {"startTime": ""},
    ],
    ids=str,
)
def test_what_is_refused(asking: Asking, identity: str, times: dict[str, str]) -> None:
    assert asking.get("/cdr_feed", "us", orgId=identity, **{**WINDOW, **times}).status_code == 400


def test_five_minutes_ago_is_the_newest_and_thirty_days_the_oldest(asking: Asking, identity: str) -> None:
    for first, last in (("2026-03-05T18:25", "2026-03-06T06:25"), ("2026-02-04T06:30", "2026-02-04T18:30")):
        times = {"startTime": f"{first}:00.000Z", "endTime": f"{last}:00.000Z"}
        assert asking.get("/cdr_feed", "us", orgId=identity, **times).status_code == 200


@pytest.mark.parametrize("shape", ["message", "description", "text"])
def test_another_region_says_where_to_ask(
    webex: WebexServer, asking: Asking, identity: str, org: Organisation, shape: Any
) -> None:
    webex.behaviour.regions = {org.uuid: "eu"}
    webex.behaviour.region_body = shape
    answer = asking.get("/cdr_feed", "us", orgId=identity, **WINDOW)
    assert answer.status_code == 451
    assert f"{webex.bases['eu']}/v1/cdr_feed" in answer.text
    assert asking.every("/cdr_feed", "items", "eu", orgId=identity, **WINDOW)


def test_without_an_organisation_the_partner_s_own_records_come(
    webex: WebexServer, asking: Asking, identity: str
) -> None:
    assert asking.body("/cdr_feed", "us", **WINDOW)["items"] == []
    webex.behaviour.records_by_organisation = False
    assert asking.body("/cdr_feed", "us", orgId=identity, **WINDOW)["items"] == []


def test_records_are_not_at_the_api(asking: Asking, identity: str) -> None:
    assert asking.get("/cdr_feed", orgId=identity, **WINDOW).status_code == 404
    assert asking.get("/organizations", "us").status_code == 404


def test_one_first_and_ten_further_calls_a_minute(webex: WebexServer, asking: Asking, identity: str) -> None:
    webex.behaviour.records_limited = True
    webex.behaviour.record_page = (1, 1)
    first = asking.get("/cdr_feed", "us", orgId=identity, **WINDOW)
    assert first.status_code == 200
    again = asking.get("/cdr_feed", "us", orgId=identity, **WINDOW)
    assert again.status_code == 429 and 1 <= int(again.headers["Retry-After"]) <= 60
    answer, further = first, 0
    while answer.status_code == 200:
        answer = asking.at(answer.links["next"]["url"])
        further += answer.status_code == 200
    assert (answer.status_code, further) == (429, 10)
    webex.behaviour.minute_seconds = 0.0
    assert asking.get("/cdr_feed", "us", orgId=identity, **WINDOW).status_code == 200


def test_a_window_past_midnight_is_needed(webex: WebexServer, asking: Asking, identity: str) -> None:
    webex.now = datetime(2026, 3, 7, 12, tzinfo=UTC)
    night = {"startTime": "2026-03-06T00:00:00.000Z", "endTime": "2026-03-06T01:00:00.000Z"}
    records = asking.every("/cdr_feed", "items", "us", orgId=identity, **night)
    assert any(record["Start time"].startswith("2026-03-05") for record in records)
    longest = max(
        datetime.fromisoformat(item["Release time"]) - datetime.fromisoformat(item["Start time"]) for item in records
    )
    assert longest < timedelta(hours=1)
