"""What to do about a customer's subscriptions, each with its arithmetic spelt out: next_actions in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipelines.pack.figures import Figures
from pipelines.pack.wording import count, day, days_from, exact_percent, label, licences, money, percent
from storage.reading.opening import Row

BASE_RATE = "no better than the base rate"
_WEIGHT = 10  # of the average in a probability (docs/decisions.md, overage risk)


@dataclass(frozen=True)
class Advice:
    """One recommendation: what to do, for which subscription, by when, and how the figures come about."""

    title: str
    subscription: str
    product: str
    due: date | None
    steps: Sequence[str]


@dataclass(frozen=True)
class _Known:
    """A position with its rows of the other marts; a row that is not there is empty."""

    day: date
    position: Row
    worklist: Row
    forward: Row
    risk: Row
    skill: float | None
    headroom: int


def advice(figures: Figures, headroom: int) -> list[Advice]:
    """The recommendations, in the order of next_actions; what a row names in `also` follows it.

    `headroom` is what is added to used licences, in percent; it is named where the figures are made with it.
    """
    positions = {(row["product"], row["subscription_id"]): row for row in figures.positions}
    found = []
    for action in figures.actions:
        key = action["product"], action["subscription_id"]
        known = _Known(
            figures.day,
            positions[key],
            figures.worklist.get(key, {}),
            figures.true_forward.get(key, {}),
            figures.risk.get(key, {}),
            figures.skill,
            headroom,
        )
        for name in (action["action"], *(action["also"] or "").split(", ")):
            if name:
                title, due, steps = _WORDS[name](known)
                found.append(Advice(title, label(positions[key]), action["product"], due, steps))
    return found


def shown_probability(risk: Row, skill: float | None) -> str:
    """A probability, and beside it that it tells nothing where that is so."""
    value = percent(risk["probability_over_limit_90d"])
    return value if skill is not None and skill > 0 else f"{value} ({BASE_RATE})"


_Told = tuple[str, date | None, list[str]]


def _free(known: _Known) -> _Told:
    row, position = known.forward, known.position
    total, assigned, allowed = row["total_licenses"], row["assigned_licenses"], row["allowed_licenses"]
    steps = [
        (
            f"Cisco measures on {day(row['measured_on'])}, {days_from(row['days_until_measured'])}: if more than"
            f" {count(allowed)} are assigned then, all growth is charged from {day(row['true_forward_date'])} on."
        ),
        (
            f"Allowed: {count(total)} purchased × (1 + {exact_percent(row['growth_allowance'])}), rounded down, ="
            f" {count(allowed)}."
        ),
        f"To take back: {count(assigned)} assigned − {count(allowed)} allowed = {count(row['licenses_to_free'])}.",
        *_part(position, row["exposure_licenses"], row["exposure_12m"], "Otherwise charged for 12 months"),
    ]
    return f"Take back {licences(row['licenses_to_free'])} before the true forward", row["measured_on"], steps


def _settle(known: _Known) -> _Told:
    position = known.position
    over = position["overage_licenses"]
    steps = [
        (
            f"Over the limit: {count(position['assigned_licenses'])} assigned − {count(position['total_licenses'])}"
            f" purchased = {count(over)}."
        ),
        *_part(position, over, _share(position, over), "What these are worth in 12 months"),
    ]
    return f"Settle {licences(over)} assigned beyond what was purchased", known.day, steps


def _convert(known: _Known) -> _Told:
    row = known.worklist
    used, total = row["used_licenses_90d"], row["total_licenses"]
    steps = [
        f"The trial ends on {day(row['end_date'])}, {days_from(row['days_until_end'])}.",
        f"Used in 90 days: {count(used)} of {licences(total)} = {percent(used / total)}, and 60% or more is much.",
        *_whole(known.position),
    ]
    return f"Turn the trial of {licences(total)} into a subscription", row["end_date"], steps


def _renew(known: _Known) -> _Told:
    row = known.worklist
    due = max(row["decision_date"], known.day)
    steps = [
        (
            f"Decide by: end on {day(row['end_date'])} − {count(row['notice_days'])} days of notice ="
            f" {day(row['decision_date'])}, {days_from(row['days_until_decision'])}."
        ),
        "It does not renew by itself, and nothing is ordered for the next term.",
        *_whole(known.position),
    ]
    return f"Renew {licences(row['total_licenses'])}", due, steps


def _right_size(known: _Known) -> _Told:
    row = known.worklist
    total, needed, less = row["total_licenses"], row["needed_licenses"], row["reducible_licenses"]
    used, factor = row["used_licenses_90d"], 100 + known.headroom
    is_made_with_it = (used * factor + 99) // 100 == needed
    how = f"× {factor}%, rounded up," if is_made_with_it else "and headroom beside them"
    steps = [
        f"Needed: {count(used)} used in 90 days {how} = {count(needed)}.",
        f"Not needed: {count(total)} purchased − {count(needed)} needed = {count(less)}.",
        f"To be changed until {day(row['decision_date'])}, {days_from(row['days_until_decision'])}.",
        *_part(known.position, less, row["avoidable_12m"], "Avoidable in 12 months"),
    ]
    return f"Renew with {count(less)} fewer licences", row["decision_date"], steps


def _raise(known: _Known) -> _Told:
    position = known.position
    free = position["available_licenses"]
    steps = [
        (
            f"Nobody holds: {count(position['total_licenses'])} purchased − {count(position['assigned_licenses'])}"
            f" assigned = {count(free)}."
        ),
        f"Assigned: {percent(position['assignment_ratio'])}, among the lowest quarter of comparable subscriptions.",
        *_part(position, free, _share(position, free), "What these cost in 12 months"),
    ]
    return f"Hand out {licences(free)} that nobody holds", None, steps


def _offer(known: _Known) -> _Told:
    risk = known.risk
    similar, exceeded = risk["similar_positions"], risk["similar_exceeded"]
    steps = [
        (
            f"Left: {count(risk['total_licenses'])} purchased − {count(risk['assigned_licenses'])} assigned ="
            f" {count(risk['headroom_licenses'])}; band {risk['headroom_band']}, growth {risk['growth_band']}."
        ),
    ]
    if risk["probability_over_limit_90d"] is not None:
        cohort, over = risk["cohort_positions"], risk["cohort_exceeded"]
        steps += [
            (
                f"On average: {count(over)} of {count(cohort)} subscriptions went over their limit within 90 days ="
                f" {percent(over / cohort)}."
            ),
            (
                f"Of those that stood the same way {count(exceeded)} of {count(similar)} did; with {_WEIGHT} of"
                f" the average added: ({count(exceeded)} + {_WEIGHT} × {percent(over / cohort)}) /"
                f" ({count(similar)} + {_WEIGHT}) = {shown_probability(risk, known.skill)}."
            ),
        ]
    return "Offer more licences before they run out", None, steps


_WORDS: dict[str, Callable[[_Known], _Told]] = {
    "free_before_true_forward": _free,
    "settle_overage": _settle,
    "convert_trial": _convert,
    "renew": _renew,
    "right_size": _right_size,
    "raise_assignment": _raise,
    "offer_more": _offer,
}


def _share(position: Row, part: int) -> float | None:
    """The part of the value that so many of the licences have, from left to right as the marts compute it."""
    value, total = position["value_12m"], position["total_licenses"]
    return None if value is None or not total else float(value) * part / total


def _part(position: Row, part: Any, amount: Any, what: str) -> list[str]:
    if amount is None:
        return [f"{what}: not known, since the price is not."]
    value, total, currency = position["value_12m"], position["total_licenses"], position["currency"]
    return [f"{what}: {money(value, currency)} × {count(part)} / {count(total)} = {money(amount, currency)}."]


def _whole(position: Row) -> list[str]:
    if position["value_12m"] is None:
        return ["Value in 12 months: not known, since the price is not."]
    return [f"Value in 12 months: {money(position['value_12m'], position['currency'])}."]
