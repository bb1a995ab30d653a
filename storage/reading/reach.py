"""How far each partner's data reaches in a publication: its newest as-of date, and older snapshots that bridge it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from expectations.contract import LICENSE_ASSIGNMENTS
from expectations.sql_text import sql_text
from planning.look_back import required_snapshots
from storage.reading.opening import PublishedMarts


@dataclass(frozen=True)
class PartnerReach:
    """A partner's as-of date, and the snapshots of an earlier day that it was built from."""

    partner_id: str
    day: date
    bridged: Mapping[str, date] = field(default_factory=dict)
    """The older snapshot's date by dataset."""

    def lags(self, newest: date) -> bool:
        """Whether the day is before the newest of all partners, or is bridged."""
        return self.day < newest or bool(self.bridged)


def newest_reach(marts: PublishedMarts) -> list[PartnerReach]:
    """Each partner at its newest as-of date, in alphabetical order."""
    newest = marts.newest_days()
    used = _used(
        marts,
        "(partner_id, as_of_date) in (select (partner_id, max(as_of_date)) from marts.portfolio_kpis"
        " group by partner_id)",
    )
    feeds = _feeds(marts)
    return [
        PartnerReach(partner, day, _older(day, feeds.get(partner, {}) | used.get(partner, {})))
        for partner, day in newest.items()
    ]


def reach_on(marts: PublishedMarts, partner: str, day: date, *, is_newest: bool) -> PartnerReach:
    """A partner on an as-of date.

    Args:
        is_newest: whether that is its newest. What customers and subscriptions were of is known of that one alone.
    """
    used = _used(marts, f"partner_id = {sql_text(partner)} and as_of_date = date '{day}'").get(partner, {})
    feeds = _feeds(marts).get(partner, {}) if is_newest else {}
    return PartnerReach(partner, day, _older(day, feeds | used))


def _older(day: date, snapshots: Mapping[str, date]) -> dict[str, date]:
    return {name: snapshots[name] for name in required_snapshots() if name in snapshots and snapshots[name] < day}


def _used(marts: PublishedMarts, condition: str) -> dict[str, dict[str, date]]:
    """The licence snapshot that positions say they are of, by partner; one without positions has none."""
    rows: Sequence[tuple[str, date]] = marts.connection.execute(
        f"select partner_id, min(snapshot_date) from marts.license_positions where {condition} group by partner_id"
    ).fetchall()
    return {partner: {LICENSE_ASSIGNMENTS.name: day} for partner, day in rows if day is not None}


def _feeds(marts: PublishedMarts) -> dict[str, dict[str, date]]:
    """The newest loaded snapshot of each dataset, by partner, when the publication was written."""
    found: dict[str, dict[str, date]] = {}
    there = "select 1 from duckdb_tables() where schema_name = 'meta' and table_name = 'freshness'"
    if marts.connection.execute(there).fetchone() is None:
        return found
    rows: Sequence[tuple[str, str, date]] = marts.connection.execute(
        "select partner_id, dataset, newest_date from meta.freshness where subject = 'feed' and partner_id is not null"
    ).fetchall()
    for partner, dataset, day in rows:
        found.setdefault(partner, {})[dataset] = day
    return found
