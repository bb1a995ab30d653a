"""What is kept for how long, and what has expired: plain functions over ledger, lake and publication."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from expectations.contract import DATASETS, LICENSE_USAGE
from storage.lake.lake import Lake
from storage.ledger.horizons import MARTS, horizons
from storage.ledger.ledger import Ledger


@dataclass(frozen=True)
class Retention:
    """Ages in days up to which things are kept, counted back from the newest published as-of date; None: for ever."""

    usage_days: int | None = None
    snapshot_days: int | None = None
    mart_days: int | None = None
    quarantine_days: int | None = None

    def partition_days(self, dataset: str) -> int | None:
        """The age up to which a dataset's partitions are kept."""
        return self.usage_days if dataset == LICENSE_USAGE.name else self.snapshot_days


@dataclass(frozen=True)
class Expired:
    """What is older than it is kept; each list is in order."""

    partitions: Mapping[str, list[date]] = field(default_factory=dict)
    quarantine: Mapping[str, list[date]] = field(default_factory=dict)
    """Partitions that stay, and lose their quarantined rows."""
    mart_days: list[date] = field(default_factory=list)
    dbt_runs: list[Path] = field(default_factory=list)
    publications: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything expired."""
        return any((self.partitions, self.quarantine, self.mart_days, self.dbt_runs, self.publications))

    @property
    def kept_from(self) -> dict[str, date]:
        """The first day that is kept of everything that expired: the day after the last one that did."""
        expired = {**self.partitions, **({MARTS: self.mart_days} if self.mart_days else {})}
        return {kind: days[-1] + timedelta(days=1) for kind, days in expired.items()}


def expired_partitions(ledger: Ledger, lake: Lake, retention: Retention, newest: date) -> dict[str, list[date]]:
    """The partitions, by dataset, that are too old; and those that an interrupted pruning left without a record."""
    pruned = horizons(ledger)
    expired = {}
    for name, dataset in DATASETS.items():
        kept_from = max(_first_kept(newest, retention.partition_days(name)), pruned.get(name, date.min))
        known = {record.partition_date for record in ledger.partitions(name)}
        known |= {refusal.partition_date for refusal in ledger.refusals(name)}
        if days := sorted(day for day in known.union(lake.days(dataset)) if day < kept_from):
            expired[name] = days
    return expired


def expired_quarantine(
    ledger: Ledger, lake: Lake, retention: Retention, newest: date, gone: Mapping[str, list[date]]
) -> dict[str, list[date]]:
    """The partitions, by dataset, whose quarantined rows are too old; those in `gone` go as a whole."""
    last = _first_kept(newest, retention.quarantine_days)
    expired: dict[str, list[date]] = {}
    for record in ledger.partitions():
        day, name = record.partition_date, record.dataset
        too_old = record.rows_quarantined and day < last and day not in gone.get(name, ())
        if too_old and lake.holds_quarantined(DATASETS[name], day):
            expired.setdefault(name, []).append(day)
    return expired


def expired_mart_days(ledger: Ledger, days: Iterable[date], retention: Retention, newest: date) -> list[date]:
    """Those of the as-of days that are too old; or older than what an interrupted pruning recorded."""
    kept_from = max(_first_kept(newest, retention.mart_days), horizons(ledger).get(MARTS, date.min))
    return sorted(day for day in days if day < kept_from)


def expired_runs(folder: Path, retention: Retention, newest: date) -> list[Path]:
    """The folders of dbt builds that are older than the oldest as-of day that is kept."""
    last = _first_kept(newest, retention.mart_days)
    runs = folder.iterdir() if folder.exists() else ()
    return sorted(run for run in runs if datetime.fromtimestamp(run.stat().st_mtime, UTC).date() < last)


def _first_kept(newest: date, days: int | None) -> date:
    return date.min if days is None else newest - timedelta(days=days)
