"""Pruning: what has expired is listed, and removed from lake, warehouse, publication and dbt's folders."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from assets.resources import Workspace
from expectations.contract import DATASETS
from pipelines.commands.republishing import republish
from pipelines.definitions import workspace_of
from pipelines.private_home import keep_private
from pipelines.settings import Settings
from planning.retention import (
    Expired,
    Retention,
    expired_mart_days,
    expired_partitions,
    expired_quarantine,
    expired_runs,
)
from storage.files.atomic import StorageError
from storage.files.locks import exclusive
from storage.lake.holdings import known_days, still_quarantined
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger
from storage.ledger.pruning import advance
from storage.ledger.usage_windows import UsageWindows
from storage.publication.publication import published_days
from storage.publication.published_file import hold_as_published, older_publications
from storage.publication.restoring import restore_warehouse
from storage.warehouse.compaction import write_anew
from storage.warehouse.mart_rows import delete_days_before, mart_days
from storage.warehouse.opening import WarehouseBusyError, open_warehouse


@dataclass(frozen=True)
class Prunable:
    """What has expired, and the folders of earlier runs that go with it."""

    expired: Expired
    dbt_runs: list[Path]
    publications: list[Path]

    def __bool__(self) -> bool:
        """Whether there is anything to remove."""
        return any((self.expired, self.dbt_runs, self.publications))


def prune(settings: Settings, *, dry_run: bool, on_wait: Callable[[str], None]) -> Prunable | None:
    """Remove what the settings no longer keep; None when nothing is published yet, for ages count from there.

    The horizons are recorded before anything is removed, and removing what is gone already does no harm: a killed
    run is finished by the next one. A warehouse that is gone is made again from the publication first.

    Args:
        dry_run: remove nothing.
        on_wait: told, in one line, when another run has to be waited for.

    Raises:
        StorageError: something can't be removed; the same command goes on from there.
    """
    workspace = workspace_of(settings)
    if not dry_run:
        workspace.engine.check()
    if settings.home.exists():
        keep_private(settings)
    with exclusive(settings.folders.pipeline_lock, on_wait):
        if not dry_run:
            hold_as_published(workspace.serving)
        published = published_days(workspace.serving)
        if not published:
            return None
        with workspace.ledger() as ledger:
            try:
                if not dry_run:
                    restore_warehouse(workspace.warehouse_path, workspace.serving, ledger, workspace.memory_limit)
                found = _find_prunable(workspace, ledger, settings, published)
                if not dry_run:
                    _remove(workspace, ledger, found, published)
            except WarehouseBusyError as error:
                raise StorageError(str(error)) from error
    return found


def _find_prunable(workspace: Workspace, ledger: Ledger, settings: Settings, published: frozenset[date]) -> Prunable:
    newest = max(published)
    retention = Retention(
        settings.keep_usage_days, settings.keep_snapshot_days, settings.keep_mart_days, settings.keep_quarantine_days
    )
    pruned = horizons(ledger)
    partitions = expired_partitions(known_days(ledger, workspace.lake), pruned, retention, newest)
    quarantine = expired_quarantine(ledger.partitions(), retention, newest, partitions)
    built = _warehouse_days(workspace) | AsOfDays(ledger).records().keys()
    expired = Expired(
        partitions,
        still_quarantined(workspace.lake, quarantine),
        expired_mart_days(published | built, pruned, retention, newest),
    )
    runs = workspace.home.dbt_runs
    return Prunable(
        expired,
        dbt_runs=[runs / name for name in expired_runs(_last_changed(runs), retention, newest)],
        publications=older_publications(workspace.serving, workspace.keep_publications),
    )


def _last_changed(folder: Path) -> dict[str, date]:
    """The UTC day on which each entry of the folder was last changed; none where it is not there."""
    entries = folder.iterdir() if folder.exists() else ()
    return {entry.name: datetime.fromtimestamp(entry.stat().st_mtime, UTC).date() for entry in entries}


def _remove(workspace: Workspace, ledger: Ledger, found: Prunable, published: frozenset[date]) -> None:
    expired = found.expired
    advance(ledger, expired.kept_from)
    lake = workspace.lake
    for name, days in expired.partitions.items():
        for day in days:
            lake.remove(DATASETS[name], day)
    for name, days in expired.quarantine.items():
        for day in days:
            lake.empty_quarantine(DATASETS[name], day)
    for folder in (*found.dbt_runs, *found.publications):
        shutil.rmtree(folder, ignore_errors=True)
    if expired.mart_days:
        _remove_mart_days(workspace, ledger, expired, published)


def _remove_mart_days(workspace: Workspace, ledger: Ledger, expired: Expired, published: frozenset[date]) -> None:
    """The ledger last: by its days an interrupted pruning is found again."""
    last = expired.mart_days[-1]
    with workspace.engine.opened() as warehouse:
        warehouse.delete_days_before(last + timedelta(days=1))
    with open_warehouse(workspace.warehouse_path) as connection:
        delete_days_before(connection, last + timedelta(days=1))
    write_anew(workspace.warehouse_path, workspace.memory_limit)
    if gone := sorted(published.intersection(expired.mart_days)):
        republish(workspace, ledger, replaced=gone, days=(), keep=workspace.keep_publications)
    AsOfDays(ledger).clear(date.min, last)
    UsageWindows(ledger).record(date.min, last, ())


def _warehouse_days(workspace: Workspace) -> frozenset[date]:
    if not workspace.warehouse_path.exists():
        return frozenset()
    with open_warehouse(workspace.warehouse_path, read_only=True) as connection:
        return frozenset(mart_days(connection))
