"""What of a home folder goes into a backup: what can't be made again, and what would take long.

Left out is what comes back by itself: the warehouse, which is made from the publication, and what dbt, the
documentation and temporary files need. The hash key is in it where that was asked for, and nowhere else.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from storage.files.atomic import StorageError
from storage.home import Home

Way = Literal["link", "copy", "database"]

_NAMED = Home(Path())
FILES = frozenset(
    str(path) for path in (_NAMED.ledger, _NAMED.alerts, _NAMED.told_facts, _NAMED.digests, _NAMED.hash_key)
)
"""The files of a home folder's own level that a backup may hold."""
FOLDERS = frozenset(
    str(path)
    for path in (_NAMED.lake, _NAMED.serving.path, _NAMED.mapping, _NAMED.webex, _NAMED.dagster, _NAMED.landing)
)
"""The folders of it of which a backup may hold files."""
_SCHEDULES = "schedules"  # Dagster's folder
_DATABASE, _DATA, _STATE = ".db", ".parquet", ".json"


@dataclass(frozen=True)
class Item:
    """A file that goes into a backup, and how."""

    source: Path
    path: str
    """Its place in the backup: from the home folder, with slashes."""
    way: Way = "copy"
    """`link` is for files that are never changed in place, `database` for those of SQLite."""
    delivered: bool = False
    """Somebody else writes it, whom no lock keeps out."""


@dataclass
class Contents:
    """The files in the order in which they are backed up, and what is not, in one line each."""

    items: list[Item] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def contents(home: Home, publication_id: str | None, *, history: bool, key: bool) -> Contents:
    """The contents of a backup of a home folder in which nothing is written meanwhile.

    Args:
        publication_id: the current publication, the only one that is kept.
        history: Dagster's as well: runs, events, and which schedules and sensors are on.
        key: the hash key as well.
    """
    found = Contents()

    def add(source: Path, way: Way = "copy", *, delivered: bool = False) -> None:
        found.items.append(Item(source, source.relative_to(home.path).as_posix(), way, delivered))

    for path in (home.ledger, home.alerts, home.told_facts, home.digests):
        if path.is_file():
            add(path, "database")
    for path in _files(home.lake):
        if path.suffix == _DATA:
            add(path, "link")
    for path in _published(home, publication_id):
        add(path)
    for folder in (home.mapping, home.webex):
        for path in _files(folder):
            if path.suffix == _STATE:
                add(path)
    # Which schedules are on and how far sensors looked comes first: they may lag behind the runs, not lead.
    databases = [path for path in _files(home.dagster) if path.suffix == _DATABASE] if history else []
    for path in sorted(databases, key=lambda path: path.parent.name != _SCHEDULES):
        add(path, "database")
    if key and home.hash_key.is_file():
        add(home.hash_key)
    _add_landing(home, found)
    return found


def _published(home: Home, publication_id: str | None) -> Iterator[Path]:
    if publication_id is None:
        return
    yield from _files(home.serving.kept(publication_id).path)
    yield from (path for path in (home.serving.file, home.serving.current) if path.is_file())


def _add_landing(home: Home, found: Contents) -> None:
    landing = home.landing
    if landing.is_symlink():
        found.left_out.append(f"{landing} is a link: back up what it leads to as well")
        return

    def unread(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # taken away just now, or none at all
            found.left_out.append(f"{error.filename} cannot be read: {error.strerror}")

    for folder, folders, files in os.walk(landing, onerror=unread):
        folders.sort()
        for name in folders:
            if Path(folder, name).is_symlink():
                found.left_out.append(f"{Path(folder, name)} is a link to a folder")
        for name in sorted(files):
            path = Path(folder, name)
            if not _may_be_file(path):
                continue
            if path.is_symlink():  # who delivers here would have any file of the machine backed up
                found.left_out.append(f"{path} is a link to a file")
            else:
                found.items.append(Item(path, path.relative_to(home.path).as_posix(), delivered=True))


def _may_be_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # nobody may look: copying it says so
        return True


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder, in order, without hidden ones: those are half written, or put aside.

    Raises:
        StorageError: a folder can't be listed: what is in it would be missing without a word.
    """

    def refused(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise StorageError(f"{error.filename} cannot be read: {error.strerror}; nothing was backed up") from error

    for path, folders, files in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(path, name) for name in sorted(files) if not name.startswith("."))
