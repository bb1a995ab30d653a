"""Where partitions begin, so that the web interface offers no day of which nothing ever came."""

from collections.abc import Iterator
from datetime import date

from assets.resources import Workspace
from expectations.contract import DATASETS
from planning.days import EARLIEST_PARTITION
from sources.errors import SourceError
from storage import clock
from storage.files.atomic import StorageError
from storage.publication.publication import read_publication


def first_day(workspace: Workspace) -> date:
    """The first day that landing, the source's offers, the ledger or the publication have.

    The earliest day of all where they have none, or can't be read: whatever comes first can then be built before the
    definitions are loaded again. So it moves forward after the first landing, once what could not be read can be,
    and with what was pruned everywhere; else only back. A backfill of days that are gone by then fails. A folder of
    landing is listed for each dataset, and what its first days hold; no file is read.
    """
    try:
        known = min(_first_days(workspace), default=EARLIEST_PARTITION)
    except (SourceError, StorageError):
        return EARLIEST_PARTITION
    # Dagster offers a day once it is over, and takes a definition without a day for one of no partitions at all.
    return max(EARLIEST_PARTITION, min(known, clock.last_complete_day()))


def _first_days(workspace: Workspace) -> Iterator[date]:
    source = workspace.source
    for dataset in DATASETS:
        days = [source.landing.first_day(dataset), *(offer.day for offer in source.offers(dataset))]
        yield from (day for day in days if day is not None)
    if workspace.home.ledger.exists():
        with workspace.ledger() as ledger:
            if (oldest := ledger.oldest_partition()) is not None:
                yield oldest
    if (publication := read_publication(workspace.serving)) is not None:
        yield publication.first_as_of_date
