"""`portfolio webex`: the report of the last deliveries, and a contract file to fill in."""

import json
from pathlib import Path

import pytest

from cli.errors import UserError
from sources.errors import SourceError

HEADER = "subscription_id,start_date,end_date,auto_renew,status\n"
GUESSED = (
    "guessed for 2 subscriptions, since neither Webex nor the contract file tells: "
    "start_date of 1, end_date of 2, auto_renew of 1, status of 0"
)
REPORT = {
    "snapshot": {
        "day": "2026-03-10",
        "organisations": 2,
        "rows": {"customers": 2},
        "without_subscription": 1234,
        "guessed_starts": {"S1": "2026-03-10"},
        "unknown_ends": ["S1", "S2"],
        "guessed_renewals": ["S2"],
        "unknown_codes": ["ZQ"],
        "carried": {"an-org": "2026-03-09"},
    },
    "usage": {
        "day": "2026-03-10",
        "holders": {"an-org EE S1": {"listed": 2, "counted": 3}},
        "uncounted": {"2026-03-09": {"calls of workspaces": 3}},
    },
    "requests": {"day": "2026-03-10", "phases": {"usage": {"requests": 1200}}},
    "lost": {"2026-03-08": "1 organisations could not be read"},
}


def subscriptions(home: Path, day: str, *names: str) -> None:
    folder = home / "landing" / "subscriptions" / day
    folder.mkdir(parents=True)
    rows = "".join(f"p,c,{name},false,active,2026-01-01,,false\n" for name in names)
    header = "partner_id,customer_id,subscription_id,is_trial,status,start_date,end_date,auto_renew\n"
    (folder / "webex.csv").write_text(header + rows)


def test_a_home_without_deliveries_says_so(portfolio, home):
    assert "has not delivered anything" in portfolio("webex", "report", "--home", home).output


def test_organisations_that_could_not_be_read_come_first_with_their_causes(portfolio, home):
    unread = {"day": "2026-03-10", "organisations": {"an-org": "Webex answers 503", "other-org": "no answer"}}
    (home / "webex").mkdir(parents=True)
    (home / "webex" / "report.json").write_text(json.dumps({**REPORT, "unread": unread}))
    assert portfolio("webex", "report", "--home", home).output.splitlines()[:4] == [
        "Not read on 2026-03-10",
        "an-org: Webex answers 503",
        "other-org: no answer",
        "Snapshots",
    ]


def test_the_report_lists_guesses_and_counts(portfolio, home):
    (home / "webex").mkdir(parents=True)
    (home / "webex" / "report.json").write_text(json.dumps(REPORT))
    assert portfolio("webex", "report", "--home", home).output.splitlines() == [
        "Snapshots",
        "2026-03-10: 2 organisations read; rows: customers 2",
        "1,234 licence lines without a subscription, left out",
        GUESSED,
        "  S1: start_date 2026-03-10, end_date none",
        "  S2: end_date none, auto_renew false",
        "licence codes in no table, counted as other: 1",
        "  ZQ",
        "organisations that could not be read, whose rows of an earlier day are repeated: 1",
        "  an-org: 2026-03-09",
        "Usage",
        "read on 2026-03-10",
        "licences that list another number of holders than they count, read twice: 1",
        "  an-org EE S1: listed 2, counted 3",
        "not counted of 2026-03-09: 3 calls of workspaces",
        "Requests",
        "2026-03-10, usage: 1,200 requests",
        "Lost days",
        "2026-03-08: 1 organisations could not be read",
    ]


def test_a_contract_file_has_every_subscription_and_what_is_known(portfolio, home, monkeypatch, tmp_path):
    subscriptions(home, "2026-03-09", "gone")
    subscriptions(home, "2026-03-10", "S2", "S1")
    known = tmp_path / "known.csv"
    known.write_text(f"{HEADER}S1,2025-01-01,,TRUE,\nX,,2026-12-31,,cancelled\n")
    asked = ("webex", "contract-template", "--home", home)
    assert portfolio(*asked).output == f"{HEADER}S1,,,,\nS2,,,,\n"
    monkeypatch.setenv("PORTFOLIO_WEBEX_CONTRACT_FILE", str(known))
    wanted = f"{HEADER}S1,2025-01-01,,true,\nS2,,,,\nX,,2026-12-31,,cancelled\n"
    assert portfolio(*asked).output == wanted
    assert portfolio(*asked, "--output", tmp_path / "new.csv").output == ""
    assert (tmp_path / "new.csv").read_text() == wanted
    assert isinstance(portfolio(*asked, "--output", known).exception, UserError)
    assert known.read_text().startswith(f"{HEADER}S1,2025-01-01,,TRUE")


@pytest.mark.parametrize("command", ["contract-template"])
def test_without_a_snapshot_there_is_nothing_to_list(portfolio, home, command):
    error = portfolio("webex", command, "--home", home).exception
    assert isinstance(error, SourceError)
    assert "holds no subscriptions yet; run `portfolio materialize" in str(error)
