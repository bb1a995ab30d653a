"""Whose usage is counted, and what is reported where it can't be."""

import json
from pathlib import Path

import httpx
import pytest

from .partner import SITE, YESTERDAY, Partner, answering, call, meeting
from .small_webex import line, person, uuid


@pytest.mark.parametrize("way", ["host", "join"])
def test_whom_a_meeting_counts_for(tmp_path: Path, way: str) -> None:
    partner = Partner(tmp_path, meeting_count=way)
    partner.webex.meetings[SITE] = [meeting(1, "2026-03-09T10:00:00Z", "ada")] * 2
    joined = ["ada", "ADA", "bob", "guest"]
    partner.webex.attendees = {
        "m1": [{"meetingId": "m1", "email": f"{name}@example.com", "participantType": "HOST"} for name in joined]
    }
    partner.run()
    used = [row for row in partner.rows("license_usage", YESTERDAY) if ",meetings," in row]
    names = ["ada"] if way == "host" else ["ada", "bob"]
    assert used == sorted(f"{uuid('acme')},S1,meetings,{uuid(name)},1" for name in names)
    report = json.loads((partner.folder / "home" / "webex" / "report.json").read_text())
    uncounted = report["usage"]["uncounted"].get("2026-03-09", {})
    assert uncounted.get("people who joined without a licence", 0) == (way == "join")


def test_what_counts_for_nobody_is_reported(partner: Partner) -> None:
    second = line("acme", "EE", 10, 1, "S9", site=SITE)
    partner.webex.lines["acme"].append(second)
    partner.webex.holders[second["id"]] = ["bob"]
    partner.webex.meetings[SITE] = [
        meeting(1, "2026-03-09T10:00:00Z", "bob"),
        meeting(2, "2026-03-09T10:00:00Z", "stranger"),
    ]
    nine = "2026-03-09T09:00:00Z"
    partner.webex.records["acme"] = [
        call(1, nine, "bob"),
        call(2, nine, "", "Place"),
        call(3, nine, "", "HuntGroup"),
        call(4, nine, "ada", direction="TERMINATING"),
        call(5, nine, "ada"),
        call(5, nine, "ada"),
        {**call(6, nine, "ada"), "Org UUID": uuid("another")},
        call(7, "2026-03-10T00:00:00.000Z", "ada"),
    ]
    partner.run()
    assert partner.rows("license_usage", YESTERDAY) == [f"{uuid('acme')},S2,calling,{uuid('ada')},1"]
    report = json.loads((partner.folder / "home" / "webex" / "report.json").read_text())
    assert report["usage"]["uncounted"]["2026-03-09"] == {
        "hosts with several subscriptions": 1,
        "hosts without a licence": 1,
        "callers without a licence": 1,
        "calls of workspaces": 1,
        "calls of services": 1,
    }
    assert "another organisation" in report["usage"]["calls"][uuid("acme")]


def test_calls_are_left_out_where_that_is_wanted(tmp_path: Path) -> None:
    partner = Partner(tmp_path, calls=False)
    partner.run()
    assert not [path for path in partner.webex.asked if "cdr_feed" in path]
    assert all(",meetings," in row for row in partner.rows("license_usage", YESTERDAY))


def test_holders_that_are_not_as_many_as_are_counted_are_read_once_more_and_reported(partner: Partner) -> None:
    meetings = partner.webex.lines["acme"][0]
    meetings["consumedByUsers"] = 3
    partner.run()
    assert partner.webex.asked[f"/v1/licenses/{meetings['id']}"] == 2
    report = json.loads((partner.folder / "home" / "webex" / "report.json").read_text())
    assert report["usage"]["holders"] == {f"{uuid('acme')} EE S1": {"listed": 2, "counted": 3}}


@pytest.mark.parametrize(("counted", "reported"), [(2, False), (3, True)])
def test_holders_that_one_of_two_lists_lacks_count(partner: Partner, counted: int, reported: bool) -> None:
    """Each list lacks another one; where that explains the difference, there is none to report."""
    meetings = partner.webex.lines["acme"][0]
    meetings["consumedByUsers"] = counted
    lists = [["ada"], ["bob"]]

    def listing(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(meetings["id"]):
            return None
        return httpx.Response(200, json={**meetings, "users": [person(name) for name in lists.pop(0)]})

    partner.webex.changed = listing
    partner.webex.meetings[SITE] = [meeting(n, "2026-03-09T10:00:00Z", name) for n, name in enumerate(("ada", "bob"))]
    partner.run()
    used = [row.split(",")[3] for row in partner.rows("license_usage", YESTERDAY) if ",meetings," in row]
    assert sorted(used) == sorted([uuid("ada"), uuid("bob")])
    report = json.loads((partner.folder / "home" / "webex" / "report.json").read_text())
    assert bool(report["usage"]["holders"]) == reported


def test_reports_that_the_token_may_not_read_are_reported_and_no_failure(partner: Partner) -> None:
    partner.webex.changed = answering("/meetingReports/", 403)
    assert partner.problems() == {}
    report = json.loads((partner.folder / "home" / "webex" / "report.json").read_text())
    assert report["usage"]["sites"] == {SITE: "Webex answers 403"}
    assert partner.rows("license_usage", YESTERDAY) == [f"{uuid('acme')},S2,calling,{uuid('ada')},1"]


def test_usage_that_fails_is_a_problem_of_its_day_and_comes_later(partner: Partner) -> None:
    partner.webex.changed = answering("/cdr_feed", 500)
    problem = partner.problems()["license_usage 2026-03-09"]
    assert problem.startswith(f"1 organisations could not be read ({uuid('acme')}: calls: Webex answers 500")
    assert len(partner.rows("license_usage", YESTERDAY)) == 1
    partner.webex.changed = lambda request: None
    assert partner.problems() == {}
    assert len(partner.rows("license_usage", YESTERDAY)) == 2


def test_another_region_is_named_and_asked_where_its_host_is(tmp_path: Path) -> None:
    partner = Partner(tmp_path)

    def elsewhere(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/cdr_feed") and request.url.host == "127.0.0.2":
            return httpx.Response(451, json={"message": "Use http://127.0.0.3:1/v1/cdr_feed"})
        return None

    partner.webex.changed = elsewhere
    assert (
        "at http://127.0.0.3:1/v1; set PORTFOLIO_WEBEX_ANALYTICS_BASE" in partner.problems()["license_usage 2026-03-09"]
    )
    partner.changed["extra_hosts"] = ("127.0.0.3:1",)
    assert partner.problems() == {}
    assert f"{uuid('acme')},S2,calling,{uuid('ada')},1" in partner.rows("license_usage", YESTERDAY)
