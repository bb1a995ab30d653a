"""What lies in the landing folder or the inbox and is not read, for the report of a run."""

from collections.abc import Collection, Mapping
from datetime import date

from expectations.contract import CONTROL_TOTALS, DATASETS
from pipelines.settings import Settings
from pipelines.sources import mapping_of
from planning.days import EARLIEST_PARTITION
from sources.errors import SourceError
from sources.landing.folder import LandingError, LandingFolder
from sources.landing.unread import UnreadPath, unread_paths

_NAMED = 3


def find_unread(landing: LandingFolder, newest: date, looked_at: Mapping[str, Collection[date]]) -> list[UnreadPath]:
    """Files and folders that nothing reads; of files in partitions only those of the days that are looked at.

    Args:
        newest: the last day of which partitions are read.
        looked_at: partition dates by dataset.

    Raises:
        LandingError: a folder can't be listed.
    """
    if not landing.root.is_dir():
        return []
    try:
        return list(unread_paths(landing, (*DATASETS, CONTROL_TOTALS.name), EARLIEST_PARTITION, newest, looked_at))
    except OSError as error:
        raise LandingError(f"landing folder {error.filename} cannot be listed: {error.strerror}") from error


def left_in_inbox(settings: Settings) -> list[UnreadPath]:
    """Files of the inbox that are not looked at: no feed takes them, they wait, or they can't be used."""
    if settings.mapping is None:
        return []
    try:
        state = mapping_of(settings, LandingFolder(settings.landing_folder)).look()
    except SourceError:
        return []  # its check says what is wrong
    return [UnreadPath(path, f"in the inbox, {why}") for path, why in sorted(state.not_looked_at.items())]


def by_why(unread: Collection[UnreadPath]) -> dict[str, list[str]]:
    """Paths by why they are not read, without those whose names say that they are no data."""
    found: dict[str, list[str]] = {}
    for path in unread:
        if not path.deliberate:
            found.setdefault(path.why, []).append(path.path)
    return found


def naming_unread(error: LandingError, unread: Collection[UnreadPath]) -> LandingError:
    """The error of a landing folder without a snapshot, with what lies there in its place."""
    said = [f"{', '.join(paths[:_NAMED])} ({why})" for why, paths in list(by_why(unread).items())[:_NAMED]]
    return LandingError(f"{error}; not read: {'; '.join(said)}") if said else error
