"""The source as commands use it: what it offers, what it lands, and how it goes on after whatever happened."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from expectations.contract import DATASETS
from sources.errors import SourceError
from sources.guarded import GuardedSource
from sources.landing.folder import LandingFolder
from sources.source import Delivery, Offer
from sources.webex.options import WebexOptions
from sources.webex.source import WebexSource

from .small_webex import PARTNER, TOKEN, SmallWebex, encoded, line, options, uuid

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)
SITE = "acme.webex.com"
SNAPSHOTS = ("customers", "subscriptions", "license_assignments")


def meeting(number: int, start: str, host: str) -> dict[str, Any]:
    return {"meetingId": f"m{number}", "start": start, "hostEmail": f"{host}@EXAMPLE.com"}


def call(number: int, start: str, user: str, kind: str = "User", direction: str = "ORIGINATING") -> dict[str, Any]:
    return {
        "Report ID": f"r{number}",
        "Start time": start,
        "Direction": direction,
        "User type": kind,
        "User UUID": uuid(user) if user else "NA",
    }


class Partner:
    """A partner with two organisations, and the source that asks for them."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        self.folder = folder
        self.webex = SmallWebex()
        meetings = line("acme", "EE", 10, 2, "S1", site=SITE)
        calling = line("acme", "BCSTD", 5, 1, "S2")
        self.webex.lines = {"acme": [meetings, calling], "beta": [line("beta", "MS", 7, 0, "trialSub.9")]}
        self.webex.holders = {meetings["id"]: ["ada", "bob"], calling["id"]: ["ada"]}
        self.webex.meetings = {
            SITE: [meeting(1, "2026-03-09T23:59:59Z", "ADA"), meeting(2, "2026-03-10T00:00:00Z", "bob")]
        }
        self.webex.records = {"acme": [call(1, "2026-03-09T09:00:00.000Z", "ada")]}
        self.now = NOW
        self.changed = changed
        self.notes: list[str] = []

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def options(self) -> WebexOptions:
        return options(self.folder / "home" / "webex", **self.changed)

    @property
    def source(self) -> GuardedSource:
        given = self.options
        landing = LandingFolder(self.landing)
        return GuardedSource(WebexSource(landing, given, lambda: self.now, lambda note: self.webex.client(given, note)))

    def offers(self) -> list[Offer]:
        return [offer for dataset in DATASETS for offer in self.source.offers(dataset)]

    def run(self) -> list[Delivery]:
        self.webex.asked.clear()
        return list(self.source.deliver(self.offers(), self.notes.append))

    def problems(self) -> dict[str, str]:
        return {f"{one.dataset} {one.day}": one.problem for one in self.run() if one.problem}

    def rows(self, dataset: str, day: date) -> list[str]:
        """The rows of all files, without the header and the partner."""
        files = sorted((self.landing / dataset / str(day)).glob("*.csv"))
        return [row.removeprefix(f"{PARTNER},") for file in files for row in file.read_text().splitlines()[1:]]

    def landed(self) -> dict[str, bytes]:
        return {str(file.relative_to(self.landing)): file.read_bytes() for file in sorted(self.landing.rglob("*.csv"))}


@pytest.fixture
def partner(tmp_path: Path) -> Partner:
    return Partner(tmp_path)


def test_a_first_run_lands_today_s_snapshots_and_the_usage_of_days_that_are_over(partner: Partner) -> None:
    deliveries = partner.run()
    assert not [one for one in deliveries if one.problem]
    acme, beta = uuid("acme"), uuid("beta")
    assert sorted(partner.rows("customers", TODAY)) == sorted([f"{acme},acme,,2024-03-01", f"{beta},beta,,2024-03-01"])
    assert sorted(partner.rows("subscriptions", TODAY)) == sorted(
        [
            f"{acme},S1,false,active,2026-03-10,,false",
            f"{acme},S2,false,active,2026-03-10,,false",
            f"{beta},trialSub.9,true,active,2026-03-10,,false",
        ]
    )
    assert sorted(partner.rows("license_assignments", TODAY)) == sorted(
        [
            f"{acme},S1,meetings,EE,name of EE,10,2",
            f"{acme},S2,calling,BCSTD,name of BCSTD,5,1",
            f"{beta},trialSub.9,messaging,MS,name of MS,7,0",
        ]
    )
    ada = uuid("ada")
    assert partner.rows("license_usage", YESTERDAY) == [f"{acme},S1,meetings,{ada},1", f"{acme},S2,calling,{ada},1"]
    assert LandingFolder(partner.landing).days("license_usage") == [date(2026, 3, day) for day in (7, 8, 9)]


def test_what_was_delivered_is_offered_no_more_on_that_day(partner: Partner) -> None:
    assert partner.source.newest_day(TODAY) == TODAY
    partner.run()
    before = partner.landed()
    assert partner.offers() == []
    assert partner.run() == []
    assert not partner.webex.asked
    assert partner.landed() == before


def test_each_later_day_has_its_own_and_earlier_snapshots_stay(partner: Partner) -> None:
    partner.run()
    before = partner.landed()
    partner.now += timedelta(days=1)
    partner.webex.records["acme"].append(call(2, "2026-03-09T10:00:00Z", "ada"))
    partner.webex.lines["acme"].append(line("acme", "SD", 3, 1, "S3"))
    assert [(one.dataset, one.day) for one in partner.offers()] == [
        *((name, date(2026, 3, 11)) for name in SNAPSHOTS),
        *(("license_usage", date(2026, 3, day)) for day in (8, 9, 10)),
    ]
    partner.run()
    assert {name: content for name, content in partner.landed().items() if name in before} == before
    acme, ada, bob = uuid("acme"), uuid("ada"), uuid("bob")
    assert partner.rows("license_usage", YESTERDAY)[-1] == f"{acme},S2,calling,{ada},1"
    assert len(partner.rows("license_usage", YESTERDAY)) == 3
    assert partner.rows("license_usage", TODAY) == [f"{acme},S1,meetings,{bob},1"]
    starts = {row.split(",")[1]: row.split(",")[4] for row in partner.rows("subscriptions", date(2026, 3, 11))}
    assert starts == {"S1": "2026-03-10", "S2": "2026-03-10", "S3": "2026-03-11", "trialSub.9": "2026-03-10"}


def test_a_rebuilt_home_doubles_nothing_and_guesses_the_same(partner: Partner) -> None:
    partner.run()
    before = partner.landed()
    for file in (partner.folder / "home" / "webex").iterdir():
        file.unlink()
    partner.run()
    assert partner.landed() == before
    partner.now += timedelta(days=1)
    for file in (partner.folder / "home" / "webex").iterdir():
        file.unlink()
    partner.run()
    assert "S1,false,active,2026-03-10" in "".join(partner.rows("subscriptions", date(2026, 3, 11)))


def test_an_organisation_that_fails_keeps_the_snapshots_from_landing_and_the_next_run_asks_for_it_alone(
    partner: Partner,
) -> None:
    partner.webex.failing = {"beta"}
    problems = partner.problems()
    assert set(problems) == {f"{name} 2026-03-10" for name in SNAPSHOTS} | {
        f"license_usage {YESTERDAY - timedelta(days=back)}" for back in range(89)
    }
    assert (
        f"1 of 2 organisations could not be read ({uuid('beta')}: Webex answers 503" in problems["customers 2026-03-10"]
    )
    assert LandingFolder(partner.landing).days("customers") == []
    assert partner.rows("license_usage", YESTERDAY) != []  # of the organisation that could be read

    partner.webex.failing = set()
    assert partner.problems() == {}
    asked = [path.rpartition("/")[2] for path in partner.webex.asked if "/organizations/" in path]
    assert asked == [encoded("ORGANIZATION", uuid("beta"))]
    assert len(partner.rows("customers", TODAY)) == 2


def test_a_day_that_never_became_whole_is_lost_and_reported(partner: Partner) -> None:
    partner.webex.failing = {"beta"}
    partner.run()
    partner.now += timedelta(days=1)
    partner.webex.failing = set()
    assert partner.problems() == {}
    assert LandingFolder(partner.landing).days("customers") == [date(2026, 3, 11)]
    assert any("the snapshots of 2026-03-10 are lost: 1 organisations" in note for note in partner.notes)
    report = json.loads((partner.folder / "home" / "webex" / "report.json").read_text())
    assert list(report["lost"]) == ["2026-03-10"]
    assert [file.name for file in (partner.folder / "home" / "webex").glob("snapshot-*")] == [
        "snapshot-2026-03-11.jsonl"
    ]


def test_carrying_repeats_the_newest_landed_rows(tmp_path: Path) -> None:
    partner = Partner(tmp_path, partial="carry")
    partner.run()
    partner.now += timedelta(days=1)
    partner.webex.failing = {"acme"}
    partner.webex.lines["beta"][0]["totalUnits"] = 99
    assert partner.problems() == {}
    tomorrow = date(2026, 3, 11)
    for dataset in SNAPSHOTS:
        of_acme = [row for row in partner.rows(dataset, TODAY) if row.startswith(uuid("acme"))]
        assert of_acme
        assert [row for row in partner.rows(dataset, tomorrow) if row.startswith(uuid("acme"))] == of_acme
    assert f"{uuid('beta')},trialSub.9,messaging,MS,name of MS,99,0" in partner.rows("license_assignments", tomorrow)
    assert any("rows that landing has of them are repeated" in note for note in partner.notes)
    assert partner.rows("license_usage", TODAY) == []

    partner.webex.failing = set()  # its usage comes later
    partner.now += timedelta(days=1)
    partner.run()
    assert partner.rows("license_usage", TODAY) == [f"{uuid('acme')},S1,meetings,{uuid('bob')},1"]


def test_carrying_waits_where_there_is_nothing_to_repeat(tmp_path: Path) -> None:
    partner = Partner(tmp_path, partial="carry")
    partner.webex.failing = {"acme"}
    assert "customers 2026-03-10" in partner.problems()
    assert LandingFolder(partner.landing).days("customers") == []


@pytest.mark.parametrize("after", range(1, 14))
def test_a_run_that_is_killed_anywhere_ends_as_one_that_was_not(tmp_path: Path, after: int) -> None:
    undisturbed = Partner(tmp_path / "a")
    undisturbed.run()
    killed = Partner(tmp_path / "b")
    left = [after]

    def kill(request: httpx.Request) -> httpx.Response | None:
        left[0] -= 1
        if left[0] == 0:
            raise EOFError
        return None

    killed.webex.changed = kill
    with pytest.raises(SourceError, match="EOFError"):
        killed.run()
    (killed.folder / "home" / "webex" / "snapshot-2026-03-10.jsonl").open("a").write('{"organisation": {"raw')
    killed.run()
    assert killed.landed() == undisturbed.landed()


def test_a_contract_file_that_changes_is_taken_on_the_same_day_without_asking(tmp_path: Path) -> None:
    file = tmp_path / "contract.csv"
    file.write_text("subscription_id,start_date,end_date,auto_renew,status\n")
    partner = Partner(tmp_path, contract_file=file)
    partner.run()
    file.write_text("subscription_id,start_date,end_date,auto_renew,status\nS1,2025-01-01,2026-12-31,true,\nX,,,,\n")
    assert {offer.dataset for offer in partner.offers()} == set(SNAPSHOTS)
    partner.run()
    assert not partner.webex.asked
    assert f"{uuid('acme')},S1,false,active,2025-01-01,2026-12-31,true" in partner.rows("subscriptions", TODAY)
    assert any("1 subscriptions of the contract file are not in Webex: X" in note for note in partner.notes)
    assert partner.offers() == []


def test_a_trial_is_one_by_its_tag(partner: Partner) -> None:
    partner.webex.tags = {"t": [{"subscriptionId": "S1", "trial": "true"}, {"subscriptionId": "S2", "trial": "false"}]}
    partner.run()
    trials = {row.split(",")[1]: row.split(",")[2] for row in partner.rows("subscriptions", TODAY)}
    assert trials == {"S1": "true", "S2": "false", "trialSub.9": "true"}


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


def answering(path: str, status: int) -> Callable[[httpx.Request], httpx.Response | None]:
    return lambda request: httpx.Response(status, content=b"ada@example.com") if path in request.url.path else None


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


@pytest.mark.parametrize("path", ["/people/me", "/organizations", "/partner/tags"])
def test_without_the_lists_nothing_lands(partner: Partner, path: str) -> None:
    partner.webex.changed = lambda request: httpx.Response(500) if request.url.path.endswith(path) else None
    problems = partner.problems()
    assert "Webex answers 500" in problems["customers 2026-03-10"]
    assert partner.landed() == {}


def test_tags_that_may_not_be_read_are_said(partner: Partner) -> None:
    partner.webex.changed = answering("/partner/tags", 403)
    assert partner.problems() == {}
    assert any("trials are told by their ids alone" in note for note in partner.notes)


def test_no_token_or_address_is_anywhere(partner: Partner) -> None:
    partner.webex.changed = answering("/cdr_feed", 500)
    said = repr(partner.run()) + "".join(partner.notes)
    for file in (partner.folder / "home").rglob("*"):
        said += file.name + (file.read_text() if file.is_file() else "")
    said += b"".join(partner.landed().values()).decode()
    for secret in (TOKEN, "@", "ada@", "admin"):
        assert secret.lower() not in said.lower()
    assert uuid("ada") not in "".join(file.read_text() for file in (partner.folder / "home").rglob("*.json*"))


def test_an_unforeseen_failure_quotes_nothing(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("ada@example.com")

    monkeypatch.setattr("sources.webex.run.rows_to_land", fail)
    with pytest.raises(SourceError, match=r"source webex failed with ValueError \(") as error:
        partner.run()
    assert "ada" not in str(error.value)
    assert error.value.__cause__ is None


def test_an_unusable_source_offers_nothing_and_says_why(tmp_path: Path) -> None:
    partner = Partner(tmp_path, contract_file=tmp_path / "none.csv")
    assert partner.offers() == []
    with pytest.raises(SourceError, match=r"none\.csv cannot be read"):
        partner.source.check()


def test_a_token_is_sent_encrypted_or_to_this_machine(tmp_path: Path) -> None:
    partner = Partner(tmp_path, api_base="http://webex.example/v1")
    with pytest.raises(SourceError, match="without encryption"):
        partner.source.check()


def test_a_missing_library_is_one_line(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.webex.source.find_spec", lambda name: None)
    with pytest.raises(SourceError, match=r"pip install partner-portfolio\[webex\]"):
        partner.source.check()
