"""How likely a position is over its limit in 90 days, and how good such forecasts were."""

from datetime import date
from typing import Any, NamedTuple

from ..metrics import Position
from .history import History, Key, Positions, days_before

HORIZON = 90
GROWTH_DAYS = 28
WEIGHT = 10
"""As many positions as the base rate counts for."""
FEW_EXCEEDED = 5
HEADROOM_BANDS = ((95, "95-100 %"), (90, "90-95 %"), (80, "80-90 %"), (0, "under 80 %"))

State = tuple[str, str]
"""Headroom band and growth band."""


class Member(NamedTuple):
    """How a position stood 90 days before, and whether it is over its limit now."""

    state: State
    exceeded: bool


Cohort = dict[Key, Member]


def within_limit(position: Position) -> bool:
    """A position that there is a forecast for."""
    return bool(position["total_licenses"] > 0 and position["assigned_licenses"] <= position["total_licenses"])


def state(position: Position, month_ago: Position | None) -> State:
    """Headroom and growth of a position within its limit, in whole numbers."""
    total, assigned = position["total_licenses"], position["assigned_licenses"]
    headroom = next(name for percent, name in HEADROOM_BANDS if assigned * 100 >= percent * total)
    if month_ago is None:
        return headroom, "new"
    grown = assigned - month_ago["assigned_licenses"]
    return headroom, "none" if grown <= 0 else "slow" if grown * 100 <= 5 * total else "fast"


def cohort(history: History, partner: object, day: date, positions: Positions) -> Cohort:
    """The positions of 90 days before that were within their limit and have one of the day's positions."""
    before = days_before(day, HORIZON)
    month_before = history.positions(partner, days_before(before, GROWTH_DAYS))
    return {
        key: Member(
            state(then, month_before.get(key)), positions[key]["assigned_licenses"] > positions[key]["total_licenses"]
        )
        for key, then in history.positions(partner, before).items()
        if within_limit(then) and key in positions
    }


def probability(similar: list[Member], everyone: list[Member]) -> float | None:
    """The share of similar positions that exceeded, drawn towards the base rate; null without any positions."""
    if not everyone:
        return None
    return (_exceeded(similar) + WEIGHT * base_rate(everyone)) / (len(similar) + WEIGHT)


def base_rate(everyone: list[Member]) -> float:
    """The share of a cohort that exceeded."""
    return _exceeded(everyone) / len(everyone)


def _exceeded(members: list[Member]) -> int:
    return sum(member.exceeded for member in members)


def _like(members: list[Member], wanted: State) -> list[Member]:
    return [member for member in members if member.state == wanted]


def overage_risk(history: History, partner: object, day: date, today: Positions) -> list[dict[str, Any]]:
    """A row for each position within its limit."""
    everyone = list(cohort(history, partner, day, today).values())
    month_ago = history.positions(partner, days_before(day, GROWTH_DAYS))
    rows = []
    for key, position in today.items():
        if not within_limit(position):
            continue
        then = month_ago.get(key)
        headroom_band, growth_band = state(position, then)
        similar = _like(everyone, (headroom_band, growth_band))
        rows.append(
            {
                **position,
                "headroom_licenses": position["total_licenses"] - position["assigned_licenses"],
                "assigned_28d_ago": None if then is None else then["assigned_licenses"],
                "headroom_band": headroom_band,
                "growth_band": growth_band,
                "similar_positions": len(similar),
                "similar_exceeded": _exceeded(similar),
                "cohort_positions": len(everyone),
                "cohort_exceeded": _exceeded(everyone),
                "probability_over_limit_90d": probability(similar, everyone),
            }
        )
    return rows


def forecast_skill(history: History, partner: object, day: date, today: Positions) -> dict[str, Any]:
    """The forecasts that D-90 made from its own cohort, held against D."""
    before = days_before(day, HORIZON)
    known_then = list(cohort(history, partner, before, history.positions(partner, before)).values())
    members = list(cohort(history, partner, day, today).values()) if known_then else []
    row = {"as_of_date": day, "partner_id": partner, "positions": len(members), "exceeded": _exceeded(members)}
    if not members:
        return {**row, "brier_score": None, "reference_brier_score": None, "skill": None}
    forecasts = [probability(_like(known_then, member.state), known_then) for member in members]
    outcomes = [float(member.exceeded) for member in members]
    brier = _mean_square(forecasts, outcomes)
    reference = _mean_square([base_rate(known_then)] * len(members), outcomes)
    can_tell = reference != 0 and row["exceeded"] >= FEW_EXCEEDED
    return {
        **row,
        "brier_score": brier,
        "reference_brier_score": reference,
        "skill": 1 - brier / reference if can_tell else None,
    }


def _mean_square(forecasts: list[float | None], outcomes: list[float]) -> float:
    errors = [(forecast or 0.0) - outcome for forecast, outcome in zip(forecasts, outcomes, strict=True)]
    return sum(error**2 for error in errors) / len(errors)
