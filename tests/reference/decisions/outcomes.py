"""What became of the positions of a week ago: renewal_outcomes."""

from datetime import date, timedelta
from typing import Any

from ..metrics import Position
from .history import History, Positions, days_before, fits

MIN_TERM_DAYS = 28
HEIR_DAYS = 30

Rows = list[dict[str, Any]]


def renewal_outcomes(history: History, partner: object, day: date, today: Positions) -> Rows:
    """The positions of E = D-7 that ended, converted, or got another end; nothing unless D-6 and D-7 are seen."""
    week_ago, after = days_before(day, 7), days_before(day, 6)
    if not history.seen_a_week_before(partner, day) or not history.seen(partner, after):
        return []
    day_after, rows = history.positions(partner, after), []
    for key, then in history.positions_a_week_before(partner, day).items():
        following, now = day_after.get(key), today.get(key)
        heirs = _heirs(then, week_ago, today) if now is None else []
        outcome = _outcome(then, following, now, heirs, week_ago)
        if outcome:
            left = sum(p["total_licenses"] for p in ([now] if now else heirs))
            rows.append(
                {
                    **then,
                    "as_of_date": day,
                    "changed_on": after,
                    "outcome": outcome,
                    "licenses_after": fits(left),
                    "license_change": fits(left - then["total_licenses"]),
                }
            )
    return rows


def _outcome(
    then: Position, following: Position | None, now: Position | None, heirs: list[Position], week_ago: date
) -> str | None:
    """The outcome by what stood on E, on D-6 and on D; None where nothing is listed."""
    if following is None and now is None:
        return _gone(then, heirs, week_ago)
    if now is None:
        return None
    converted = following and then["is_trial"] and not following["is_trial"] and not now["is_trial"]
    prolonged = following and _ends_later(then, following) and _ends_later(then, now)
    came_back = then["end_date"] == week_ago and following is None
    if not (converted or prolonged or came_back):
        return None
    if then["is_trial"]:
        return "extended" if now["is_trial"] else "converted"
    return "renewed"


def _ends_later(then: Position, later: Position) -> bool:
    if then["end_date"] is None:
        return False
    return later["end_date"] is None or (later["end_date"] - then["end_date"]).days >= MIN_TERM_DAYS


def _gone(then: Position, heirs: list[Position], week_ago: date) -> str:
    if then["is_trial"] and any(not heir["is_trial"] for heir in heirs):
        return "converted"
    if heirs:
        return "replaced"
    if then["is_trial"]:
        return "expired_trial"
    return "lost" if then["end_date"] == week_ago else "cancelled"


def _heirs(then: Position, week_ago: date, today: Positions) -> list[Position]:
    return [
        heir
        for heir in today.values()
        if heir["customer_id"] == then["customer_id"]
        and heir["product"] == then["product"]
        and heir["subscription_id"] != then["subscription_id"]
        and heir["start_date"] >= week_ago - timedelta(days=HEIR_DAYS)
        and heir["total_licenses"] > 0
        and (then["is_trial"] or not heir["is_trial"])
    ]
