"""Figures as people read them, the same in each format."""

from collections.abc import Mapping
from datetime import date
from typing import Any

NOTHING = "–"
PRODUCT_NAMES = {"meetings": "Meetings", "calling": "Calling"}


def label(position: Mapping[str, Any]) -> str:
    """What a subscription is called; a trial's label is that of all trials, and stands beside its id."""
    name, subscription = position["subscription_label"], position["subscription_id"]
    named = f"{name} ({subscription})" if position["is_trial"] and name != subscription else str(name)
    return f"{named}, suspended" if position["status"] == "suspended" else named


def count(value: Any) -> str:
    """A count with thousands apart; a dash where there is none."""
    return NOTHING if value is None else f"{value:,}"


def licences(value: int) -> str:
    """A count of licences."""
    return f"{value:,} licence{'' if value == 1 else 's'}"


def percent(value: Any) -> str:
    """A fraction in whole percents, with one decimal below ten."""
    if value is None:
        return NOTHING
    return f"{value:.1%}" if 0 < abs(value) < 0.095 else f"{value:.0%}"


def exact_percent(value: float) -> str:
    """A fraction that somebody agreed on, in percent with the decimals that it has."""
    return f"{round(value * 100, 4):g}%"


def money(value: Any, currency: str | None) -> str:
    """An amount with its currency."""
    return NOTHING if value is None else f"{value:,.2f} {currency or ''}".strip()


def day(value: date | None) -> str:
    """A day as ISO writes it."""
    return NOTHING if value is None else value.isoformat()


def days_from(days: int) -> str:
    """How far away a day is."""
    if days == 0:
        return "today"
    plural = "" if abs(days) == 1 else "s"
    return f"in {days:,} day{plural}" if days > 0 else f"{-days:,} day{plural} ago"
