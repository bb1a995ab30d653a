"""What waits to be done: landing partitions that changed, as-of days that are missing, stale or closed."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from assets.ingestion import needs_ingest
from assets.resources import Workspace
from expectations.contract import DATASETS, Dataset
from sources.files import LandingError
from storage.dependencies import find_stale_days
from storage.horizons import horizons
from storage.ledger import Ledger
from storage.publication import published_days, read_publication
from storage.staleness import EARLIEST_PARTITION, SNAPSHOT_DATASETS, days_between, look_back_days, pruned_days


def missing_days(workspace: Workspace, first_date: date, newest: date) -> list[date]:
    """The days up to `newest` that are not published, from the first day with a snapshot in landing or lake.

    Days that look back on what was pruned are not missing: they can't be built any more.

    Raises:
        LandingError: there is no snapshot to start from.
    """
    landing = workspace.landing_folder
    with workspace.ledger() as ledger:
        starts = [day for name in SNAPSHOT_DATASETS for day in landing.days(name)[:1]]
        starts += [record.partition_date for name in SNAPSHOT_DATASETS for record in ledger.partitions(name)[:1]]
        kept_from = horizons(ledger)
    if not starts:
        raise LandingError(
            f"{landing.root} holds no snapshot partition (<dataset>/<YYYY-MM-DD>/<file>.csv);"
            " deliver some, then run again"
        )
    published = published_days(workspace.serving)
    days = [day for day in days_between(max(min(starts), first_date), newest) if day not in published]
    pruned = pruned_days(days, kept_from, workspace.max_snapshot_age_days)
    return [day for day in days if day not in pruned]


def find_stale(workspace: Workspace, ledger: Ledger) -> dict[date, str]:
    """The workspace's stale days, each with its cause."""
    published = published_days(workspace.serving)
    publication = read_publication(workspace.serving)
    return find_stale_days(
        ledger,
        published,
        publication.published_at if publication else None,
        workspace.rules,
        workspace.max_snapshot_age_days,
    )


def changed_partitions(workspace: Workspace, ledger: Ledger, days: Iterable[date]) -> list[tuple[Dataset, date]]:
    """The landing partitions among those that the as-of days look back on which the lake does not hold as they are."""
    landing, lake, rules = workspace.landing_folder, workspace.lake, workspace.ingest_rules()
    looked_at = looked_back_on(days, workspace.max_snapshot_age_days)
    return [
        (DATASETS[name], day)
        for name, partitions in looked_at.items()
        for day in partitions
        if needs_ingest(landing, lake, ledger, DATASETS[name], day, rules)
    ]


def looked_back_on(days: Iterable[date], max_snapshot_age_days: int) -> Mapping[str, list[date]]:
    """The partition dates, by dataset, that the as-of days from the first to the last look back on."""
    first, last = min(days), max(days)
    starts = {name: first - timedelta(days=look_back_days(name, max_snapshot_age_days)) for name in DATASETS}
    return {name: list(days_between(max(start, EARLIEST_PARTITION), last)) for name, start in starts.items()}


def closed_days(days: Iterable[date], closed_before: date | None) -> list[date]:
    """The days of a closed period."""
    return [day for day in days if closed_before is not None and day < closed_before]
