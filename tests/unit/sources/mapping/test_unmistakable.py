"""A value that an operation did not understand never counts as another one that the contract would take."""

import pytest

from .mapped import feed_of, mapped, put, rows_of

PARTNER = {"partner_id": {"constant": "p"}}
LINES = {
    **PARTNER,
    **{name: {"constant": name} for name in ("customer_id", "subscription_id", "license_code")},
    "product": {"constant": "meetings"},
    "currency": {"constant": "EUR"},
}


@pytest.mark.parametrize(
    ("delivered", "landed"),
    [
        ("1,5", "1.5"),
        ("1.500,25", "1500.25"),
        ("1.500", "1500"),
        ("1.50", "1.50 (not understood)"),
        ("7", "7"),
        ("12.-", "12.-"),
        ("", ""),
    ],
)
def test_a_number_of_other_signs_is_not_taken_by_the_contract(tmp_path, delivered, landed):
    column = {"from": "price", "number": {"decimal": ",", "thousands": "."}}
    feed = feed_of(dataset="contract_lines", columns={**LINES, "unit_price_month": column})
    put(tmp_path, "x-2026-03-01.csv", f"price;other\n{delivered};x\n")
    made = mapped(tmp_path, feed, "x-2026-03-01.csv")
    assert [row["unit_price_month"] for row in rows_of(made)] == [landed]
    assert made.account.columns["unit_price_month"].count == (landed == delivered != "" and "-" in delivered) + (
        "not understood" in landed
    )


def subscriptions(**columns: object) -> dict[str, object]:
    fixed = {name: {"constant": name} for name in ("customer_id", "subscription_id")}
    others = {"status": {"constant": "active"}, "start_date": {"constant": "2026-01-01"}}
    return {
        **PARTNER,
        **fixed,
        **others,
        "is_trial": {"constant": "false"},
        "auto_renew": {"constant": "true"},
        **columns,
    }


@pytest.mark.parametrize(
    ("delivered", "landed"), [("x", "true"), ("TRUE", "true"), ("1", "1 (not understood)"), ("maybe", "maybe")]
)
def test_words_of_ones_own_are_the_only_ones(tmp_path, delivered, landed):
    words = {"from": "renews", "boolean": {"true": ["x"], "false": [""]}}
    put(tmp_path, "x-2026-03-01.csv", f"renews,other\n{delivered},y\n")
    made = mapped(
        tmp_path, feed_of(dataset="subscriptions", columns=subscriptions(auto_renew=words)), "x-2026-03-01.csv"
    )
    assert [row["auto_renew"] for row in rows_of(made)] == [landed]


def test_a_part_that_was_not_understood_counts_for_the_whole(tmp_path):
    parts = {"concat": ["year", {"from": "rest", "regex": "^(-[0-9]+-[0-9]+)!$"}]}
    put(tmp_path, "x-2026-03-01.csv", "year,rest\n2026,-03-01!\n2026,-03-01\n")
    made = mapped(
        tmp_path, feed_of(dataset="subscriptions", columns=subscriptions(start_date=parts)), "x-2026-03-01.csv"
    )
    assert [row["start_date"] for row in rows_of(made)] == ["2026-03-01", "2026-03-01 (not understood)"]


def test_texts_and_what_has_no_operation_stay_as_they_are(tmp_path):
    columns = subscriptions(
        subscription_id={"from": "id", "regex": "^S-(.*)$"},
        end_date="end",
        status={"from": "status", "lookup": {"values": {"aktiv": "active"}}},
    )
    put(tmp_path, "x-2026-03-01.csv", "id,end,status\n12,2026-05-01,active\n")
    (row,) = rows_of(mapped(tmp_path, feed_of(dataset="subscriptions", columns=columns), "x-2026-03-01.csv"))
    assert (row["subscription_id"], row["end_date"], row["status"]) == ("12", "2026-05-01", "active")
