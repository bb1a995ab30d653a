"""The window of a build, as dbt is told of it: its days, those that are blocked, and what it looks back on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assets.resources import Workspace
from expectations.contract import DATASETS
from planning.buildable import DayPlan, PartitionStates, plan_days
from planning.inputs import Inputs
from planning.look_back import compared_from, looked_back_from, partitions_of
from planning.staleness import current_days
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.ledger import Ledger
from storage.ledger.states import read_inputs


def window_environment(plan: DayPlan, stored: Sequence[date] = ()) -> dict[str, str]:
    """The window of a build as the environment variables that the dbt project reads.

    Args:
        stored: days before the window that the marts hold as their inputs are now.
    """
    return {
        "PORTFOLIO_WINDOW_START": plan.first.isoformat(),
        "PORTFOLIO_WINDOW_END": plan.last.isoformat(),
        "PORTFOLIO_BLOCKED_DAYS": ",".join(day.isoformat() for day in plan.blocked_days),
        "PORTFOLIO_UNSEEN_DAYS": ",".join(day.isoformat() for day in plan.unseen_look_back),
        "PORTFOLIO_STORED_DAYS": ",".join(day.isoformat() for day in stored),
    }


def seen_partitions(plan: DayPlan, states: PartitionStates, max_snapshot_age_days: int) -> dict[str, Sequence[date]]:
    """The loaded partitions that the window looks back on, by dataset."""
    return {
        name: [
            day
            for day in partitions_of(name, plan.first, plan.last, max_snapshot_age_days)
            if states.is_loaded(name, day)
        ]
        for name in DATASETS
    }


def stored_days(ledger: Ledger, plan: DayPlan, inputs: Inputs, workspace: Workspace) -> list[date]:
    """The days before a plan's that its weekly changes look back on, and that the marts hold as they would be now."""
    first = compared_from(plan.first)
    records = {day: record for day, record in AsOfDays(ledger).records().items() if first <= day < plan.first}
    return current_days(records, inputs, workspace.rules.by_name(), workspace.max_snapshot_age_days)


def planned_window(workspace: Workspace, first: date, last: date) -> dict[str, str]:
    """What a build of the window would set for dbt, as the ledger is now."""
    with workspace.ledger() as ledger:
        looked_at = looked_back_from(compared_from(first), workspace.max_snapshot_age_days)
        inputs = read_inputs(ledger, looked_at, last, workspace.published_where_pruned(ledger))
        plan = plan_days(first, last, inputs.states, workspace.max_snapshot_age_days)
        # dbt is asked for the window, whatever of it was pruned: nothing is built here that is not asked for.
        return window_environment(replace(plan, first=first), stored_days(ledger, plan, inputs, workspace))
