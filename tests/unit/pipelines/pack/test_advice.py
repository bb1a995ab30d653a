"""Recommendations, word for word: the arithmetic of each action, with figures worked out by hand."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.pack.advice import _WORDS, Advice, advice
from pipelines.pack.figures import read_figures

from .published import CUSTOMER, DAY, insert, marts, overview, position

WORKLIST = {
    "end_date": date(2026, 4, 21), "days_until_end": 30, "notice_days": 10, "decision_date": date(2026, 4, 11),
    "days_until_decision": 20, "total_licenses": 40, "used_licenses_90d": 25, "needed_licenses": 28,
    "reducible_licenses": 12, "avoidable_12m": 1440.0,
}  # fmt: skip
FORWARD = {
    "total_licenses": 40, "assigned_licenses": 50, "growth_allowance": 0.15, "true_forward_date": date(2026, 5, 1),
    "measured_on": date(2026, 3, 31), "days_until_measured": 9, "allowed_licenses": 46, "licenses_to_free": 4,
    "exposure_licenses": 10, "exposure_12m": 1200.0,
}  # fmt: skip
RISK = {
    "total_licenses": 40, "assigned_licenses": 39, "headroom_licenses": 1, "headroom_band": "95-100 %",
    "growth_band": "slow", "similar_positions": 10, "similar_exceeded": 6, "cohort_positions": 50,
    "cohort_exceeded": 5, "probability_over_limit_90d": 0.35,
}  # fmt: skip


def advised(
    action: str,
    also: str | None = None,
    mart: str | None = None,
    row: Mapping[str, Any] = WORKLIST,
    skill: float | None = None,
    headroom: int = 10,
    **given: Any,
) -> list[Advice]:
    with marts() as published:
        overview(published.connection)
        position(published.connection, **given)
        of = {"customer_id": "c1", "product": "meetings", "subscription_id": "s1"}
        insert(
            published.connection, "next_actions", **of, action=action, also=also, subscription_label="s1", priority=1
        )
        insert(published.connection, "forecast_skill", skill=skill)
        if mart is not None:
            insert(published.connection, mart, **of, **row)
        figures = read_figures(published, CUSTOMER, DAY)
        assert figures is not None
        return advice(figures, headroom)


def one(*arguments: Any, **given: Any) -> tuple[str, date | None, list[str]]:
    (found,) = advised(*arguments, **given)
    assert (found.subscription, found.product) == ("s1", "meetings")
    return found.title, found.due, list(found.steps)


def test_what_is_over_an_agreement_s_allowance() -> None:
    assert one("free_before_true_forward", mart="true_forward", row=FORWARD) == (
        "Take back 4 licences before the true forward",
        date(2026, 3, 31),
        [
            (
                "Cisco measures on 2026-03-31, in 9 days: if more than 46 are assigned then, all growth is charged"
                " from 2026-05-01 on."
            ),
            "Allowed: 40 purchased × (1 + 15%), rounded down, = 46.",
            "To take back: 50 assigned − 46 allowed = 4.",
            "Otherwise charged for 12 months: 4,800.00 EUR × 10 / 40 = 1,200.00 EUR.",
        ],
    )


def test_what_is_used_beyond_the_purchase() -> None:
    over = {"assigned_licenses": 41, "overage_licenses": 1}
    assert one("settle_overage", **over) == (
        "Settle 1 licence assigned beyond what was purchased",
        DAY,
        [
            "Over the limit: 41 assigned − 40 purchased = 1.",
            "What these are worth in 12 months: 4,800.00 EUR × 1 / 40 = 120.00 EUR.",
        ],
    )
    *_, steps = one("settle_overage", **over, value_12m=None, currency=None)
    assert steps[-1] == "What these are worth in 12 months: not known, since the price is not."
    *_, steps = one("settle_overage", total_licenses=0, assigned_licenses=2, overage_licenses=2, value_12m=0.0)
    assert steps[-1] == "What these are worth in 12 months: not known, since the price is not."


def test_a_trial_that_is_used() -> None:
    assert one("convert_trial", mart="renewal_worklist") == (
        "Turn the trial of 40 licences into a subscription",
        date(2026, 4, 21),
        [
            "The trial ends on 2026-04-21, in 30 days.",
            "Used in 90 days: 25 of 40 licences = 62%, and 60% or more is much.",
            "Value in 12 months: 4,800.00 EUR.",
        ],
    )


def test_a_renewal_is_due_today_where_its_decision_passed() -> None:
    assert one("renew", mart="renewal_worklist")[:2] == ("Renew 40 licences", date(2026, 4, 11))
    late = WORKLIST | {"decision_date": date(2026, 3, 21), "days_until_decision": -1, "notice_days": 31}
    assert one("renew", mart="renewal_worklist", row=late) == (
        "Renew 40 licences",
        DAY,
        [
            "Decide by: end on 2026-04-21 − 31 days of notice = 2026-03-21, 1 day ago.",
            "It does not renew by itself, and nothing is ordered for the next term.",
            "Value in 12 months: 4,800.00 EUR.",
        ],
    )


@pytest.mark.parametrize(
    ("headroom", "how"), [(10, "× 110%, rounded up,"), (50, "and headroom beside them")]
)  # the day was built with 10
def test_fewer_licences_for_the_next_term(headroom: int, how: str) -> None:
    assert one("right_size", mart="renewal_worklist", headroom=headroom) == (
        "Renew with 12 fewer licences",
        date(2026, 4, 11),
        [
            f"Needed: 25 used in 90 days {how} = 28.",
            "Not needed: 40 purchased − 28 needed = 12.",
            "To be changed until 2026-04-11, in 20 days.",
            "Avoidable in 12 months: 4,800.00 EUR × 12 / 40 = 1,440.00 EUR.",
        ],
    )


def test_licences_that_nobody_holds() -> None:
    assert one("raise_assignment") == (
        "Hand out 10 licences that nobody holds",
        None,
        [
            "Nobody holds: 40 purchased − 30 assigned = 10.",
            "Assigned: 75%, among the lowest quarter of comparable subscriptions.",
            "What these cost in 12 months: 4,800.00 EUR × 10 / 40 = 1,200.00 EUR.",
        ],
    )


CAVEAT = " (no better than the base rate)"


@pytest.mark.parametrize(("skill", "caveat"), [(0.1, ""), (0.0, CAVEAT), (None, CAVEAT)])
def test_a_probability_is_spelt_out_and_says_when_it_is_worth_nothing(skill: float | None, caveat: str) -> None:
    title, due, steps = one("offer_more", mart="overage_risk", row=RISK, skill=skill)
    assert (title, due) == ("Offer more licences before they run out", None)
    assert steps[:2] == [
        "Left: 40 purchased − 39 assigned = 1; band 95-100 %, growth slow.",
        "On average: 5 of 50 subscriptions went over their limit within 90 days = 10%.",
    ]
    did = "Of those that stood the same way 6 of 10 did; with 10 of the average added: "
    assert steps[2:] == [did + f"(6 + 10 × 10%) / (10 + 10) = 35%{caveat}."]
    unknown = RISK | {"probability_over_limit_90d": None, "cohort_positions": 0, "cohort_exceeded": 0}
    *_, steps = one("offer_more", mart="overage_risk", row=unknown, skill=skill)
    assert len(steps) == 1


def test_what_else_holds_follows() -> None:
    found = advised("renew", also="right_size, raise_assignment", mart="renewal_worklist")
    assert [item.title for item in found] == [
        "Renew 40 licences", "Renew with 12 fewer licences", "Hand out 10 licences that nobody holds",
    ]  # fmt: skip


def test_every_action_has_its_words() -> None:
    model = Path(__file__).parents[4] / "dbt_project/models/marts/next_actions/next_actions.sql"
    named = re.findall(r'^    "(\w+)": \[', model.read_text(), flags=re.MULTILINE)
    assert len(named) == 7
    assert list(_WORDS) == named
