"""The source as commands use it: what it offers, and what it lands."""

from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from sources.errors import SourceError
from sources.landing.folder import LandingFolder

from .partner import SNAPSHOTS, TODAY, YESTERDAY, Partner, answering, call
from .small_webex import TOKEN, line, uuid


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
    with pytest.raises(SourceError, match=r"install partner-portfolio\[webex\] from its wheel"):
        partner.source.check()
