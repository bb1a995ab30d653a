"""All decision marts of a day."""

from datetime import date
from typing import Any

from ..metrics import Position, partners
from ..raw import Landing
from .actions import next_actions
from .agreements import true_forward
from .changes import portfolio_changes
from .forecasts import forecast_skill, overage_risk
from .history import History, by_key
from .outcomes import renewal_outcomes
from .overview import customer_overview
from .retention import retention
from .worklist import renewal_worklist, renewal_worklist_kpis


def decisions(history: History, day: date, positions: list[Position]) -> dict[str, list[dict[str, Any]]]:
    """The decision marts of a built day.

    Args:
        positions: those of the day, with their terms.
    """
    landing: Landing = history.landing
    outcomes, retained, risks, skills, changes, customers = [], [], [], [], [], []
    for partner in partners(landing, day):
        today = by_key(positions, partner)
        outcomes += renewal_outcomes(history, partner, day, today)
        retained += retention(history, partner, day, today)
        risks += overage_risk(history, partner, day, today)
        skills.append(forecast_skill(history, partner, day, today))
        changes += portfolio_changes(landing, history, partner, day, today)
        customers += customer_overview(landing, partner, day, list(today.values()))
    worklist, forwards = renewal_worklist(day, positions), true_forward(day, positions)
    return {
        "renewal_worklist": worklist,
        "renewal_worklist_kpis": renewal_worklist_kpis(worklist),
        "renewal_outcomes": outcomes,
        "retention": retained,
        "true_forward": forwards,
        "overage_risk": risks,
        "forecast_skill": skills,
        "portfolio_changes": changes,
        "customer_overview": customers,
        "next_actions": next_actions(day, positions, forwards, worklist, risks),
    }
