"""What goes wrong with PostgreSQL."""

from storage.files.atomic import StorageError


class PostgresError(StorageError):
    """Why PostgreSQL was not changed, in one line; what readers see there is as it was."""


class NewerDatabaseError(PostgresError):
    """A newer version published to the database; which, in one line."""


class UnfinishedErasureError(PostgresError):
    """Rows are deleted and shown to nobody, but bytes of them are still in files; why, in one line."""
