"""A home folder that a command can do something with: something is ingested in it, and it is no half of a backup."""

from typing import TYPE_CHECKING

from cli.errors import UserError
from storage.usable import refuse_unusable

if TYPE_CHECKING:
    from pipelines.settings import Settings


def check_ingested(settings: "Settings") -> None:
    """Raise `UserError` where nothing is ingested, and `StorageError` where a restore was cut off before its end."""
    refuse_unusable(settings.folders)
    if not settings.folders.ledger.exists():
        raise UserError(f"nothing is ingested in {settings.home}; `portfolio materialize` ingests landing files")
