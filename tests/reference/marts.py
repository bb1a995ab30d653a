"""The marts of a range of as-of dates, and what building that range should report."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .contract import MART_COLUMNS
from .decisions.history import History
from .decisions.marts import decisions
from .decisions.terms import add_terms
from .metrics import PRODUCTS, Position, is_blocked, managed_customers, partners, positions, ratio
from .raw import Landing, days
from .star import NEWEST_OF_KEY, newest_of_each_key, star

Marts = dict[str, list[dict[str, Any]]]
WHOLE, NOTHING_PUBLISHED, WITHOUT_BLOCKED_DAYS = 0, 1, 3


@dataclass(frozen=True)
class Build:
    """What building a range yields from an empty home: the marts, the days left out, the command's exit code."""

    marts: Marts
    built_days: list[date]
    blocked_days: list[date]
    days_without_snapshot: list[date]
    exit_code: int


def reference_build(landing: Path | Landing, first: date, last: date) -> Build:
    """Build every as-of date of a range from the landing folder alone."""
    source = landing if isinstance(landing, Landing) else Landing(landing)
    marts: Marts = {mart: [] for mart in MART_COLUMNS}
    built, blocked, bare = [], [], []
    history = History(source)
    for day in days(first, last):
        if is_blocked(source, day):
            blocked.append(day)
        elif not partners(source, day):
            bare.append(day)
        else:
            built.append(day)
            for mart, rows in marts_of_day(history, day).items():
                if mart in marts:
                    marts[mart] += [_in_order(mart, row) for row in rows]
    exit_code = NOTHING_PUBLISHED if not built else WITHOUT_BLOCKED_DAYS if blocked else WHOLE
    return Build(marts, built, blocked, bare, exit_code)


def reference_marts(landing: Path | Landing, first: date, last: date) -> Marts:
    """Return mart name -> rows, each row with the mart's exact columns in order."""
    return reference_build(landing, first, last).marts


def latest(marts: Marts) -> Marts:
    """Return the rows of each partner's newest as_of_date in portfolio_kpis (so an emptied section is empty).

    Of a dimension, the newest row of each key.
    """
    newest: dict[str, date] = {}
    for row in marts["portfolio_kpis"]:
        partner, day = row["partner_id"], row["as_of_date"]
        if partner not in newest or day > newest[partner]:
            newest[partner] = day
    return {
        mart: newest_of_each_key(rows, NEWEST_OF_KEY[mart])
        if mart in NEWEST_OF_KEY
        else [row for row in rows if newest.get(row["partner_id"]) == row["as_of_date"]]
        for mart, rows in marts.items()
    }


def _in_order(mart: str, row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in MART_COLUMNS[mart]}


def marts_of_day(history: History, day: date) -> Marts:
    """Return all marts of a day; their rows have more than the marts' columns."""
    source = history.landing
    everything = positions(source, day)
    add_terms(source, day, everything)
    marts: Marts = {
        "license_positions": everything,
        "recently_added_subscriptions": [
            {**p, "added_date": p["start_date"]} for p in everything if p["is_recently_added"]
        ],
        "expiring_subscriptions": [
            {**p, "expiration_date": p["end_date"], "days_until_expiration": p["days_until_end"]}
            for p in everything
            if p["is_expiring"]
        ],
        "renewing_subscriptions": [
            {**p, "renewal_date": p["end_date"], "days_until_renewal": p["days_until_end"]}
            for p in everything
            if p["is_renewing"]
        ],
        "low_assignment_subscriptions": [
            {**p, "assigned_ratio": p["assignment_ratio"]} for p in everything if p["is_low_assignment"]
        ],
        "overage_subscriptions": [
            {**p, "assigned_ratio": p["assignment_ratio"], "used_ratio": p["usage_ratio"]}
            for p in everything
            if p["is_over_limit"]
        ],
        **star(source, day, everything),
        **decisions(history, day, everything),
    }
    for partner in partners(source, day):
        mine = [p for p in everything if p["partner_id"] == partner]
        marts.setdefault("portfolio_kpis", []).append(_portfolio(source, day, partner, mine))
        # One row per product, also where nothing qualifies.
        for product in PRODUCTS:
            key = {"as_of_date": day, "partner_id": partner, "product": product}
            for mart, row in _product_kpis([p for p in mine if p["product"] == product]).items():
                marts.setdefault(mart, []).append({**key, **row})
    return marts


def _portfolio(source: Landing, day: date, partner: object, mine: list[Position]) -> dict[str, object]:
    """Top KPIs: distinct customers over both products."""
    return {
        "as_of_date": day,
        "partner_id": partner,
        "total_customers": _customers(mine),
        "nearing_expiration_customers": _customers(p for p in mine if p["is_expiring"]),
        "nearing_renewal_customers": _customers(p for p in mine if p["is_renewing"]),
        "low_assignment_customers": _customers(p for p in mine if p["is_low_assignment"]),
        "over_limit_customers": _customers(p for p in mine if p["is_over_limit"]),
        "managed_customers": managed_customers(source, partner, day),
    }


def _product_kpis(mine: list[Position]) -> dict[str, dict[str, Any]]:
    recent = [p for p in mine if p["is_recently_added"]]
    expiring = [p for p in mine if p["is_expiring"]]
    renewing = [p for p in mine if p["is_renewing"]]
    low = [p for p in mine if p["is_low_assignment"]]
    over = [p for p in mine if p["is_over_limit"]]
    overage = _sum(over, "overage_licenses")
    return {
        "license_distribution_trend": {
            "customers": _customers(mine),
            "subscriptions": len({p["subscription_id"] for p in mine}),
            **_licences(mine),
            **{
                name: _sum(mine, name)
                for name in ("assigned_unused_licenses", "available_licenses", "overage_licenses")
            },
            "assignment_ratio": ratio(_sum(mine, "assigned_licenses"), _sum(mine, "total_licenses")),
            "usage_ratio": ratio(_sum(mine, "used_licenses"), _sum(mine, "total_licenses")),
        },
        "recently_added_kpis": {
            "new_customers": _customers(recent),
            "total_licenses": _sum(recent, "total_licenses"),
        },
        "expiring_kpis": {"expiring_customers": _customers(expiring), **_section(expiring)},
        "renewing_kpis": {"renewing_customers": _customers(renewing), **_section(renewing)},
        "low_assignment_kpis": {
            "low_assignment_customers": _customers(low),
            **_section(low),
            # Named "when assigned", defined as used / total; used / assigned stands beside it.
            "license_usage_when_assigned_ratio": ratio(_sum(low, "used_licenses"), _sum(low, "total_licenses")),
            "used_of_assigned_ratio": ratio(_sum(low, "used_licenses"), _sum(low, "assigned_licenses")),
            "total_unassigned_licenses": _sum(low, "available_licenses"),
        },
        "overage_kpis": {
            "customers_with_overages": _customers(over),
            "total_licenses_in_overage": overage,
            "avg_license_overage": ratio(overage, _customers(over)),  # per customer, not per subscription
        },
    }


def _licences(chosen: list[Position]) -> dict[str, object]:
    return {name: _sum(chosen, name) for name in ("total_licenses", "assigned_licenses", "used_licenses")}


def _section(chosen: list[Position]) -> dict[str, object]:
    """Pooled ratios: sum over sum."""
    return {
        **_licences(chosen),
        "license_assignment_ratio": ratio(_sum(chosen, "assigned_licenses"), _sum(chosen, "total_licenses")),
        "license_usage_ratio": ratio(_sum(chosen, "used_licenses"), _sum(chosen, "total_licenses")),
    }


def _customers(chosen: Iterable[Position]) -> int:
    return len({p["customer_id"] for p in chosen})


def _sum(chosen: list[Position], name: str) -> int:
    return sum(int(p[name]) for p in chosen)
