"""How old the data is: of each feed, of each partner in it, and of the publication. Plain functions, without a clock.

Ages are in days before the last complete UTC day: a feed that has yesterday's partition has age 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from expectations.contract import DATASETS
from planning.records import PartitionRecord

Subject = Literal["feed", "publication"]

MAX_FEED_AGE_DAYS = 3
"""A weekend without exports is nothing to report: on Tuesday morning Friday's is still the newest. The same limit
as for bridging snapshots, so that a silent feed is stale when its days can't be built any more."""
MAX_PUBLICATION_AGE_DAYS = 1
"""From midnight until the morning's run the newest as-of date is a day behind; two days mean that a run is lost."""


@dataclass(frozen=True)
class FreshnessLimits:
    """The ages, in days, up to which data is fresh."""

    feed_days: int = MAX_FEED_AGE_DAYS
    publication_days: int = MAX_PUBLICATION_AGE_DAYS


@dataclass(frozen=True)
class Freshness:
    """The newest day of a feed or of the publication, as a whole (`partner_id` None) or of one partner."""

    subject: Subject
    dataset: str | None
    """None for the publication."""
    partner_id: str | None
    newest_date: date
    """The newest loaded partition with rows of the partner, or the newest published as-of date."""
    loaded_at: datetime
    """When that partition was ingested, or when the publication was written (UTC)."""
    max_age_days: int

    def age_days(self, last_complete: date) -> int:
        """Days behind the last complete UTC day; 0 for data of that day or of a later one."""
        return max((last_complete - self.newest_date).days, 0)

    def is_stale(self, last_complete: date) -> bool:
        """Whether the age is beyond the limit."""
        return self.age_days(last_complete) > self.max_age_days

    @property
    def name(self) -> str:
        """What it is of, in words: `customers`, `customers of acme`, `publication`."""
        return f"{self.dataset or self.subject}{f' of {self.partner_id}' if self.partner_id is not None else ''}"


def last_complete_day(now: datetime) -> date:
    """The day before `now` in UTC: the newest whose feeds can be complete."""
    return now.astimezone(UTC).date() - timedelta(days=1)


def feed_freshness(loaded: Iterable[PartitionRecord], limits: FreshnessLimits) -> list[Freshness]:
    """The freshness of each feed that has a loaded partition, and of each partner in it; the feed as a whole first.

    An empty usage partition (a holiday) makes the feed newer, and none of its partners.
    """
    newest: dict[tuple[str, str | None], PartitionRecord] = {}
    for record in loaded:
        for partner in (None, *record.partners):
            known = newest.get((record.dataset, partner))
            if known is None or known.partition_date < record.partition_date:
                newest[record.dataset, partner] = record
    order = {name: position for position, name in enumerate(DATASETS)}
    subjects = sorted(newest, key=lambda subject: (order[subject[0]], subject[1] is not None, subject[1] or ""))
    return [
        Freshness(
            "feed",
            dataset,
            partner,
            newest[dataset, partner].partition_date,
            newest[dataset, partner].ingested_at.astimezone(UTC),
            limits.feed_days,
        )
        for dataset, partner in subjects
    ]


def publication_freshness(
    newest_days: Mapping[str, date], published_at: datetime, limits: FreshnessLimits
) -> list[Freshness]:
    """The freshness of a publication as a whole, then of each partner in it; none where it has no partner.

    Args:
        newest_days: each partner's newest as-of date.
        published_at: when it was written; without a time zone it is UTC.
    """
    if not newest_days:
        return []
    when = published_at.replace(tzinfo=UTC) if published_at.tzinfo is None else published_at.astimezone(UTC)
    days: list[tuple[str | None, date]] = [(None, max(newest_days.values())), *sorted(newest_days.items())]
    return [Freshness("publication", None, partner, day, when, limits.publication_days) for partner, day in days]


def late_partners(freshness: Iterable[Freshness], last_complete: date) -> list[Freshness]:
    """The partners that are stale in a feed, or publication, that as a whole is fresh."""
    rows = list(freshness)
    fresh = {(row.subject, row.dataset) for row in rows if row.partner_id is None and not row.is_stale(last_complete)}
    return [
        row
        for row in rows
        if row.partner_id is not None and (row.subject, row.dataset) in fresh and row.is_stale(last_complete)
    ]
