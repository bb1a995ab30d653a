"""Positions on the days that an as-of date looks back on, from those days' own landing rows."""

from datetime import date, timedelta

from ..metrics import (
    Position,
    is_blocked,
    positions_without_usage,
    refused_snapshots_block,
    used_licenses,
    with_all_snapshots,
)
from ..raw import Landing

Key = tuple[str, str]
"""A position's product and subscription, of one partner."""
Positions = dict[Key, Position]


def days_before(day: date, count: int) -> date:
    """The day so many days before."""
    return day - timedelta(days=count)


class History:
    """What there was on earlier days; a day's rows are read once."""

    def __init__(self, landing: Landing) -> None:
        self.landing = landing
        self._days: dict[date, list[Position]] = {}

    def seen(self, partner: object, day: date) -> bool:
        """The day is not blocked by a snapshot, and all three serve the partner, also where it has no position."""
        return not refused_snapshots_block(self.landing, day) and partner in with_all_snapshots(self.landing, day)

    def seen_a_week_before(self, partner: object, day: date) -> bool:
        """D-7 means what it means for weekly changes: refused usage blocks it, too."""
        week_ago = days_before(day, 7)
        return not is_blocked(self.landing, week_ago) and self.seen(partner, week_ago)

    def positions(self, partner: object, day: date) -> Positions:
        """The partner's positions on a day, without usage; none where it is not seen."""
        if not self.seen(partner, day):
            return {}
        if day not in self._days:
            self._days[day] = positions_without_usage(self.landing, day, with_all_snapshots(self.landing, day))
        return by_key(self._days[day], partner)

    def positions_a_week_before(self, partner: object, day: date) -> Positions:
        """The partner's positions on D-7, with that week's usage."""
        if not self.seen_a_week_before(partner, day):
            return {}
        week_ago = days_before(day, 7)
        return {
            key: {**position, "used_licenses": used_licenses(self.landing, position, week_ago, 7)}
            for key, position in self.positions(partner, week_ago).items()
        }


def by_key(positions: list[Position], partner: object) -> Positions:
    """A partner's positions, by product and subscription."""
    return {(p["product"], p["subscription_id"]): p for p in positions if p["partner_id"] == partner}


def fits(count: int | None) -> int | None:
    """A count as its column holds it: null beyond 64 bits."""
    return count if count is not None and -(2**63) <= count < 2**63 else None
