"""Writing a backup: a folder of files beside the finished ones, and its manifest last.

What did not change since the backup before is a hard link to that one's file, once its content was compared; a file of
the lake is a link to the lake's own, where both are on one file system: it is never changed in place.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from storage.backup.contents import Contents, Item
from storage.backup.folder import Backup, backup_id, flush_folder, making, newest_like
from storage.backup.manifest import NAME, BackedUp, Manifest, manifest_text
from storage.backup.reading import NotInsideError, opened_inside
from storage.files.atomic import StorageError, storage_errors
from storage.files.damage import damage, sqlite_remedy
from storage.files.sqlite import sqlite_reason
from storage.home import Home

_PIECE = 1 << 20
_BUSY_SECONDS = 30.0


@dataclass(frozen=True)
class Written:
    """A backup that was made."""

    path: Path
    files: int
    size: int
    """Bytes of all its files."""
    new: int
    """Those of them that are not shared with the lake or an earlier backup."""
    left_out: Sequence[str]


def write_backup(
    home: Home, folder: Path, found: Contents, described: Manifest, told: Callable[[str], None] = lambda path: None
) -> Written:
    """Write a backup of a home folder in which nobody else writes; it is there whole or not at all.

    Args:
        found: what goes into it.
        described: the manifest without its files.
        told: the path of each file, when it is done.

    Raises:
        StorageError: something can't be read or written; nothing is left of it.
    """
    with storage_errors(folder):
        name = backup_id(folder, datetime.now(UTC))
    with storage_errors(folder), making(folder, name) as beside:
        writer = _Writer(home.path, beside, newest_like(folder, home.path))
        for item in found.items:
            writer.store(item)
            told(item.path)
        manifest = replace(described, files=tuple(writer.files))
        for path, _, _ in os.walk(beside):
            flush_folder(Path(path))
        with (beside / NAME).open("x", encoding="utf-8") as file:
            file.write(manifest_text(manifest))
            file.flush()
            os.fsync(file.fileno())
        flush_folder(beside)
    return Written(folder / name, len(manifest.files), manifest.size, writer.new, (*found.left_out, *writer.left_out))


@dataclass
class _Writer:
    home: Path
    target: Path
    base: Backup | None
    files: list[BackedUp] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    new: int = 0

    def __post_init__(self) -> None:
        """Note where each content can be had: in the backup before, by its hash."""
        before = self.base.manifest.files if self.base else ()
        self._base = {file.path: file for file in before}
        self._here: dict[str, str] = {}

    def store(self, item: Item) -> None:
        place = self.target / item.path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if item.way == "database":
            stored: BackedUp | None = self._database(item, place)
        else:
            stored = self._linked(item, place) or self._copied(item, place)
        if stored is not None:
            self.files.append(stored)
            self._here.setdefault(stored.sha256, stored.path)

    def _linked(self, item: Item, place: Path) -> BackedUp | None:
        """A link to the home folder's own file; None where there can be none, as to another file system."""
        if item.way != "link":
            return None
        try:
            place.hardlink_to(item.source)
        except OSError:
            return None
        with place.open("rb") as file:
            return _backed_up(item, file)

    def _copied(self, item: Item, place: Path) -> BackedUp | None:
        """A copy, or a link to a file of the same content that is in a backup already; None where it is left out."""
        with ExitStack() as opened:
            try:
                file = opened.enter_context(self._opened(item))
            except NotInsideError:
                self.left_out.append(f"{item.source} is no file any more, or behind a link")
                return None
            except OSError as error:
                if item.delivered:
                    self.left_out.append(f"{item.source} cannot be read: {error.strerror}")
                    return None
                raise StorageError(f"{item.source} cannot be read: {error.strerror}; nothing was backed up") from error
            before = _facts(file)
            found = _backed_up(item, file)
            if not self._shared(found, place):
                found = _copy(found, file, place)
                self.new += found.size
            if item.delivered and _facts(file) != before:
                place.unlink()
                self.left_out.append(f"{item.source} was being written; the next backup has it")
                return None
        return found

    def _opened(self, item: Item) -> AbstractContextManager[BinaryIO]:
        """A file of the home folder; of those that others deliver, none that a link leads to."""
        return opened_inside(self.home, item.path) if item.delivered else item.source.open("rb")

    def _database(self, item: Item, place: Path) -> BackedUp:
        """SQLite's own copy: of one moment, whoever writes."""
        try:
            with (
                closing(sqlite3.connect(item.source, timeout=_BUSY_SECONDS)) as source,
                closing(sqlite3.connect(place)) as target,
            ):
                source.backup(target)
                (found,) = target.execute("pragma quick_check(1)").fetchone()
        except sqlite3.Error as error:
            if broken := damage(error):
                raise StorageError(sqlite_remedy(item.source, broken)) from error
            raise StorageError(f"{self.target.parent} cannot be written: {sqlite_reason(error, place)}") from error
        if found != "ok":
            raise StorageError(sqlite_remedy(item.source, str(found).splitlines()[-1]))
        with place.open("rb") as file:
            stored = _backed_up(item, file)
            os.fsync(file.fileno())
        copy = place.with_name(f".{place.name}")
        place.rename(copy)
        if not self._shared(stored, place):
            copy.rename(place)
            self.new += stored.size
        copy.unlink(missing_ok=True)
        return stored

    def _shared(self, found: BackedUp, place: Path) -> bool:
        """Whether the content could be had by a link: in this backup, or in the one before by the same path."""
        if (here := self._here.get(found.sha256)) is not None:
            return self._link(self.target, here, found, place)
        known = self._base.get(found.path)
        if self.base is None or known is None or known.sha256 != found.sha256:
            return False
        return self._link(self.base.path, found.path, found, place)

    @staticmethod
    def _link(folder: Path, path: str, found: BackedUp, place: Path) -> bool:
        """Link a file that holds what its manifest says: one that was altered is not passed on."""
        try:
            with opened_inside(folder, path) as file:
                facts = os.fstat(file.fileno())
                if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
                    return False
            place.hardlink_to(folder / path)
            with opened_inside(place.parent, place.name) as file:
                if _digest(file) == (found.size, found.sha256):
                    return True
        except (OSError, NotInsideError):
            pass  # too many links, or none of ours: it is copied
        place.unlink(missing_ok=True)
        return False


def _backed_up(item: Item, file: BinaryIO) -> BackedUp:
    size, sha256 = _digest(file)
    return BackedUp(item.path, size, sha256, os.fstat(file.fileno()).st_mtime_ns)


def _copy(found: BackedUp, file: BinaryIO, place: Path) -> BackedUp:
    """Copy what is in the file now, which may differ from what was found in it."""
    sha256, size = hashlib.sha256(), 0
    with place.open("xb") as copy:
        for piece in _pieces(file):
            sha256.update(piece)
            size += copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    return replace(found, size=size, sha256=sha256.hexdigest())


def _digest(file: BinaryIO) -> tuple[int, str]:
    sha256, size = hashlib.sha256(), 0
    for piece in _pieces(file):
        sha256.update(piece)
        size += len(piece)
    return size, sha256.hexdigest()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while True:
        try:
            piece = file.read(_PIECE)
        except OSError as error:
            raise StorageError(f"{file.name} cannot be read: {error.strerror}; nothing was backed up") from error
        if not piece:
            return
        yield piece


def _facts(file: BinaryIO) -> tuple[int, int]:
    facts = os.fstat(file.fileno())
    return facts.st_size, facts.st_mtime_ns
