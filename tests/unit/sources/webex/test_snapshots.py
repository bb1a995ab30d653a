"""The rows of the three snapshots, and what is said of what was guessed, left out or added up."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import SourceError
from sources.webex.codes import KNOWN_CODES, read_codes
from sources.webex.models import Organisation, licence_of, organisation_of
from sources.webex.progress import Read
from sources.webex.snapshots import (
    Findings,
    assignment_rows,
    customer_rows,
    customers_of_subscriptions,
    is_trial_by_id,
    subscription_rows,
)
from sources.webex.terms import Terms, read_terms

from .small_webex import encoded, line, uuid

DAY = date(2026, 3, 10)


def read(name: str, *lines: dict[str, Any]) -> Read:
    organisation = Organisation(encoded("ORGANIZATION", uuid(name)), uuid(name), name, "2024-03-01")
    return Read(organisation, tuple(one for item in lines if (one := licence_of(item)) is not None))


def assigned(*reads: Read) -> tuple[list[tuple[str, str, str, str, str]], Findings]:
    """Subscription, product, code, total and assigned of each row."""
    findings = Findings()
    customers = customers_of_subscriptions(reads, findings)
    rows = assignment_rows("p", reads, customers, KNOWN_CODES, findings)
    names = ("subscription_id", "product", "license_code", "total_licenses", "assigned_licenses")
    return [tuple(row[name] for name in names) for row in rows], findings  # type: ignore[misc]


def test_customers_are_bare_and_without_a_country() -> None:
    listed = {"id": encoded("ORGANIZATION", uuid("acme").upper()), "displayName": "Acme, Inc."}
    organisation = organisation_of({**listed, "created": "2024-02-29T23:30:00-02:00"})
    assert organisation is not None
    assert customer_rows("p", [Read(organisation, ())]) == [
        {
            "partner_id": "p",
            "customer_id": uuid("acme"),
            "customer_name": "Acme, Inc.",
            "country_code": "",
            "created_on": "2024-03-01",
        }
    ]


def test_the_product_goes_by_the_code() -> None:
    seen = {
        "EE": "meetings",
        "BCSTD": "calling",
        "BCCA": "calling",
        "BCRLC": "other",
        "MS": "messaging",
        "FTC": "call_on_webex",
        "CJPPRM": "contact_center",
        "SD": "devices",
        "EPC": "other",
    }
    rows, findings = assigned(read("acme", *(line("acme", code, 5, 1, "S") for code in seen)))
    assert {code: product for _, product, code, _, _ in rows} == seen
    assert findings.unknown_codes == set()


def test_unknown_codes_are_other_and_named() -> None:
    odd = {**line("acme", "EE", 1, 1, "S"), "id": encoded("LICENSE", uuid("no code"))}
    rows, findings = assigned(read("acme", line("acme", "ZQ", 1, 1, "S"), odd))
    assert rows == [("S", "other", "ZQ", "1", "1"), ("S", "other", uuid("no code"), "1", "1")] or rows == [
        ("S", "other", uuid("no code"), "1", "1"),
        ("S", "other", "ZQ", "1", "1"),
    ]
    assert (findings.unknown_codes, findings.uncoded) == ({"ZQ"}, 1)


def test_lines_without_a_subscription_are_dropped_and_counted() -> None:
    rows, findings = assigned(read("acme", line("acme", "FMS", 44, 44, None), line("acme", "EE", 9, 3, "S")))
    assert rows == [("S", "meetings", "EE", "9", "3")]
    assert findings.without_subscription == 1


def test_a_code_on_several_sites_gets_its_site_on_every_line() -> None:
    lines = [
        line("acme", "EE", 10, 1, "S", site="a.webex.com"),
        line("acme", "EE", 20, 2, "S", site="b.webex.com"),
        line("acme", "EE", 30, 3, "S", site="b.webex.com", part=1),
        line("acme", "EE", 40, 4, "T", site="b.webex.com", part=2),
        line("acme", "CF", 5, 5, "S"),
    ]
    rows, findings = assigned(read("acme", *lines))
    assert rows == [
        ("S", "meetings", "EE:a.webex.com", "10", "1"),
        ("S", "meetings", "EE:b.webex.com", "50", "5"),
        ("S", "other", "CF", "5", "5"),
        ("T", "meetings", "EE", "40", "4"),
    ]
    assert (findings.several_sites, findings.summed) == (3, 1)


@pytest.mark.parametrize(
    ("counts", "total", "used"),
    [
        ([(10, 1), (None, 2)], "", "3"),
        ([(10, None), (5, 2)], "15", ""),
        ([(10.0, 1), ("5", 2.0)], "15", "3"),
        ([(10, 1), ("many", 2)], "many", "3"),
        ([(2.5, 1)], "2.5", "1"),
        ([(-1, 1)], "-1", "1"),
    ],
)
def test_a_sum_with_a_null_is_null(counts: list[Any], total: str, used: str) -> None:
    lines = [line("acme", "EE", *pair, "S", part=part) for part, pair in enumerate(counts)]
    rows, findings = assigned(read("acme", *lines))
    assert rows == [("S", "meetings", "EE", total, used)]
    assert findings.null_counts == ("" in (total, used))


def test_a_subscription_of_several_organisations_is_counted_whole_for_one() -> None:
    rows, findings = assigned(read("acme", line("acme", "EE", 1, 1, "S")), read("beta", line("beta", "EE", 2, 2, "S")))
    assert rows == [("S", "meetings", "EE", "3", "3")]
    assert findings.several_customers == {"S"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["EE", "BCSTD", "ZQ"]),
            st.integers(0, 100),
            st.sampled_from(["S", "T", None]),
            st.sampled_from(["a.webex.com", "b.webex.com", None]),
        ),
        max_size=12,
    )
)
def test_no_licence_is_lost_and_no_key_comes_twice(given: list[tuple[str, int, str | None, str | None]]) -> None:
    lines = [
        line("acme", code, count, count, subscription, site=site, part=part)
        for part, (code, count, subscription, site) in enumerate(given)
    ]
    rows, findings = assigned(read("acme", *lines))
    assert sum(int(row[3]) for row in rows) == sum(count for _, count, one, _ in given if one is not None)
    assert len({row[:3] for row in rows}) == len(rows)
    assert len(rows) + findings.summed + findings.without_subscription == len(given)


def subscribed(terms: dict[str, Terms], first: dict[str, date], trials: set[str]) -> tuple[dict[str, Any], Findings]:
    findings = Findings()
    customers = {"S": "c", "trialSub.1": "c"}
    rows = subscription_rows(
        "p", DAY, customers, terms, lambda one: one in trials or is_trial_by_id(one), first, findings
    )
    return {row["subscription_id"]: row for row in rows}, findings


def test_what_the_contract_file_knows_is_taken() -> None:
    terms = {"S": Terms(date(2025, 1, 1), date(2026, 12, 31), True, "suspended"), "gone": Terms()}
    rows, findings = subscribed(terms, {"S": date(2024, 1, 1)}, {"S"})
    assert rows["S"] == {
        "partner_id": "p",
        "customer_id": "c",
        "subscription_id": "S",
        "is_trial": "true",
        "status": "suspended",
        "start_date": "2025-01-01",
        "end_date": "2026-12-31",
        "auto_renew": "true",
    }
    assert findings.not_in_webex == {"gone"}
    assert findings.guessed_starts == {"trialSub.1": "2026-03-10"}
    assert findings.unknown_ends == findings.guessed_renewals == findings.guessed_statuses == {"trialSub.1"}


@pytest.mark.parametrize(
    ("first", "end", "start"),
    [
        (None, None, "2026-03-10"),
        ("2026-02-01", None, "2026-02-01"),
        ("2026-02-01", "2026-01-15", "2026-01-15"),
        (None, "2026-05-01", "2026-03-10"),
        (None, "2026-03-01", "2026-03-01"),
    ],
)
def test_an_unknown_start_is_the_first_snapshot_or_the_known_end(first: Any, end: Any, start: str) -> None:
    known = Terms(end_date=date.fromisoformat(end) if end else None)
    rows, _ = subscribed({"S": known}, {"S": date.fromisoformat(first)} if first else {}, set())
    row = rows["S"]
    assert (row["start_date"], row["end_date"]) == (start, end or "")
    assert (row["auto_renew"], row["status"], row["is_trial"]) == ("false", "active", "false")
    assert rows["trialSub.1"]["is_trial"] == "true"


def write(tmp_path: Path, text: str, name: str = "file.csv") -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def test_a_contract_file_is_read(tmp_path: Path) -> None:
    text = "\ufeffstatus,subscription_id,start_date,end_date,auto_renew,note\nactive, S ,2025-01-01,,TRUE,x\n,T,,,,\n\n"
    assert read_terms(write(tmp_path, text)) == {"S": Terms(date(2025, 1, 1), None, True, "active"), "T": Terms()}
    assert read_terms(None) == {}


HEADER = "subscription_id,start_date,end_date,auto_renew,status\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("subscription_id,start_date\nS,\n", "has no column end_date, auto_renew, status"),
        ("", "has no column subscription_id"),
        (f"{HEADER}S,2025-13-01,,,\n", "line 2: start_date must be a date"),
        (f"{HEADER}S,20250101,,,\n", "line 2: start_date must be a date"),
        (f"{HEADER}S,,,maybe,\n", "line 2: auto_renew must be true or false"),
        (f"{HEADER}S,,,,Active\n", "line 2: status must be one of active"),
        (f"{HEADER}S,2025-02-01,2025-01-01,,\n", "line 2: end_date 2025-01-01 is before start_date"),
        (f"{HEADER}S,,,,\nS,,,,\n", "line 3: subscription S was there before"),
        (f"{HEADER},2025-02-01,,,\n", "line 2: subscription_id is empty"),
        (f'{HEADER}"S\n', "is no CSV"),
    ],
)
def test_what_is_wrong_in_a_contract_file_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SourceError) as error:
        read_terms(write(tmp_path, text))
    assert said in str(error.value)
    assert str(error.value).startswith("PORTFOLIO_WEBEX_CONTRACT_FILE=")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_terms(tmp_path / "none.csv")


def test_codes_are_extended(tmp_path: Path) -> None:
    codes = read_codes(write(tmp_path, "code,product\nzq,calling\nEE,other\n"))
    assert (codes["ZQ"], codes["EE"], codes["MS"]) == ("calling", "other", "messaging")
    with pytest.raises(SourceError, match="line 2: product must be one of meetings"):
        read_codes(write(tmp_path, "code,product\nZQ,telephony\n"))
    with pytest.raises(SourceError, match="line 2: code is empty"):
        read_codes(write(tmp_path, "code,product\n,calling\n"))
