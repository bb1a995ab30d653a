"""Who may read what the pipeline writes: its owner, and in the serving folder a group of readers where one is named."""

import os
import stat
from pathlib import Path

from storage.files.atomic import StorageError
from storage.files.umask import users_umask


def secure_home(home: Path, serving: Path, landing: Path, group: int | None) -> None:
    """Make the home folder, and what the pipeline has in it, readable for its owner alone; serving also for a group.

    Folders get 0700 and files 0600; with a group the home folder 0710, and in the serving folder folders 2750 and files
    0640. A home folder that has these rights already is not gone through.

    Args:
        landing: left as it is, for others deliver there.
        group: id of the group; None for no group.

    Raises:
        StorageError: the home folder can't be made, or the rights can't be set.
    """
    with users_umask():
        _make(home.parent, home)
    _make(home, home)
    if group is not None:
        _make(serving, home)
    home_mode, shared = (0o700, 0o700) if group is None else (0o710, 0o2750)
    if _has(home, home_mode, group) and (not serving.exists() or _has(serving, shared, group)):
        return
    own = home.resolve()  # a home folder that is a link is the one that it leads to
    _give(own, 0o700, None)  # nobody looks in meanwhile
    for folder, folders, files in os.walk(home):
        in_serving = Path(folder) == serving or serving in Path(folder).parents
        folders[:] = [name for name in folders if Path(folder, name) != landing]
        for name in folders:
            path = Path(folder, name)
            _give(path, *((shared, group) if in_serving or path == serving else (0o700, None)))
        for name in files:
            _give(Path(folder, name), *((shared & 0o640, group) if in_serving else (0o600, None)))
    _give(own, home_mode, group)


def share(path: Path, serving: Path) -> None:
    """Give a file or folder that was made for the serving folder, and all in it, the rights that this one has."""
    for found in (path, *path.rglob("*")):
        share_one(found, serving)


def share_one(path: Path, serving: Path) -> None:
    """The same for a file or a folder alone."""
    if path.is_symlink():
        return
    rights = stat.S_IMODE(serving.stat().st_mode)
    path.chmod(0o700 | rights & 0o2050 if path.is_dir() else 0o600 | rights & 0o040)


def _make(folder: Path, home: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"home folder {home} cannot be used: {error.strerror}; name another one with --home or PORTFOLIO_HOME"
        raise StorageError(message) from error


def _has(path: Path, mode: int, group: int | None) -> bool:
    facts = path.stat()
    return stat.S_IMODE(facts.st_mode) == mode and group in (None, facts.st_gid)


def _give(path: Path, mode: int, group: int | None) -> None:
    if path.is_symlink():
        return
    try:
        if group is not None:
            os.chown(path, -1, group)
        path.chmod(mode)  # after the group: a change of it may clear bits
    except FileNotFoundError:
        return  # another process removed it just now
    except PermissionError as error:
        what = f"be given to the group {group} (PORTFOLIO_READERS_GROUP)" if group is not None else "be made private"
        raise StorageError(f"{path} cannot {what}: {error.strerror}; its owner or root can") from error
