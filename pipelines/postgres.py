"""The publication in PostgreSQL, from the settings: applied, or taken away where nothing is published any more."""

from collections.abc import Callable

from assets.postgres import apply_publication
from assets.resources import Progress
from pipelines.definitions import workspace_of
from pipelines.settings import Settings
from storage.atomic import StorageError
from storage.postgres.apply import Applied, vacuum, withdraw
from storage.postgres.connection import connect
from storage.reading import FILE_NAME, NothingPublishedError


def publish_to_postgres(settings: Settings, progress: Progress, *, anew: bool = False) -> Applied:
    """Apply what is published to the database that the settings name.

    Args:
        anew: replace every row, also of days that seem to be as published.

    Raises:
        NothingPublishedError: there is no publication.
        StorageError: nothing was changed in PostgreSQL.
    """
    return apply_publication(workspace_of(settings), dsn_of(settings), progress, anew=anew)


def follow_removal(settings: Settings, note: Callable[[str], None]) -> str:
    """Have PostgreSQL follow after rows were taken out of the publication; what came of it, in one line.

    The space of deleted rows is freed at once, as far as nobody has them open. Does nothing where no database is
    configured.

    Raises:
        StorageError: nothing was changed in PostgreSQL.
    """
    if settings.postgres_dsn is None:
        return ""
    if not (settings.home / "serving" / FILE_NAME).exists():
        with connect(dsn_of(settings)) as connection:
            withdrawn = withdraw(connection, note)
        return "PostgreSQL: every row taken away" if withdrawn else ""
    applied = publish_to_postgres(settings, Progress())
    with connect(dsn_of(settings)) as connection:
        vacuum(connection, applied.tables)
    return f"PostgreSQL: publication {applied.publication_id} applied"


def try_to_follow(settings: Settings, note: Callable[[str], None]) -> tuple[str, str]:
    """What came of `follow_removal`, and why it failed, in one line each; the publication stands either way."""
    try:
        return follow_removal(settings, note), ""
    except (StorageError, NothingPublishedError) as error:
        return "", f"PostgreSQL still has the rows of before: {error}; `portfolio publish postgres` tries again"


def dsn_of(settings: Settings) -> str:
    """The configured DSN, with what is secret in it; empty where there is none."""
    return settings.postgres_dsn.get_secret_value() if settings.postgres_dsn is not None else ""
