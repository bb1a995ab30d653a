"""A backup of a home folder: made while no run writes, and the hash key beside it where that is asked for."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assets.resources import Progress
from contracts.version import program_version
from pipelines.private_home import keep_private
from pipelines.settings import Settings
from storage.backup.contents import contents
from storage.backup.folder import remove_older
from storage.backup.manifest import Manifest
from storage.backup.writing import Written, write_backup
from storage.files.atomic import StorageError, storage_errors
from storage.files.locks import exclusive
from storage.files.names import from_root
from storage.files.schemas import version_of
from storage.lake.hashing import key_fingerprint, load_or_create_key
from storage.publication.publication import read_publication
from storage.publication.published_file import hold_as_published


@dataclass(frozen=True)
class BackupRequest:
    """What to back up, and where to."""

    folder: Path
    with_key: bool = False
    """The hash key in the backup itself."""
    key_file: Path | None = None
    """Where to keep the hash key apart from it."""
    keep: int | None = None
    """Backups of this home folder to keep, this one included; all when None."""
    history: bool = True
    """Dagster's history and its schedules as well."""


@dataclass(frozen=True)
class BackupReport:
    """What came of it."""

    written: Written
    key: str
    """Where the hash key is, in one line."""
    removed: int = 0
    """Older backups that were removed."""
    notes: Sequence[str] = ()


def back_up(settings: Settings, request: BackupRequest, progress: Progress) -> BackupReport:
    """Back up the home folder; runs wait meanwhile, and it waits for them.

    Raises:
        StorageError: it can't be done, in one line; no part of a backup is left.
    """
    home, folder = settings.folders, from_root(request.folder)
    _refuse_places(settings, folder, request)
    keep_private(settings)
    notes: list[str] = []
    with exclusive(home.command_lock, progress.note), exclusive(home.pipeline_lock, progress.note):
        held = hold_as_published(home.serving.path)
        notes += filter(None, [held.note])
        key = _key(settings)
        if request.key_file is not None and key is not None:
            notes += filter(None, [_keep_apart(key, request.key_file)])
        publication = read_publication(home.serving.path)
        found = contents(
            home, publication.publication_id if publication else None, history=request.history, key=request.with_key
        )
        described = Manifest(
            created_at=datetime.now(UTC),
            program=program_version(),
            home=str(home.path),
            ledger_version=version_of(home.ledger),
            publication_id=publication.publication_id if publication else None,
            key_fingerprint=key_fingerprint(key) if key is not None else None,
            files=(),
        )
        progress.start("backup", len(found.items))
        written = write_backup(home, folder, found, described, lambda path: progress.advance("backup", path))
    with storage_errors(folder):
        removed = remove_older(folder, home.path, request.keep, written.path) if request.keep is not None else 0
    return BackupReport(written, _where_the_key_is(settings, request, key), removed, notes)


def _refuse_places(settings: Settings, folder: Path, request: BackupRequest) -> None:
    home = settings.home.resolve()
    if folder.resolve().is_relative_to(home):
        raise StorageError(f"backup folder {folder} lies in the home folder, and would be lost with it; name another")
    if settings.hash_key is not None and (request.with_key or request.key_file is not None):
        raise StorageError("the hash key is PORTFOLIO_HASH_KEY: keep it where you keep your settings; nothing was done")
    if request.key_file is None:
        return
    for place, what in ((folder, "the backup folder"), (settings.home, "the home folder")):
        if from_root(request.key_file).resolve().is_relative_to(place.resolve()):
            raise StorageError(f"key file {request.key_file} lies in {what}: keep it apart; nothing was backed up")


def _key(settings: Settings) -> bytes | None:
    """The key in force; None where none was made yet."""
    if settings.hash_key is not None:
        return settings.hash_key.get_secret_value().encode()
    path = settings.folders.hash_key
    return load_or_create_key(path) if path.exists() else None


def _keep_apart(key: bytes, file: Path) -> str | None:
    """Write the key to a file of mode 0600; one that has it already is made its owner's. What there is to say of it.

    Raises:
        StorageError: the file holds something else, is no file, or a link leads nowhere.
    """
    path = from_root(file)
    with storage_errors(path):
        if broken := next((part for part in (path, *path.parents) if part.is_symlink() and not part.exists()), None):
            raise StorageError(f"key file {path}: {broken} is a link that leads nowhere; name another file")
        if path.exists():
            if not path.is_file() or path.read_bytes() != key:
                raise StorageError(f"key file {path} holds something else than this hash key; name another file")
            return _make_private(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as written:
            written.write(key)
            written.flush()
            os.fsync(handle)
    return None


def _make_private(path: Path) -> str | None:
    """Give a key file mode 0600; the line on one that others could read."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & 0o077:
        return None
    try:
        path.chmod(0o600)
    except OSError as error:
        return f"key file: {path} has mode {mode:04o} and cannot be given 0600: {error.strerror}; have its owner do it"
    return f"key file: {path} had mode {mode:04o}, and has 0600 now"


def _where_the_key_is(settings: Settings, request: BackupRequest, key: bytes | None) -> str:
    if settings.hash_key is not None:
        return "hash key: PORTFOLIO_HASH_KEY, which is not in the backup; keep it apart from it"
    if key is None:
        return "hash key: none was made yet"
    if request.key_file is not None:
        return f"hash key: in {request.key_file}, which restoring asks for; keep it apart from the backup"
    if request.with_key:
        return "hash key: in the backup; whoever has both can test whether a known user is in it"
    return (
        f"hash key: not in the backup; keep {settings.folders.hash_key} apart from it (--key-file FILE writes it there)"
    )
