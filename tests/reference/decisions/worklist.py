"""What ends soon, or has to be decided soon: renewal_worklist, and its sums by currency."""

from datetime import date, timedelta
from typing import Any

from ..metrics import Position
from .history import fits
from .terms import add_exactly, as_double, share_of

WORKLIST_DAYS = 120
DECISION_DAYS = 90
HEADROOM_PERCENT = 10
MIN_USAGE_DAYS = 45
SETTLED_DAYS = 90

Rows = list[dict[str, Any]]


def renewal_worklist(day: date, positions: list[Position]) -> Rows:
    """The positions of D that end within 120 days, or whose decision is due within 90."""
    rows = []
    for position in positions:
        end = position["end_date"]
        if end is None or end < day:
            continue
        decision = end - timedelta(days=position["notice_days"])
        if (end - day).days <= WORKLIST_DAYS or (decision - day).days <= DECISION_DAYS:
            rows.append(_row(day, position, decision))
    return rows


def _row(day: date, position: Position, decision: date) -> dict[str, Any]:
    total, used = position["total_licenses"], position["used_licenses_90d"]
    needed = with_headroom(used) if _usage_can_tell(position) else None
    reducible = None if needed is None else max(total - needed, 0)
    return {
        **position,
        "motion": "convert" if position["is_trial"] else "auto_renewal" if position["auto_renew"] else "renewal",
        "decision_date": decision,
        "days_until_decision": (decision - day).days,
        "needed_licenses": fits(needed),
        "reducible_licenses": reducible,
        "reclaimable_licenses": None if needed is None else max(position["assigned_licenses"] - used, 0),
        "avoidable_12m": share_of(position["exact_value_12m"], reducible, total),
    }


def with_headroom(used: int) -> int:
    """Add ten percent, rounded up to a whole licence."""
    return (used * (100 + HEADROOM_PERCENT) + 99) // 100


def _usage_can_tell(position: Position) -> bool:
    return bool(
        position["usage_days_loaded_90d"] >= MIN_USAGE_DAYS
        and position["days_since_added"] >= SETTLED_DAYS
        and not position["is_trial"]
    )


def renewal_worklist_kpis(worklist: Rows) -> Rows:
    """One row a partner, product and currency that the worklist has; `none` is the currency of those without."""
    names = ("as_of_date", "partner_id", "product")
    groups: dict[tuple[object, ...], Rows] = {}
    for row in worklist:
        groups.setdefault((*(row[name] for name in names), row["currency"] or "none"), []).append(row)
    return [dict(zip((*names, "currency"), key, strict=True)) | _sums(rows) for key, rows in groups.items()]


def _sums(rows: Rows) -> dict[str, Any]:
    values = [row["exact_value_12m"] for row in rows if row["exact_value_12m"] is not None]
    avoidable = [row["avoidable_12m"] for row in rows if row["avoidable_12m"] is not None]
    due = [row["days_until_decision"] for row in rows if not row["is_trial"]]
    return {
        "customers": len({row["customer_id"] for row in rows}),
        "subscriptions": len({row["subscription_id"] for row in rows}),
        "total_licenses": fits(sum(row["total_licenses"] for row in rows)),
        "value_12m": as_double(add_exactly(values)) if values else None,
        "avoidable_12m": sum(avoidable) if avoidable else None,
        "unpriced_subscriptions": len({row["subscription_id"] for row in rows if row["exact_value_12m"] is None}),
        "overdue_decisions": sum(days < 0 for days in due),
        "decisions_in_30_days": sum(0 <= days <= 30 for days in due),
    }
