"""Putting a backup in place: every file is copied beside and compared with its hash before the first one is moved.

While `<home>/.restoring` is there, the home folder is not one yet: commands that write refuse it, and the same restore
begins anew.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from storage.backup.contents import FILES, FOLDERS
from storage.backup.folder import Backup, flush_folder
from storage.backup.manifest import BackedUp, altered
from storage.backup.reading import NotInsideError, opened_inside
from storage.files.atomic import StorageError, storage_errors
from storage.home import Home

_PIECE = 1 << 20
_LOST_AND_FOUND = "lost+found"  # of a file system's own level


def refuse_half_restored(home: Home) -> None:
    """Raise `StorageError` where a restore was cut off while it moved files into the home folder."""
    if _moved(home).exists():
        raise StorageError(f"{home.path} was not restored to its end: run the same `portfolio restore` once more")


def refuse_filled(home: Home, backup: Backup) -> None:
    """Raise `StorageError` where the home folder holds anything that a restore does not leave alone.

    That is what somebody put back, a hash key or settings, and landing files where the backup has none.
    """
    locks = (home.pipeline_lock, home.command_lock, home.digest_lock, home.telling_lock)
    left = {path.name for path in (home.hash_key, home.settings_file, home.restoring, *locks)}
    left.add(_LOST_AND_FOUND)
    if not _holds(backup, home.landing) or not _filled(home.landing):
        left.add(home.landing.name)
    if _moved(home).exists():
        left.update(json.loads(_moved(home).read_text(encoding="utf-8")))
    found = sorted(path.name for path in home.path.iterdir()) if home.path.is_dir() else []
    if others := [name for name in found if name not in left]:
        raise StorageError(
            f"home folder {home.path} is in use: there is {others[0]} in it; restore into an empty one, with --home"
        )


def restore_files(
    home: Home, backup: Backup, finish: Callable[[Home], None], told: Callable[[str], None] = lambda path: None
) -> None:
    """Put the files of a backup in an empty home folder that nobody else uses.

    Args:
        finish: makes what else belongs there, in the folder in which the verified files are before they are moved.
        told: the path of each file, when it is verified.

    Raises:
        StorageError: a file is not as it was backed up, or can't be written; the home folder is as it was.
    """
    with storage_errors(home.path):
        clear_half_restored(home)
        staged = Home(home.restoring / "files")
        try:
            staged.path.mkdir(parents=True)
            for file in backup.manifest.files:
                if not (file.path == staged.hash_key.name and home.hash_key.exists()):
                    _verified(backup, file, staged.path / file.path)
                told(file.path)
            finish(staged)
            for path, _, _ in os.walk(staged.path):
                flush_folder(Path(path))
            if staged.landing.exists() and home.landing.exists():
                home.landing.rmdir()
            names = _note_what_moves(home, staged)
        except BaseException:
            shutil.rmtree(home.restoring, ignore_errors=True)
            raise
        for name in names:
            (staged.path / name).rename(home.path / name)
        flush_folder(home.path)
        _moved(home).unlink()
        shutil.rmtree(home.restoring, ignore_errors=True)


def clear_half_restored(home: Home) -> None:
    """Take away what a restore that was cut off left, and what it had moved into place."""
    for name in _began_to_move(home):
        path = home.path / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if home.restoring.exists():
        shutil.rmtree(home.restoring)


def _verified(backup: Backup, file: BackedUp, place: Path) -> None:
    """Copy a file, and hold the copy to its hash: what is compared is what is put in place."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sha256, size = hashlib.sha256(), 0
    try:
        with opened_inside(backup.path, file.path) as source, place.open("xb") as copy:
            while size <= file.size and (piece := source.read(_PIECE)):
                sha256.update(piece)
                size += copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
    except (NotInsideError, FileNotFoundError) as error:
        raise altered(backup.path, file.path) from error
    if (size, sha256.hexdigest()) != (file.size, file.sha256):
        raise altered(backup.path, file.path)
    os.utime(place, ns=(file.mtime_ns, file.mtime_ns))


def _note_what_moves(home: Home, staged: Home) -> Sequence[str]:
    """The names that move into place, the ledger's last: it is what a home folder is known by."""
    names = sorted((path.name for path in staged.path.iterdir()), key=lambda name: name == home.ledger.name)
    beside = _moved(home).with_suffix(".writing")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(names, file)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(_moved(home))
    flush_folder(home.restoring)
    return names


def _began_to_move(home: Home) -> Sequence[str]:
    """The names that a restore moves; what it made itself counts, and nothing else."""
    if not _moved(home).exists():
        return ()
    known = {*FILES, *FOLDERS, home.warehouse.name}
    return [name for name in json.loads(_moved(home).read_text(encoding="utf-8")) if name in known]


def _moved(home: Home) -> Path:
    return home.restoring / "moved.json"


def _holds(backup: Backup, folder: Path) -> bool:
    return any(file.path.startswith(f"{folder.name}/") for file in backup.manifest.files)


def _filled(folder: Path) -> bool:
    return folder.is_symlink() or (folder.is_dir() and any(folder.iterdir())) or folder.is_file()
