"""What differs from a week ago: portfolio_changes."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ..metrics import Position
from ..raw import Landing
from .history import History, Positions
from .terms import account

Change = tuple[str, object, object, int]
"""change, old value, new value, difference of licences."""


def portfolio_changes(
    landing: Landing, history: History, partner: object, day: date, today: Positions
) -> list[dict[str, Any]]:
    """A row for each difference between D-7 and D; nothing unless the partner is seen on D-7."""
    if not history.seen_a_week_before(partner, day):
        return []
    week_ago = history.positions_a_week_before(partner, day)
    rows = []
    for key in sorted(week_ago.keys() | today.keys()):
        then, now = week_ago.get(key), today.get(key)
        shown = now or then
        assert shown is not None
        owner = account(landing, day, partner, shown["customer_id"])["owner"]
        for change, old, new, licenses in _changes(then, now):
            row = {"change": change, "old_value": _text(old), "new_value": _text(new), "license_change": licenses}
            rows.append({**shown, "as_of_date": day, "owner": owner, **row})
    return rows


def _changes(then: Position | None, now: Position | None) -> Iterator[Change]:
    if then is None or now is None:
        yield from _added_or_removed(then, now)
        return
    if then["end_date"] != now["end_date"]:
        yield "end_moved", then["end_date"], now["end_date"], 0
    if then["auto_renew"] != now["auto_renew"]:
        yield "auto_renew_on" if now["auto_renew"] else "auto_renew_off", None, None, 0
    if then["is_trial"] and not now["is_trial"]:
        yield "converted", None, None, 0
    if (then["status"], now["status"]) == ("active", "suspended"):
        yield "suspended", None, None, 0
    if (then["status"], now["status"]) == ("suspended", "active"):
        yield "resumed", None, None, 0
    yield from _licenses(then, now)
    for flag, change in (("is_expiring", "expiring_entered"), ("is_renewing", "renewing_entered")):
        if now[flag] and not then[flag]:
            yield change, None, now["end_date"], 0


def _added_or_removed(then: Position | None, now: Position | None) -> Iterator[Change]:
    if now is not None:
        yield "added", None, now["total_licenses"], now["total_licenses"]
    if then is not None:
        yield "removed", then["total_licenses"], None, -then["total_licenses"]


def _licenses(then: Position, now: Position) -> Iterator[Change]:
    before, after = then["total_licenses"], now["total_licenses"]
    if before != after:
        yield "licenses_up" if after > before else "licenses_down", before, after, after - before
    if then["is_over_limit"] != now["is_over_limit"]:
        change = "over_limit_entered" if now["is_over_limit"] else "over_limit_left"
        yield change, then["assigned_licenses"], now["assigned_licenses"], 0


def _text(value: object) -> str | None:
    return None if value is None else str(value)
