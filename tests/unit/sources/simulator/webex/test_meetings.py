"""Meetings and joins as they are asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sources.simulator.webex.server import WebexServer

from .asking import Asking

WINDOW = {"from_": "2026-03-03T00:00:00Z", "to": "2026-03-06T00:00:00Z"}


@pytest.fixture
def site(webex: WebexServer) -> str:
    """A busy site."""
    return max(webex.world.sites, key=lambda site: sum(map(len, _holders(webex, site))))


def _holders(webex: WebexServer, site: str) -> list[list[int]]:
    return [item.holders(webex.world.days[3]) for item in webex.world.sites[site].licences if item.site == site]


def test_newest_first_ten_a_page_unless_asked(site: str, asking: Asking) -> None:
    pages = asking.pages("/meetingReports/usage", "items", siteUrl=site, **WINDOW)
    assert {len(page) for page in pages[:-1]} == {10}
    meetings = [meeting for page in pages for meeting in page]
    assert [asking.body("/meetingReports/usage", siteUrl=site, max=1000, **WINDOW)["items"]] == [meetings]
    starts = [meeting["start"] for meeting in meetings]
    assert starts == sorted(starts, reverse=True) and len(set(starts)) > 5
    assert all(meeting["start"] >= WINDOW["from_"] and meeting["start"] <= WINDOW["to"] for meeting in meetings)
    assert any(meeting["hostEmail"] != meeting["hostEmail"].lower() for meeting in meetings)


def test_times_are_of_the_zone_that_is_asked_for(site: str, asking: Asking) -> None:
    asked = {"siteUrl": site, "max": 1000, **WINDOW}
    plain = asking.body("/meetingReports/usage", **asked)["items"]
    there = asking.body("/meetingReports/usage", headers={"timezone": "Asia/Shanghai"}, **asked)["items"]
    assert all(meeting["start"].endswith("Z") for meeting in plain)
    assert all(meeting["start"].endswith("+08:00") for meeting in there)
    assert [datetime.fromisoformat(item["start"]) for item in there] == [
        datetime.fromisoformat(item["start"]) for item in plain
    ]
    refused = asking.get("/meetingReports/usage", headers={"timezone": "Nowhere/Land"}, **asked)
    assert refused.status_code == 400


def test_a_meeting_under_way_is_not_there_yet(site: str, webex: WebexServer, asking: Asking) -> None:
    webex.now = datetime(2026, 3, 6, 23, tzinfo=UTC)
    asked = {"siteUrl": site, "max": 1000, "from_": "2026-03-03T00:00:00Z", "to": "2026-03-06T23:00:00Z"}
    every = asking.body("/meetingReports/usage", **asked)["items"]
    longest = max(every, key=lambda item: item["duration"])
    webex.now = datetime.fromisoformat(longest["start"]) + timedelta(minutes=1)
    earlier = asking.body("/meetingReports/usage", **asked)["items"]
    assert longest["meetingId"] not in {item["meetingId"] for item in earlier}


@pytest.mark.parametrize(
    "query",
    [
        {"siteUrl": None},
        {"max": 0},
        {"max": 1001},
        {"max": "all"},
        {"from_": "2026-03-05T00:00:00Z", "to": "2026-03-04T00:00:00Z"},
        {"from_": "2026-01-20T00:00:00Z", "to": "2026-02-20T00:00:00Z"},
        {"from_": "2025-12-05T00:00:00Z", "to": "2025-12-15T00:00:00Z"},
        {"from_": "yesterday"},
        {"serviceType": "Anything"},
    ],
    ids=str,
)
def test_what_is_refused(site: str, asking: Asking, query: dict[str, Any]) -> None:
    asked = {"siteUrl": site, **WINDOW, **query}
    answer = asking.get("/meetingReports/usage", **{name: value for name, value in asked.items() if value is not None})
    assert answer.status_code == 400, answer.text


def test_a_foreign_site_is_refused(asking: Asking) -> None:
    assert asking.get("/meetingReports/usage", siteUrl="other.webex.com", **WINDOW).status_code == 403


def test_a_week_is_asked_for_where_no_time_is_given(site: str, webex: WebexServer, asking: Asking) -> None:
    week = asking.body("/meetingReports/usage", siteUrl=site, max=1000)["items"]
    times = {"from_": (webex.now - timedelta(days=7)).isoformat(), "to": webex.now.isoformat()}
    assert asking.body("/meetingReports/usage", siteUrl=site, max=1000, **times)["items"] == week != []


def test_who_was_there(site: str, webex: WebexServer, asking: Asking) -> None:
    meetings = asking.body("/meetingReports/usage", siteUrl=site, max=1000, **WINDOW)["items"]
    rejoined = guests = 0
    for meeting in meetings[:40]:
        asked = {"siteUrl": site, "meetingId": meeting["meetingId"], "max": 1000}
        rows = asking.body("/meetingReports/attendees", **asked)["items"]
        assert [row["email"] for row in rows if row["participantType"] == "HOST"] == [meeting["hostEmail"]]
        assert {row["participantType"] for row in rows} <= {"HOST", "ATTENDEE"}
        assert [row["joinedTime"] for row in rows] == sorted((row["joinedTime"] for row in rows), reverse=True)
        people = [row["email"].lower() for row in rows]
        rejoined += len(people) != len(set(people))
        guests += any("outside" in email for email in people)
        assert meeting["totalParticipants"] == len(set(people))
    assert rejoined and guests
    by_number = {"siteUrl": site, "meetingNumber": meetings[0]["meetingNumber"], "max": 1000}
    assert asking.body("/meetingReports/attendees", **by_number)["items"][0]["meetingId"] == meetings[0]["meetingId"]
    assert asking.get("/meetingReports/attendees", siteUrl=site).status_code == 400
    webex.behaviour.spells_roles_large = False
    asked = {"siteUrl": site, "meetingId": meetings[0]["meetingId"]}
    rows = asking.body("/meetingReports/attendees", **asked)["items"]
    assert {row["participantType"] for row in rows} <= {"host", "attendee"}
