"""What waits to be done: partitions that are offered or changed in landing, as-of days that are missing or stale."""

from collections.abc import Collection, Iterable
from datetime import date

from assets.ingest.delivery import waiting_offers
from assets.ingest.ingestion import needs_ingest
from assets.resources import Workspace
from expectations.contract import DATASETS, Dataset
from planning.buildable import days_to_build
from planning.look_back import looked_back_on, pruned_days, required_snapshots
from sources.landing.folder import LandingError
from sources.source import Offer
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger
from storage.ledger.states import find_stale_days
from storage.publication.publication import published_days, read_publication


def missing_days(workspace: Workspace, first_date: date, newest: date) -> list[date]:
    """The days up to `newest` that are not published, from the first required snapshot that source or lake have.

    A day that was published before it was over, and is over now, is missing as well. Days that look back on what was
    pruned are not missing: they can't be built any more.

    Raises:
        LandingError: there is no snapshot to start from.
    """
    source = workspace.source
    with workspace.ledger() as ledger:
        starts = [day for name in required_snapshots() for day in source.days(name)[:1]]
        starts += [record.partition_date for name in required_snapshots() for record in ledger.partitions(name)[:1]]
        kept_from = horizons(ledger)
    if not starts:
        raise LandingError(source.nothing_to_start_from())
    published, provisional = published_days(workspace.serving), provisional_day(workspace)
    days = [day for day in days_to_build(starts, first_date, newest) if day not in published or day == provisional]
    pruned = pruned_days(days, kept_from, workspace.max_snapshot_age_days, published)
    return [day for day in days if day not in pruned]


def provisional_day(workspace: Workspace) -> date | None:
    """The published day that was built before it was over; it stays one until it is built again."""
    publication = read_publication(workspace.serving)
    return publication.provisional_as_of_date if publication else None


def finishing(workspace: Workspace, days: Collection[date], newest: date) -> list[date]:
    """The days in order, and the provisional one that is over where one after `newest` is among them.

    A publication names one provisional day: the one before is finished with it.
    """
    before = provisional_day(workspace)
    wanted = before is not None and before <= newest < max(days, default=date.min)
    return sorted({*days, before} if wanted and before else set(days))


def find_stale(workspace: Workspace, ledger: Ledger, newest: date | None) -> dict[date, str]:
    """The workspace's stale days, each with its cause.

    Args:
        newest: the last day that is over: a later one is not stale, since it is built again once it is over. None
            for the days whose inputs or rules changed, whether they are over or not.
    """
    published = published_days(workspace.serving)
    publication = read_publication(workspace.serving)
    found = find_stale_days(
        ledger,
        published,
        publication.published_at if publication else None,
        workspace.rules.by_name(),
        workspace.max_snapshot_age_days,
        publication.provisional_as_of_date if publication and newest is not None else None,
    )
    return {day: cause for day, cause in found.items() if newest is None or day <= newest}


def offers_looked_back_on(workspace: Workspace, ledger: Ledger, days: Iterable[date]) -> list[Offer]:
    """What the source can deliver of the partitions that the as-of days look back on."""
    return waiting_offers(workspace.source, ledger, looked_back_on(days, workspace.max_snapshot_age_days))


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


def read_by_other_rules(workspace: Workspace, ledger: Ledger) -> dict[str, frozenset[date]]:
    """By dataset, the landed partitions that other rules than today's read or refused: they are read again."""
    rules = workspace.ingest.with_key(workspace.key_in_force() or b"")
    found = {}
    for name, dataset in DATASETS.items():
        read = {record.partition_date: (record.landing_signature, False) for record in ledger.partitions(name)}
        read |= {refusal.partition_date: (refusal.landing_signature, True) for refusal in ledger.refusals(name)}
        found[name] = frozenset(
            day
            for day in workspace.landing_folder.days(name)
            if day in read and read[day][0].partition("\n")[0] != rules.digest(dataset, refused=read[day][1])
        )
    return found
