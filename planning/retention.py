"""What is kept for how long, and what has expired: decided from records and days, not looked up."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from expectations.contract import DATASETS
from planning.look_back import MARTS
from planning.records import PartitionRecord


@dataclass(frozen=True)
class Retention:
    """Ages in days up to which things are kept, counted back from the newest published as-of date; None: forever."""

    usage_days: int | None = None
    snapshot_days: int | None = None
    mart_days: int | None = None
    quarantine_days: int | None = None

    def partition_days(self, dataset: str) -> int | None:
        """The age up to which a dataset's partitions are kept."""
        return self.snapshot_days if DATASETS[dataset].is_snapshot else self.usage_days


@dataclass(frozen=True)
class Expired:
    """The partitions and as-of days that are older than they are kept; each list is in order."""

    partitions: Mapping[str, list[date]] = field(default_factory=dict)
    quarantine: Mapping[str, list[date]] = field(default_factory=dict)
    """Partitions that stay, and lose their quarantined rows."""
    mart_days: list[date] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything expired."""
        return any((self.partitions, self.quarantine, self.mart_days))

    @property
    def kept_from(self) -> dict[str, date]:
        """The first day that is kept of everything that expired: the day after the last one that did."""
        expired = {**self.partitions, **({MARTS: self.mart_days} if self.mart_days else {})}
        return {kind: days[-1] + timedelta(days=1) for kind, days in expired.items()}


def expired_partitions(
    known: Mapping[str, Collection[date]], pruned: Mapping[str, date], retention: Retention, newest: date
) -> dict[str, list[date]]:
    """The partitions, by dataset, that are too old; and those that an interrupted pruning left without a record.

    Args:
        known: the partitions, by dataset, of which anything is left: a record, a refusal or a file.
        pruned: the first kept day of what was pruned before, by dataset or `MARTS`.
        newest: the newest published as-of date.
    """
    expired = {}
    for name in DATASETS:
        kept_from = max(_first_kept(newest, retention.partition_days(name)), pruned.get(name, date.min))
        if days := sorted(day for day in known.get(name, ()) if day < kept_from):
            expired[name] = days
    return expired


def expired_quarantine(
    records: Iterable[PartitionRecord], retention: Retention, newest: date, gone: Mapping[str, Collection[date]]
) -> dict[str, list[date]]:
    """The partitions, by dataset, whose quarantined rows are too old; those in `gone` go as a whole."""
    kept_from = _first_kept(newest, retention.quarantine_days)
    expired: dict[str, list[date]] = {}
    for record in records:
        day, name = record.partition_date, record.dataset
        if record.rows_quarantined and day < kept_from and day not in gone.get(name, ()):
            expired.setdefault(name, []).append(day)
    return expired


def expired_mart_days(
    days: Iterable[date], pruned: Mapping[str, date], retention: Retention, newest: date
) -> list[date]:
    """Those of the as-of days that are too old; or older than what an interrupted pruning recorded."""
    kept_from = max(_first_kept(newest, retention.mart_days), pruned.get(MARTS, date.min))
    return sorted(day for day in days if day < kept_from)


def expired_runs(last_changed: Mapping[str, date], retention: Retention, newest: date) -> list[str]:
    """The dbt builds, by name, that were last changed before the oldest as-of day that is kept."""
    kept_from = _first_kept(newest, retention.mart_days)
    return sorted(name for name, day in last_changed.items() if day < kept_from)


def _first_kept(newest: date, days: int | None) -> date:
    return date.min if days is None else newest - timedelta(days=days)
