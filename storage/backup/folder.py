"""A folder of backups: one folder each, named by its time; hidden ones are unfinished, or on their way out."""

import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.backup.manifest import Manifest, is_finished, read_manifest
from storage.files.atomic import StorageError
from storage.files.processes import is_alive, process_name

_TIME = "%Y%m%dT%H%M%S%fZ"
_ID = r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}"
_FINISHED = re.compile(_ID)
_UNFINISHED = re.compile(rf"\.{_ID}@(?P<host>.+)@(?P<process>[0-9]+-[0-9]+)")


@dataclass(frozen=True)
class Backup:
    """A finished backup."""

    path: Path
    manifest: Manifest


def backup_id(folder: Path, now: datetime) -> str:
    """The id of a backup that is made at `now` in a folder of backups: it sorts after each that is there.

    A clock may have been ahead when one of them was made: the newest one is the one that was made last.

    Raises:
        StorageError: a backup there has the name of a time that none can follow.
    """
    time = f"{now.astimezone(UTC):{_TIME}}"
    newest = max((path.name.partition("-")[0] for path in backups(folder)), default="")
    if newest >= time:
        try:
            time = f"{datetime.strptime(newest, _TIME).replace(tzinfo=UTC) + timedelta(microseconds=1):{_TIME}}"
        except (ValueError, OverflowError) as error:
            raise StorageError(f"no backup can follow {newest} in {folder}; move that one away") from error
    return f"{time}-{secrets.token_hex(4)}"


def backups(folder: Path) -> list[Path]:
    """The finished backups in a folder, oldest first."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in entries if _FINISHED.fullmatch(path.name) and _is_folder(path) and is_finished(path)]


def newest_like(folder: Path, home: Path) -> Backup | None:
    """The newest backup of a home folder whose manifest can be read; None where there is none."""
    for path in reversed(backups(folder)):
        try:
            manifest = read_manifest(path)
        except StorageError:
            continue  # restoring it says so
        if manifest.home == str(home):
            return Backup(path, manifest)
    return None


def find_backup(folder: Path) -> Backup:
    """The backup that a folder is, or the newest one in it.

    Raises:
        StorageError: there is none, it can't be used, or the folder holds backups of several home folders.
    """
    if not folder.is_dir():
        raise StorageError(f"backup folder {folder} does not exist; name the folder that `portfolio backup` wrote to")
    if is_finished(folder):
        return Backup(folder, read_manifest(folder))
    found = backups(folder)
    if not found:
        return Backup(folder, read_manifest(folder))  # says that it is unfinished
    newest = Backup(found[-1], read_manifest(found[-1]))
    if any(_home_of(path) not in (None, newest.manifest.home) for path in found[:-1]):
        raise StorageError(f"{folder} holds backups of several home folders: name one of the folders in it")
    return newest


@contextmanager
def making(folder: Path, name: str) -> Iterator[Path]:
    """Give a folder to write a backup to; on leaving without an error it gets its name, by one rename.

    On an error it goes, and so does what killed processes of this machine left.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_leftovers(folder)
    beside = folder / _unfinished(name)
    beside.mkdir(mode=0o700)
    try:
        yield beside
        beside.rename(folder / name)
        flush_folder(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Remove what processes of this machine that no longer run began to write, or to remove."""
    for path in folder.iterdir():
        named = _UNFINISHED.fullmatch(path.name)
        if named and named["host"] == socket.gethostname() and not is_alive(named["process"]) and _is_folder(path):
            shutil.rmtree(path, ignore_errors=True)


def remove_older(folder: Path, home: Path, keep: int, made: Path | None = None) -> int:
    """Remove all but the newest `keep` backups of a home folder; how many there were.

    The one that was just `made` is none of them, whatever its name.

    One goes by a rename first: half removed it is no backup.
    """
    own = [path for path in backups(folder) if _home_of(path) == str(home)]
    own.sort(key=lambda path: path == made)  # stable: the others stay in their order
    for path in (older := own[:-keep]):
        leaving = folder / _unfinished(path.name)
        path.rename(leaving)
        shutil.rmtree(leaving)
    return len(older)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unfinished(name: str) -> str:
    return f".{name}@{socket.gethostname()}@{process_name()}"


def _home_of(path: Path) -> str | None:
    try:
        return read_manifest(path).home
    except StorageError:
        return None


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
