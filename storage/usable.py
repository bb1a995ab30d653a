"""Whether this program can do something with a home folder: nothing in it is half restored, or of a newer version."""

from pathlib import Path

from storage import versions
from storage.backup.restoring import refuse_half_restored
from storage.files.atomic import StorageError
from storage.files.schemas import newer, version_of
from storage.home import Home
from storage.ledger.schema_versions import program_of


def refuse_unusable(home: Home) -> None:
    """Raise `StorageError` where a restore was cut off before its end, or a newer version has written."""
    refuse_half_restored(home)
    refuse_newer(home)


def refuse_newer(home: Home) -> None:
    """Raise `StorageError` where a newer version has written; no file is made, locked or changed."""
    for path, known in database_versions(home).items():
        if (found := version_of(path)) > known:
            raise StorageError(newer(f"home folder {home.path}", found, known, program_of(home.ledger)))


def database_versions(home: Home) -> dict[Path, int]:
    """The SQLite files of a home folder, there or not, and the version that their tables have today."""
    return {
        home.ledger: versions.LEDGER,
        home.alerts: versions.ALERTS,
        home.told_facts: versions.TOLD_FACTS,
        home.digests: versions.DIGESTS,
    }
