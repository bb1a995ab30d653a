"""The first thing to do about each position, and what else: next_actions."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from ..metrics import Position
from .agreements import allowed_licenses, is_agreement
from .history import Key
from .terms import share_of

ORDER = (
    "free_before_true_forward",
    "settle_overage",
    "convert_trial",
    "renew",
    "right_size",
    "raise_assignment",
    "offer_more",
)
MEASURED_SOON = 60
CONVERTED_SOON = 30
RENEWED_SOON = 30
RESIZED_SOON = 60
WORTH_IT = 5

Row = dict[str, Any]
ByKey = dict[tuple[object, Key], Row]
"""Rows of a mart by partner, product and subscription."""


class Action(NamedTuple):
    """A rule that holds: its name, and what the row then says."""

    action: str
    due_date: date | None
    licenses: int | None
    value_12m: float | None


def next_actions(
    day: date, positions: list[Position], forwards: list[Row], worklist: list[Row], risks: list[Row]
) -> list[Row]:
    """A row for each position that a rule holds for, with the first one."""
    forward_of, work_of, risk_of = _by_key(forwards), _by_key(worklist), _by_key(risks)
    rows = []
    for position in positions:
        key = _key(position)
        held = list(_held(day, position, forward_of.get(key), work_of.get(key), risk_of.get(key)))
        if held:
            first, *others = held
            also = ", ".join(action.action for action in others) or None
            rows.append({**position, **first._asdict(), "priority": ORDER.index(first.action) + 1, "also": also})
    return rows


def _key(row: Row) -> tuple[object, Key]:
    return row["partner_id"], (row["product"], row["subscription_id"])


def _by_key(rows: list[Row]) -> ByKey:
    return {_key(row): row for row in rows}


def _held(day: date, position: Position, forward: Row | None, work: Row | None, risk: Row | None) -> Iterator[Action]:
    """The rules that hold, in their order."""
    total, value = position["total_licenses"], position["value_12m"]
    if forward and forward["is_overconsumed"] and 0 <= forward["days_until_measured"] <= MEASURED_SOON:
        yield Action(ORDER[0], forward["measured_on"], forward["licenses_to_free"], forward["exposure_12m"])
    if _is_unsettled(position, forward):
        overage = position["overage_licenses"]
        yield Action(ORDER[1], day, overage, share_of(position["exact_value_12m"], overage, total))
    if work and _converts(work):
        yield Action(ORDER[2], work["end_date"], total, value)
    if work and _renews(work):
        yield Action(ORDER[3], max(work["decision_date"], day), total, value)
    resizes = work is not None and _resizes(work)
    if work and resizes:
        yield Action(ORDER[4], work["decision_date"], work["reducible_licenses"], work["avoidable_12m"])
    available = position["available_licenses"]
    if position["is_low_assignment"] and available >= WORTH_IT and not resizes:
        yield Action(ORDER[5], None, available, share_of(position["exact_value_12m"], available, total))
    if risk and _needs_more(risk):
        yield Action(ORDER[6], None, None, None)


def _is_unsettled(position: Position, forward: Row | None) -> bool:
    """Over its limit, and not by what an enterprise agreement allows, or will be measured for later."""
    if position["assigned_licenses"] <= position["total_licenses"]:
        return False
    if not is_agreement(position):
        return True
    if position["assigned_licenses"] <= allowed_licenses(position):
        return False
    return not (forward and forward["days_until_measured"] >= 0)


def _converts(work: Row) -> bool:
    return bool(
        work["motion"] == "convert"
        and work["days_until_end"] <= CONVERTED_SOON
        and work["used_licenses_90d"] * 100 >= 60 * work["total_licenses"]
        and work["total_licenses"] > 0
    )


def _renews(work: Row) -> bool:
    return bool(
        work["motion"] == "renewal"
        and work["days_until_decision"] <= RENEWED_SOON
        and work["renewal_quantity"] in (None, 0)
    )


def _resizes(work: Row) -> bool:
    reducible, ordered = work["reducible_licenses"], work["renewal_quantity"]
    return bool(
        0 <= work["days_until_decision"] <= RESIZED_SOON
        and reducible is not None
        and reducible >= WORTH_IT
        and reducible * 10 >= work["total_licenses"]
        and (ordered is None or ordered > work["needed_licenses"])
    )


def _needs_more(risk: Row) -> bool:
    if risk["headroom_band"] == "95-100 %" and risk["growth_band"] in ("slow", "fast"):
        return True
    similar, similar_exceeded = risk["similar_positions"], risk["similar_exceeded"]
    everyone, exceeded = risk["cohort_positions"], risk["cohort_exceeded"]
    return bool(everyone > 0 and 4 * (similar_exceeded * everyone + 10 * exceeded) >= (similar + 10) * everyone)
