"""How many customers and licences of a year ago are still there: retention."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from ..metrics import PRODUCTS, Position, ratio
from .history import History, Positions, days_before, fits

YEAR = 365


def retention(history: History, partner: object, day: date, today: Positions) -> list[dict[str, Any]]:
    """One row a product; all null when the partner is not seen on D-365."""
    before = days_before(day, YEAR)
    rows = []
    for product in PRODUCTS:
        then = _totals(history.positions(partner, before).values(), product)
        now = _totals(today.values(), product)
        figures: dict[str, Any] = dict.fromkeys(_figures({}, {}))
        if history.seen(partner, before):
            figures = _figures(then, now)
        rows.append({"as_of_date": day, "partner_id": partner, "product": product, **figures})
    return rows


def _totals(positions: Iterable[Position], product: str) -> dict[object, int]:
    """A customer's licences of a product, trials apart."""
    totals: dict[object, int] = {}
    for position in positions:
        if position["product"] == product and not position["is_trial"]:
            customer = position["customer_id"]
            totals[customer] = totals.get(customer, 0) + position["total_licenses"]
    return totals


def _figures(then: dict[object, int], now: dict[object, int]) -> dict[str, Any]:
    base = [customer for customer, total in then.items() if total > 0]
    retained = [customer for customer in base if now.get(customer, 0) > 0]
    licenses = sum(then[customer] for customer in base)
    kept = sum(min(then[customer], now.get(customer, 0)) for customer in base)
    licenses_now = sum(now.get(customer, 0) for customer in base)
    return {
        "base_customers": len(base),
        "retained_customers": len(retained),
        "base_licenses": fits(licenses),
        "kept_licenses": fits(kept),
        "licenses_now": fits(licenses_now),
        "customer_retention": ratio(len(retained), len(base)),
        "gross_license_retention": ratio(kept, licenses),
        "net_license_retention": ratio(licenses_now, licenses),
    }
