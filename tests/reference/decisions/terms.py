"""The commercial terms of a position, and who looks after its customer, as far as D sees either."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal, localcontext

from ..contract import ACCOUNTS, CONTRACT_LINES, LICENSE_ASSIGNMENTS, LICENSE_USAGE, Dataset
from ..metrics import Position, snapshot
from ..raw import Landing, Row, days
from .history import fits

DEFAULT_NOTICE_DAYS = 30
DEFAULT_GROWTH_ALLOWANCE = Decimal("0.20")
ENTERPRISE_AGREEMENT = "enterprise_agreement"
BEYOND_DECIMAL = Decimal(10) ** 32
"""What decimal(38,6) can't hold."""

Matched = list[tuple[Row, Row | None]]
"""A position's licence lines, each with its contract line."""


def add_terms(landing: Landing, day: date, positions: list[Position]) -> None:
    """Add the terms' columns to D's positions; `exact_value_12m` and `exact_growth_allowance` are decimals."""
    for position in positions:
        matched = _matched(landing, day, position)
        terms = [term for _, term in matched if term is not None]
        currency = only_one(term["currency"] for term in terms)
        value = _twelve_months(matched, currency, "unit_price_month")
        growth = _growth_allowance(terms)
        position |= {
            "usage_days_loaded_90d": _usage_days(landing, day, position),
            "currency": currency,
            "exact_value_12m": value,
            "value_12m": as_double(value),
            "cost_12m": as_double(_twelve_months(matched, currency, "unit_cost_month")),
            "notice_days": _notice_days(terms, is_trial=position["is_trial"]),
            "buying_model": _buying_model(terms),
            "exact_growth_allowance": growth,
            "growth_allowance": as_double(growth),
            "renewal_quantity": _renewal_quantity(matched),
            **account(landing, day, position["partner_id"], position["customer_id"]),
        }


def account(landing: Landing, day: date, partner: object, customer: object) -> Row:
    """A customer's owner, segment and reseller; null where D sees no row of it."""
    rows = _seen(landing, ACCOUNTS, day, partner)
    row: Row = next((row for row in rows if row["customer_id"] == customer), {})
    return {name: row.get(name) for name in ("owner", "segment", "sub_partner_id")}


def add_exactly(amounts: Iterable[Decimal]) -> Decimal | None:
    """The sum of amounts as decimal(38,6); null where that can't hold it."""
    with localcontext(prec=100):
        total = sum(amounts, Decimal(0))
        return total if abs(total) < BEYOND_DECIMAL else None


def as_double(amount: Decimal | None) -> float | None:
    """An amount as marts state it."""
    return None if amount is None else float(amount)


def share_of(amount: Decimal | None, licenses: int | None, total: int) -> float | None:
    """The part of a position's amount that some of its licences stand for, in doubles, from left to right."""
    if amount is None or licenses is None or total == 0:
        return None
    return float(amount) * float(licenses) / float(total)


def only_one(values: Iterable[str]) -> str | None:
    """The value that all have; null where there are several, or none."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _seen(landing: Landing, dataset: Dataset, day: date, partner: object) -> list[Row]:
    """The rows of an optional dataset that D sees; a refused partition counts as missing."""
    found = snapshot(landing, dataset, partner, day)
    return found[1] if found else []


def _matched(landing: Landing, day: date, position: Position) -> Matched:
    same = ("partner_id", "subscription_id", "product", "license_code")
    lines = [
        line
        for line in _seen(landing, LICENSE_ASSIGNMENTS, day, position["partner_id"])
        if all(line[name] == position[name] for name in ("subscription_id", "product"))
    ]
    terms = _seen(landing, CONTRACT_LINES, day, position["partner_id"])
    return [
        (line, next((term for term in terms if all(term[name] == line[name] for name in same)), None)) for line in lines
    ]


def _twelve_months(matched: Matched, currency: str | None, price: str) -> Decimal | None:
    if currency is None:
        return None
    amounts = []
    for line, term in matched:
        unit = None if term is None else term[price]
        if unit is None:
            if line["total_licenses"] > 0:
                return None
            continue
        with localcontext(prec=100):
            amounts.append(line["total_licenses"] * unit * 12)
    return add_exactly(amounts)


def _notice_days(terms: list[Row], *, is_trial: bool) -> int:
    known = [term["notice_days"] for term in terms if term["notice_days"] is not None]
    return max(known) if known else 0 if is_trial else DEFAULT_NOTICE_DAYS


def _buying_model(terms: list[Row]) -> str | None:
    return only_one(term["buying_model"] for term in terms if term["buying_model"] is not None)


def _growth_allowance(terms: list[Row]) -> Decimal | None:
    if _buying_model(terms) != ENTERPRISE_AGREEMENT:
        return None
    known = [term["growth_allowance"] for term in terms if term["growth_allowance"] is not None]
    return min(known) if known else DEFAULT_GROWTH_ALLOWANCE


def _renewal_quantity(matched: Matched) -> int | None:
    ordered = [None if term is None else term["renewal_quantity"] for _, term in matched]
    open_lines = [
        line
        for (line, _), quantity in zip(matched, ordered, strict=True)
        if quantity is None and line["total_licenses"] > 0
    ]
    known = [quantity for quantity in ordered if quantity is not None]
    return fits(sum(known)) if known and not open_lines else None


def _usage_days(landing: Landing, day: date, position: Position) -> int:
    """Count the activity dates of D-89 … D with a row of the partner and the product."""
    same = ("partner_id", "product")
    return sum(
        any(all(row[name] == position[name] for name in same) for row in landing.partition(LICENSE_USAGE, when).rows)
        for when in days(day - timedelta(days=89), day)
    )
