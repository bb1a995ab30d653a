"""How the source goes on after whatever happened: failures, kills, days that are over."""

import json
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from sources.errors import SourceError
from sources.landing.folder import LandingFolder
from sources.webex.report import Report

from .partner import SNAPSHOTS, TODAY, YESTERDAY, Partner
from .small_webex import encoded, uuid


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
    report = Report(partner.options.memory).fields
    assert report["unread"] == {
        "day": "2026-03-10",
        "organisations": {uuid("beta"): "Webex answers 503, at the last of 8 attempts"},
    }
    assert report["requests"]["phases"]["snapshots"]["repeated after: Webex answers 503"] == 7

    partner.webex.failing = set()
    assert partner.problems() == {}
    assert Report(partner.options.memory).fields["unread"]["organisations"] == {}
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
    why = f"1 organisations could not be read ({uuid('beta')}: Webex answers 503, at the last of 8 attempts)"
    assert report["lost"] == {"2026-03-10": why}
    assert [file.name for file in (partner.folder / "home" / "webex").glob("snapshot-*")] == [
        "snapshot-2026-03-11.jsonl"
    ]


def test_a_day_whose_run_did_not_end_is_lost_for_that(partner: Partner) -> None:
    """The next run read what had failed, so that no organisation is to blame."""

    def kill(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/partner/tags"):
            raise EOFError
        return None

    partner.webex.failing = {"beta"}
    partner.run()
    partner.webex.failing, partner.webex.changed = set(), kill
    with pytest.raises(SourceError, match="EOFError"):
        partner.run()
    partner.webex.changed = lambda request: None
    partner.now += timedelta(days=1)
    assert partner.problems() == {}
    report = json.loads((partner.folder / "home" / "webex" / "report.json").read_text())
    assert report["lost"] == {"2026-03-10": "the run did not end"}


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


def test_the_report_says_of_which_day_rows_are_however_often_they_were_repeated(tmp_path: Path) -> None:
    contract, columns = tmp_path / "contract.csv", "subscription_id,start_date,end_date,auto_renew,status\n"
    contract.write_text(columns)
    partner = Partner(tmp_path, partial="carry", contract_file=contract)
    partner.run()
    for failing, origins in (
        ({"acme"}, {uuid("acme"): "2026-03-10"}),
        ({"acme", "beta"}, {uuid("acme"): "2026-03-10", uuid("beta"): "2026-03-11"}),
        ({"beta"}, {uuid("beta"): "2026-03-11"}),
        ({"acme"}, {uuid("acme"): "2026-03-13"}),
    ):
        partner.now += timedelta(days=1)
        partner.webex.failing = failing
        assert partner.problems() == {}
        assert Report(partner.options.memory).fields["snapshot"]["carried"] == origins
        contract.write_text(f"{columns}S1,,{partner.now.date()},,\n")  # it is landed once more, by another file
        assert {offer.dataset for offer in partner.offers()} >= set(SNAPSHOTS)
        assert partner.problems() == {}
        assert Report(partner.options.memory).fields["snapshot"]["carried"] == origins


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
