"""Horizons in the ledger: what was pruned stays so, and its days are not stale."""

from datetime import date, timedelta

from planning.buildable import PartitionStates, plan_days
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger
from storage.ledger.pruning import advance
from storage.ledger.states import find_stale_days

D = date(2026, 3, 10)


def day(offset: int) -> date:
    return D + timedelta(days=offset)


def test_a_horizon_never_goes_back_and_pruned_days_are_not_stale(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        advance(ledger, {"marts": day(1)})
        advance(ledger, {"marts": D, "customers": day(-20)})
        assert horizons(ledger) == {"marts": day(1), "customers": day(-20)}
        plan = plan_days(D, D, PartitionStates({}), 3)
        AsOfDays(ledger).record(plan, {D: "what is gone"}, {"models": "old"}, "run")
        assert find_stale_days(ledger, frozenset({D, day(-1)}), None, {"models": "new"}, 3) == {}
