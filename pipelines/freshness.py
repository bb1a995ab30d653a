"""The freshness of a home folder: of its feeds, by the ledger, and of its publication."""

from pipelines.settings import Settings
from planning.freshness import Freshness, FreshnessLimits, feed_freshness, publication_freshness
from storage.ledger.ledger import Ledger
from storage.reading.opening import NothingPublishedError, open_publication


def freshness_limits(settings: Settings) -> FreshnessLimits:
    """The ages up to which data is fresh."""
    return FreshnessLimits(settings.max_feed_age_days, settings.max_publication_age_days)


def freshness_of(settings: Settings, ledger: Ledger | None) -> list[Freshness]:
    """The freshness of the publication and of every feed, as a whole and by partner.

    Raises:
        StorageError: the publication can't be read.
    """
    limits = freshness_limits(settings)
    rows = feed_freshness(ledger.loaded_partitions() if ledger else (), limits)
    try:
        with open_publication(settings.folders.serving.path) as marts:
            newest_days, published_at = marts.newest_days(), marts.publication()["published_at"]
    except NothingPublishedError:
        return rows
    return publication_freshness(newest_days, published_at, limits) + rows
