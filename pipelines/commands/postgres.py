"""The publication in PostgreSQL, from the settings: applied, or taken away where nothing is published any more."""

from collections.abc import Callable, Sequence

from assets.postgres import apply_publication
from assets.resources import Progress
from pipelines.definitions import workspace_of
from pipelines.settings import Settings
from storage.files.atomic import StorageError
from storage.postgres.apply import Applied, vacuum, withdraw
from storage.postgres.connection import connect
from storage.postgres.errors import UnfinishedErasureError
from storage.postgres.rewriting import note_erasure, rewrite_what_was_erased
from storage.reading.opening import NothingPublishedError


class _Notes(Progress):
    """Says what is waited for, and draws nothing."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note

    def note(self, message: str) -> None:
        self._note(message)


def publish_to_postgres(settings: Settings, progress: Progress, *, anew: bool = False) -> Applied:
    """Apply what is published to the database that the settings name.

    Args:
        anew: replace every row, also of days that seem to be as published.

    Raises:
        NothingPublishedError: there is no publication.
        StorageError: nothing was changed in PostgreSQL.
    """
    return apply_publication(workspace_of(settings), dsn_of(settings), progress, anew=anew)


def follow_removal(
    settings: Settings, note: Callable[[str], None], customers: Sequence[str] = (), partner: str | None = None
) -> str:
    """Have PostgreSQL follow after rows were taken out of the publication; what came of it, in one line.

    The space of deleted rows is freed at once, as far as nobody has them open. Does nothing where no database is
    configured.

    Args:
        customers: who was erased: tables are written anew then, so that files hold none of their bytes.
        partner: whose customers they are; None: of any partner.

    Raises:
        StorageError: nothing was changed in PostgreSQL, or bytes of erased rows are still in its files.
    """
    if settings.postgres_dsn is None:
        return ""
    noted = not customers or _noted(settings, customers, partner)
    if not settings.folders.serving.file.exists():
        with connect(dsn_of(settings)) as connection:
            withdrawn = withdraw(connection, note)
        return "PostgreSQL: every row taken away" if withdrawn else ""
    applied = publish_to_postgres(settings, _Notes(note))
    if not noted:
        _noted(settings, customers, partner)
    with connect(dsn_of(settings)) as connection:
        rewrite_what_was_erased(connection, note)
        vacuum(connection, [] if customers else applied.tables)
    return f"PostgreSQL: publication {applied.publication_id} applied"


def _noted(settings: Settings, customers: Sequence[str], partner: str | None) -> bool:
    with connect(dsn_of(settings)) as connection:
        return note_erasure(connection, customers, partner)


def try_to_follow(
    settings: Settings, note: Callable[[str], None], customers: Sequence[str] = (), partner: str | None = None
) -> tuple[str, str]:
    """What came of `follow_removal`, and why it failed, in one line each; the publication stands either way."""
    try:
        return follow_removal(settings, note, customers, partner), ""
    except UnfinishedErasureError as error:
        return "", f"PostgreSQL: {error}; `portfolio publish postgres` tries again"
    except (StorageError, NothingPublishedError) as error:
        return "", f"PostgreSQL still has the rows of before: {error}; `portfolio publish postgres` tries again"


def dsn_of(settings: Settings) -> str:
    """The configured DSN, with what is secret in it; empty where there is none."""
    return settings.postgres_dsn.get_secret_value() if settings.postgres_dsn is not None else ""
