"""What a digest holds, before it is written as a page, as text or as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from storage.digests import week_of
from storage.reading.opening import Row

FIGURES: Mapping[str, str] = {
    "customers": "customers with licences",
    "subscriptions": "subscriptions",
    "total_licenses": "licences",
    "assigned_licenses": "assigned",
    "used_licenses": "used in seven days",
    "expiring_customers": "customers nearing expiration",
    "renewing_customers": "customers nearing renewal",
    "low_assignment_customers": "customers with low assignment",
    "over_limit_customers": "customers over their limit",
    "overage_licenses": "licences over the limit",
    "overdue_decisions": "decisions overdue",
    "decisions_in_30_days": "decisions in 30 days",
}
"""The head figures, as people read them."""


@dataclass(frozen=True)
class Figure:
    """A head figure of the day, and of a week before; null where it can't be known."""

    name: str
    value: int | None
    week_ago: int | None

    @property
    def change(self) -> int | None:
        """What it grew by in the week; null where one of the two is unknown."""
        return None if self.value is None or self.week_ago is None else self.value - self.week_ago


@dataclass(frozen=True)
class Money:
    """Amounts of twelve months in one currency: never added to those in another."""

    currency: str
    value_12m: float | None
    week_ago_12m: float | None
    to_decide_12m: float | None
    """Of the positions on the worklist."""
    avoidable_12m: float | None
    """The part of it that is not needed."""

    @property
    def change_12m(self) -> float | None:
        """What the value grew by in the week."""
        return None if self.value_12m is None or self.week_ago_12m is None else self.value_12m - self.week_ago_12m


@dataclass(frozen=True)
class Block:
    """One partner's part of a digest."""

    partner: str
    day: date
    week_ago: date | None
    """The day that it is compared with; None where that is not published, or named no owner yet."""
    is_provisional: bool
    notes: Sequence[str]
    """What is to be known of the figures: a line each."""
    figures: Sequence[Figure]
    money: Sequence[Money]
    unpriced_subscriptions: int
    actions: Sequence[Row]
    skill: float | None
    """Of the forecast of overage: above 0 it told more than the base rate did."""
    new_on_lists: Sequence[Row] | None
    """None where the week before is not published, and so what is new can't be told."""
    outcomes: Sequence[Row]
    unpublished_days: Sequence[date] = ()
    """Days of the week up to the as-of date that are not published: what was told on them is not in `outcomes`."""


@dataclass(frozen=True)
class Digest:
    """A digest of an as-of date: a block for each partner."""

    day: date
    owners: tuple[str, ...]
    """Whose customers it is about; all where none is named."""
    blocks: Sequence[Block] = field(default=())

    @property
    def week(self) -> str:
        """The ISO week of the as-of date, such as `2026-W48`."""
        return week_of(self.day)
