"""Enterprise agreements on the day that Cisco measures them: true_forward."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_FLOOR, localcontext
from itertools import count
from typing import Any

from ..metrics import Position
from .history import fits
from .terms import ENTERPRISE_AGREEMENT, share_of


def true_forward(day: date, positions: list[Position]) -> list[dict[str, Any]]:
    """The enterprise agreements that have a true forward before their end."""
    rows = []
    for position in positions:
        if not is_agreement(position):
            continue
        start, end = position["start_date"], position["end_date"]
        years = next(k for k in count(1) if months_after(start, 12 * k) >= day)
        when = months_after(start, 12 * years)
        if end is None or when < end:
            measured = months_after(start, 12 * years - 1) - timedelta(days=1)
            rows.append(_row(position, when, measured, (measured - day).days))
    return rows


def _row(position: Position, when: date, measured: date, days_until_measured: int) -> dict[str, Any]:
    total, assigned, allowed = position["total_licenses"], position["assigned_licenses"], allowed_licenses(position)
    exposure = assigned - total if assigned > allowed else 0
    return {
        **position,
        "true_forward_date": when,
        "measured_on": measured,
        "days_until_measured": days_until_measured,
        "allowed_licenses": fits(allowed),
        "is_overconsumed": assigned > allowed,
        "licenses_to_free": max(assigned - allowed, 0),
        "exposure_licenses": exposure,
        "exposure_12m": share_of(position["exact_value_12m"], exposure, total),
    }


def is_agreement(position: Position) -> bool:
    """Bought by an enterprise agreement."""
    return bool(position["buying_model"] == ENTERPRISE_AGREEMENT)


def allowed_licenses(agreement: Position) -> int:
    """The purchased licences of an enterprise agreement plus its free growth, rounded down, exactly."""
    with localcontext(prec=100):
        allowed = agreement["total_licenses"] * (1 + agreement["exact_growth_allowance"])
        return int(allowed.to_integral_value(ROUND_FLOOR))


def months_after(start: date, months: int) -> date:
    """The same day so many months later, or that month's last day where it has none such."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))
