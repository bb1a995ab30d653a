"""One line a customer: customer_overview."""

from collections.abc import Callable
from datetime import date
from typing import Any

from ..contract import CUSTOMERS
from ..metrics import Position, ratio, snapshot
from ..raw import Landing
from .history import fits
from .terms import account, add_exactly, as_double, only_one

COUNTS = ("total_licenses", "assigned_licenses", "used_licenses", "available_licenses", "overage_licenses")
CHANGES = ("weekly_assignment_change", "weekly_usage_change")


def customer_overview(landing: Landing, partner: object, day: date, positions: list[Position]) -> list[dict[str, Any]]:
    """The customers of D's snapshot, and the others that have one of the partner's positions."""
    found = snapshot(landing, CUSTOMERS, partner, day)
    assert found is not None
    listed = {row["customer_id"]: row for row in found[1]}
    customers = listed.keys() | {position["customer_id"] for position in positions}
    return [
        {
            "as_of_date": day,
            "partner_id": partner,
            "customer_id": customer,
            "customer_name": listed[customer]["customer_name"] if customer in listed else customer,
            "country_code": listed[customer]["country_code"] if customer in listed else None,
            **account(landing, day, partner, customer),
            **_figures(day, [position for position in positions if position["customer_id"] == customer]),
        }
        for customer in sorted(customers, key=str)
    ]


def _figures(day: date, mine: list[Position]) -> dict[str, Any]:
    sums = {name: sum(position[name] for position in mine) for name in COUNTS}
    ends = [position["end_date"] for position in mine if position["end_date"] is not None]
    next_end = min(ends) if ends else None
    priced = [position for position in mine if position["exact_value_12m"] is not None]
    currency = only_one(position["currency"] for position in priced)
    value = add_exactly(position["exact_value_12m"] for position in priced)
    return {
        "products": ", ".join(sorted({position["product"] for position in mine})),
        "subscriptions": _subscriptions(mine, lambda position: True),
        "trials": _subscriptions(mine, lambda position: position["is_trial"]),
        **{name: fits(count) for name, count in sums.items()},
        "assignment_ratio": ratio(sums["assigned_licenses"], sums["total_licenses"]),
        "usage_ratio": ratio(sums["used_licenses"], sums["total_licenses"]),
        **{name: _known(mine, name) for name in CHANGES},
        "next_end_date": next_end,
        "days_until_next_end": None if next_end is None else (next_end - day).days,
        "expiring_subscriptions": _subscriptions(mine, lambda position: position["is_expiring"]),
        "renewing_subscriptions": _subscriptions(mine, lambda position: position["is_renewing"]),
        "low_assignment_subscriptions": _subscriptions(mine, lambda position: position["is_low_assignment"]),
        "over_limit_subscriptions": _subscriptions(mine, lambda position: position["is_over_limit"]),
        "currency": currency,
        "value_12m": None if currency is None else as_double(value),
        "unpriced_subscriptions": _subscriptions(mine, lambda position: position["exact_value_12m"] is None),
    }


def _subscriptions(mine: list[Position], chosen: Callable[[Position], bool]) -> int:
    return len({position["subscription_id"] for position in mine if chosen(position)})


def _known(mine: list[Position], name: str) -> int | None:
    known = [position[name] for position in mine if position[name] is not None]
    return fits(sum(known)) if known else None
