"""The file that readers open, held to what was published."""

import fcntl
import filecmp
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from storage.files.atomic import StorageError, storage_errors
from storage.files.damage import damage, foreign, published_remedy
from storage.files.duckdb_files import remove_beside, remove_logs
from storage.files.permissions import share
from storage.home import PublicationFolder, Serving
from storage.publication.current import read_current
from storage.publication.kept import beside_parquet, kept_folders, lead_parquet_to, unfinished_folders


class PublicationError(StorageError):
    """Why nothing was published, in one line; the last publication is untouched."""


@dataclass(frozen=True)
class Held:
    """How the file that readers open was found."""

    as_published: bool
    """It is what was published, byte for byte."""
    note: str = ""
    """What had to be done for that, in one line; nothing where all was well."""


@contextmanager
def unwritten(path: Path) -> Iterator[None]:
    """Nobody writes to a DuckDB file while the block runs: readers come and go, who wants to write is refused.

    The block must not open the file itself: the system drops a process's locks on a file with the first handle closed.

    Raises:
        PublicationError: another process has it open for writing.
    """
    if not path.exists():
        yield
        return
    with path.open("rb") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            message = f"{path} is open for writing in another process: close it, or open it read-only, and run again"
            raise PublicationError(message) from None
        yield


def switch_file(source: Path, target: Path) -> None:
    """Put a copy of a DuckDB file in another's place: one rename, before which the other's log goes.

    Both get the same size and time of change, by which `hold_as_published` tells that nobody touched them.

    Raises:
        PublicationError: another process has the target open for writing.
    """
    beside = copy_beside(source, target)
    with unwritten(target):
        put_in_place(beside, target)


def copy_beside(source: Path, target: Path) -> Path:
    """A copy of a file, on disk and beside the one whose place it will take."""
    beside = _beside(target)
    beside.unlink(missing_ok=True)
    shutil.copyfile(source, beside)
    _same_time(source, beside)
    share(beside, target.parent)
    with beside.open("rb") as handle:
        os.fsync(handle.fileno())
    return beside


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}")


def put_in_place(beside: Path, target: Path) -> None:
    """Let the copy take its place, while nobody writes to the file that is there: see `unwritten`."""
    remove_logs(target)
    beside.replace(target)


def hold_as_published(serving: Path) -> Held:
    """Have the file that readers open be what was published, from the kept publication where it is not.

    Call it where nobody else publishes. Changes that wait in a log are dropped; a file that was edited or cut off is
    replaced. So are those of the kept publications, but for one that someone is writing to: nothing is read from it.
    The Parquet files are those of the same publication: one that was killed in its last moments left newer ones.

    Raises:
        PublicationError: another process has the file open for writing.
    """
    target = Serving(serving).file
    with unwritten(target):
        dropped = remove_logs(target)
    for path in _kept_files(serving):
        with suppress(PublicationError), unwritten(path):
            remove_logs(path)
    if not target.exists():
        return Held(as_published=False)
    kept, digest = _published(serving)
    held = _hold(target, kept, digest)
    led = held.as_published and kept is not None and lead_parquet_to(serving, kept.parent.name)
    if dropped and not held.note:
        return Held(held.as_published, f"{target}: what someone wrote into it is dropped; it is as it was published")
    if led and not held.note:
        note = f"{Serving(serving).parquet} held another publication than {target}; it holds the same again"
        return Held(held.as_published, note)
    return held


def refuse_parquet_folder(serving: Path) -> None:
    """Raise `PublicationError` where somebody's folder has the place of the link to the published Parquet files.

    A copy that followed links, as of a home folder that moved, leaves one. Nothing takes its place by a rename, and it
    would go on holding what was published then.
    """
    parquet = Serving(serving).parquet
    if parquet.exists() and not parquet.is_symlink():
        raise PublicationError(
            f"{parquet} is no link any more, as after a copy that followed links: move it away, and run again"
        )


def remove_all_beside(serving: Path) -> None:
    """Remove what DuckDB left beside the file that readers open, and beside the kept ones; nobody may write to them."""
    for path in (Serving(serving).file, *_kept_files(serving)):
        with unwritten(path):
            remove_beside(path)
    for leftover in (_beside(Serving(serving).file), beside_parquet(serving)):
        leftover.unlink(missing_ok=True)


def older_publications(serving: Path, keep: int) -> list[Path]:
    """The folders of publications beyond the current one and the last `keep` - 1 others, oldest first."""
    current = _id_in(Serving(serving).file)
    folders = kept_folders(serving)
    others = [folder for folder in folders if folder.name != current]
    kept_others = keep - (len(folders) - len(others))
    return others[: max(len(others) - kept_others, 0)]


def remove_older_publications(serving: Path, keep: int, *, at_any_price: bool) -> None:
    """Remove the folders of `older_publications`.

    One that can't go now, as where a network file system keeps a file that a reader has open, goes with a later one:
    what was published just now is. With `at_any_price` it may not stay.

    Raises:
        StorageError: it stays, at any price.
    """
    for old in older_publications(serving, keep):
        with storage_errors(old):
            shutil.rmtree(old, ignore_errors=not at_any_price)


def flush_all(folder: Path) -> None:
    """Have every file on disk before its name is: after a power cut a name must not lead to nothing."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read a published file.

    Raises:
        PublicationError: it is damaged, or somebody's own file.
    """
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            yield connection
    except duckdb.Error as error:
        if found := damage(error):
            raise PublicationError(published_remedy(path, found)) from error
        if line := foreign(path, error):
            raise PublicationError(line) from error
        raise


def untouched(target: Path, kept: Path) -> bool:
    """Whether two files that were made equal still are, as far as size and time of change tell."""
    try:
        facts = [(found.st_size, found.st_mtime_ns) for found in (target.stat(), kept.stat())]
    except OSError:
        return False
    return facts[0] == facts[1]


def _hold(target: Path, kept: Path | None, digest: str | None) -> Held:
    if kept is None:
        return Held(digest is None or _digest(target) == digest)
    if untouched(target, kept):
        return Held(as_published=True)
    if digest is None:
        # Nothing says which is right: the kept one is nobody's to open.
        target_holds, kept_holds = filecmp.cmp(target, kept, shallow=False), True
    else:
        target_holds, kept_holds = _digest(target) == digest, _digest(kept) == digest
    if target_holds and kept_holds:
        _same_time(kept, target)
        return Held(as_published=True)
    if target_holds:
        with suppress(PublicationError):
            switch_file(target, kept)
        return Held(as_published=True, note=f"{kept} was changed or damaged; it is as it was published again")
    if kept_holds:
        switch_file(kept, target)
        return Held(as_published=True, note=f"{target} was changed or damaged; it is as it was published again")
    return Held(as_published=False)


def _published(serving: Path) -> tuple[Path | None, str | None]:
    """The kept file of the current publication, and its SHA-256 when it was published, as far as they are known.

    A publication that was killed in its last moments is named by the file itself and not yet by the description.
    """
    current = read_current(serving)
    folders = [folder.name for folder in kept_folders(serving)]
    found = None
    if current is not None and folders and folders[-1] == current.publication_id:
        found = current.publication_id
    else:
        known = [_id_in(Serving(serving).file), current.publication_id if current else None, *folders[-1:]]
        found = next((name for name in known if name in folders), None)
    digest = current.sha256 if current is not None and (found is None or found == current.publication_id) else None
    kept = Serving(serving).kept(found).file if found is not None else None
    return kept if kept is not None and kept.is_file() else None, digest


def _kept_files(serving: Path) -> list[Path]:
    folders = (*kept_folders(serving), *unfinished_folders(serving))
    return [file for folder in folders if (file := PublicationFolder(folder).file).exists()]


def _id_in(path: Path) -> str | None:
    """The id of the publication that a file holds; None where there is none, or none that can be read."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute("select publication_id from meta.publication").fetchone()
    except duckdb.Error:
        return None  # it is no publication any more, or none yet
    return str(row[0]) if row is not None else None


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _same_time(source: Path, target: Path) -> None:
    facts = source.stat()
    os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))
