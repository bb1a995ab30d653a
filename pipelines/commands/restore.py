"""A home folder out of a backup: its files verified, and what follows from them made again before they are in place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assets.ingest.ingestion import needs_ingest
from assets.resources import Progress, Workspace
from expectations.contract import DATASETS
from pipelines.definitions import workspace_of
from pipelines.private_home import keep_private, make_private
from pipelines.settings import Settings
from sources.landing.folder import LandingFolder
from storage.backup.folder import Backup, find_backup
from storage.backup.manifest import Manifest
from storage.backup.reading import NotInsideError, read_inside
from storage.backup.restoring import clear_half_restored, refuse_filled, restore_files
from storage.files.atomic import StorageError
from storage.files.locks import exclusive
from storage.files.names import from_root
from storage.home import Home
from storage.lake.hashing import KEY_BYTES, key_fingerprint, load_or_create_key
from storage.ledger.ledger import Ledger
from storage.ledger.open_erasures import are_under_way
from storage.publication.kept import lead_parquet_to
from storage.publication.restoring import restore_warehouse
from storage.upgrading import upgrade_databases


@dataclass(frozen=True)
class Restored:
    """What came of it."""

    backup: Path
    manifest: Manifest
    erasing: bool
    """Somebody's erasure was under way when it was made."""
    key_is_lost: bool
    upgraded: Sequence[str]
    """What an earlier version had made, and is of this one now, in one line each."""


def restore(
    settings: Settings, folder: Path, key_file: Path | None, progress: Progress, *, without_key: bool = False
) -> Restored:
    """Put a backup, or the newest one in a folder, in the home folder, which is empty.

    Args:
        key_file: the hash key that was kept apart.
        without_key: the key is lost, and a new one may be made.

    Raises:
        StorageError: it can't be done, in one line; the home folder is as it was.
    """
    home = settings.folders
    backup = find_backup(from_root(folder))
    refuse_filled(home, backup)
    if not home.path.exists():
        # What is refused for its key leaves no new folder: locks have to be made in one.
        _check_key(backup, _key(settings, backup, key_file), without_key=without_key)
    make_private(settings)
    in_use = _refusing(home)
    with exclusive(home.command_lock, in_use), exclusive(home.pipeline_lock, in_use):
        refuse_filled(home, backup)
        clear_half_restored(home)
        key = _key(settings, backup, key_file)
        lost = _check_key(backup, key, without_key=without_key)
        found: list[bool] = []
        upgraded: list[str] = []

        def finish(staged: Home) -> None:
            if key_file is not None and key is not None and settings.hash_key is None and not home.hash_key.exists():
                staged.hash_key.write_bytes(key)
            upgrade_databases(staged, upgraded.append)
            found.append(_make_the_rest(settings, staged, backup, key))

        progress.start("restore", len(backup.manifest.files))
        restore_files(home, backup, finish, lambda path: progress.advance("restore", path))
    keep_private(settings)
    return Restored(backup.path, backup.manifest, found[0], lost, upgraded)


def _refusing(home: Home) -> Callable[[str], None]:
    def refuse(message: str) -> None:
        raise StorageError(f"home folder {home.path} is in use by another command; name another with --home")

    return refuse


def _key(settings: Settings, backup: Backup, key_file: Path | None) -> bytes | None:
    """The hash key for the home folder: of the settings, put back by hand, named, or in the backup."""
    if settings.hash_key is not None:
        return settings.hash_key.get_secret_value().encode()
    if settings.folders.hash_key.exists():
        return load_or_create_key(settings.folders.hash_key)
    if key_file is not None:
        return _kept_apart(key_file)
    name = settings.folders.hash_key.name
    if any(file.path == name for file in backup.manifest.files):
        try:
            return read_inside(backup.path, name)
        except (NotInsideError, OSError):
            return None  # it is said to be altered when it is verified
    return None


def _kept_apart(path: Path) -> bytes:
    """The key in a file that was named: unlike a home folder's, a wrong one is only the wrong name."""
    wanted = "name the file that `portfolio backup --key-file` wrote"
    if not path.exists():
        raise StorageError(f"key file {path} does not exist; {wanted}")
    try:
        key = path.read_bytes()
    except OSError as error:
        raise StorageError(f"key file {path} cannot be read: {error.strerror}; {wanted}") from error
    if len(key) < KEY_BYTES:
        raise StorageError(f"key file {path} is no hash key; {wanted}")
    return key


def _check_key(backup: Backup, key: bytes | None, *, without_key: bool) -> bool:
    """Whether the key is lost.

    Raises:
        StorageError: it is another one, or missing without a word that it is lost.
    """
    wanted = backup.manifest.key_fingerprint
    if wanted is None or (key is not None and key_fingerprint(key) == wanted):
        return False
    if key is not None:
        raise StorageError(
            f"this hash key is not the one of {backup.path}, under which every user would be another one; nothing was"
            " restored"
        )
    if not without_key:
        raise StorageError(
            f"the hash key of {backup.path} was kept apart: name it with --key-file, or set PORTFOLIO_HASH_KEY, or say"
            " --without-key where it is lost"
        )
    return True


def _make_the_rest(settings: Settings, staged: Home, backup: Backup, key: bytes | None) -> bool:
    """Make what the files lead to; whether an erasure was under way when they were backed up."""
    if backup.manifest.publication_id is not None:
        lead_parquet_to(staged.serving.path, backup.manifest.publication_id)
    workspace = replace(workspace_of(settings), home=staged)
    if not staged.ledger.exists():
        return False
    with workspace.ledger() as ledger:
        restore_warehouse(staged.warehouse, staged.serving.path, ledger, workspace.memory_limit)
        landing = staged.landing if settings.landing_folder == settings.folders.landing else settings.landing_folder
        if key is not None and landing.is_dir():
            _follow_landing(workspace, ledger, LandingFolder(landing), key)
        return are_under_way(ledger)


def _follow_landing(workspace: Workspace, ledger: Ledger, landing: LandingFolder, key: bytes) -> None:
    """Landing files have other inodes now: the ledger follows, so that what is the same does not count as touched."""
    rules = workspace.ingest.with_key(key)
    for dataset in DATASETS.values():
        for day in landing.days(dataset.name):
            needs_ingest(landing, workspace.lake, ledger, dataset, day, rules)
