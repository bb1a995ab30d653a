"""The random portfolios of a year reach every rule of the decision marts, and a seed always delivers the same."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from ...reference.decisions.actions import ORDER
from ...reference.decisions.history import History
from ...reference.decisions.years import year_portfolio
from ...reference.marts import marts_of_day
from ...reference.memory import MemoryLanding
from ...reference.metrics import is_blocked, refused_snapshots_block
from ...reference.raw import days

SEEDS = range(10)
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    found: Rows = {}
    for seed in SEEDS:
        delivered, first, last = year_portfolio(seed)
        history = History(MemoryLanding(delivered))
        for day in days(first, last):
            for mart, some in marts_of_day(history, day).items():
                found.setdefault(mart, []).extend(some)
    return found


def values(rows: Rows, mart: str, column: str) -> set[Any]:
    return {row[column] for row in rows[mart]}


def test_a_seed_always_delivers_the_same() -> None:
    assert year_portfolio(3) == year_portfolio(3)


def test_days_are_blocked_in_both_ways_and_partners_unseen() -> None:
    ways: Counter[str] = Counter()
    for seed in range(20):
        delivered, first, last = year_portfolio(seed)
        landing = MemoryLanding(delivered)
        for day in days(first, last):
            for before in (0, 6, 7, 28, 90, 118, 180, 208, 365):
                when = day - timedelta(days=before)
                hidden, blocked = refused_snapshots_block(landing, when), is_blocked(landing, when)
                ways[f"{before} by snapshots"] += hidden
                ways[f"{before} by usage"] += blocked and not hidden
    assert all(ways[f"{before} by snapshots"] for before in (6, 7, 28, 90, 118, 180, 208, 365)), ways
    assert ways["7 by usage"] and ways["6 by usage"], ways


def test_every_outcome_change_and_action_occurs(rows: Rows) -> None:
    outcomes = {"converted", "extended", "renewed", "replaced", "expired_trial", "lost", "cancelled"}
    assert values(rows, "renewal_outcomes", "outcome") == outcomes
    changes = (
        "added removed end_moved auto_renew_on auto_renew_off converted suspended resumed licenses_up licenses_down"
    )
    changes += " over_limit_entered over_limit_left expiring_entered renewing_entered"
    assert values(rows, "portfolio_changes", "change") == set(changes.split())
    assert values(rows, "next_actions", "action") == set(ORDER)
    assert len(values(rows, "next_actions", "also")) > 4


def test_every_state_occurs_and_forecasts_are_told_and_not_told(rows: Rows) -> None:
    states = {(row["headroom_band"], row["growth_band"]) for row in rows["overage_risk"]}
    assert len(states) == 16, states
    assert {(row["similar_positions"] > 0, row["cohort_positions"] > 0) for row in rows["overage_risk"]} == {
        (True, True),
        (False, True),
        (False, False),
    }
    assert {(row["positions"] > 0, row["skill"] is None) for row in rows["forecast_skill"]} == {
        (True, False),
        (True, True),
        (False, True),
    }


def test_terms_are_known_and_unknown(rows: Rows) -> None:
    positions = rows["license_positions"]
    known = {(row["currency"] is None, row["value_12m"] is None) for row in positions}
    assert known == {(True, True), (False, True), (False, False)}
    assert values(rows, "license_positions", "buying_model") >= {None, "enterprise_agreement"}
    assert {row["needed_licenses"] is None for row in rows["renewal_worklist"]} == {True, False}
    assert {row["usage_days_loaded_90d"] >= 45 for row in positions} == {True, False}
    assert values(rows, "true_forward", "is_overconsumed") == {True, False}
    assert {row["allowed_licenses"] is None for row in rows["true_forward"]} == {True, False}
    assert {row["total_licenses"] is None for row in rows["customer_overview"]} == {True, False}
    assert {row["base_customers"] is None for row in rows["retention"]} == {True, False}
