"""The landing folder: which partitions it holds, which files each one has, and whether they changed.

Layout: `<landing>/<dataset>/<YYYY-MM-DD>/<any name>.csv | .csv.gz | .parquet`.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sources.errors import SourceError

DATA_SUFFIXES = (".csv", ".csv.gz", ".parquet")
"""The endings of data files, in any case."""
_SET_ASIDE = (".", "_", "~$")
"""Names that begin so are none of the data, whatever their ending: hidden, unfinished, a spreadsheet's lock."""
MAPPED = "mapped-"
"""Begins the name of a file that came through a mapping, beside those of another source."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class LandingError(SourceError):
    """The landing folder can't be used; the message is one line that says why."""


class LandingGoneError(LandingError):
    """There is no landing folder."""


@dataclass(frozen=True)
class LandingPartition:
    """The files of one dataset and day: data files in name order, and the names that are ignored."""

    dataset: str
    date: date
    files: tuple[Path, ...]
    ignored: tuple[str, ...] = ()

    def signature(self) -> str:
        """Stat facts of all files, as text: equal signatures mean that no file was touched since.

        The change time and inode are in it, so that an overwrite that restores size and modification time shows.
        """
        facts = [_stat_facts(path) for path in self.files]
        return "\n".join([*facts, *(f"ignored {name}" for name in self.ignored)])


def file_ending(name: str) -> str:
    """Which of `DATA_SUFFIXES` a name ends with, in any case; empty where it is none."""
    lower = name.lower()
    return next((suffix for suffix in DATA_SUFFIXES if lower.endswith(suffix)), "")


def is_set_aside(name: str) -> bool:
    """Whether a name's beginning says that it is none of the data."""
    return name.startswith(_SET_ASIDE)


def is_data_file(name: str) -> bool:
    """Whether a landing file of this name is read."""
    return file_ending(name) != "" and not is_set_aside(name)


def file_name(path: Path) -> str:
    """The file's name as text that can be stored: bytes that are not UTF-8 are written as `\\xe9`."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


class LandingFolder:
    """A folder of landing partitions."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def check(self) -> None:
        """Raise `LandingGoneError` where there is no such folder, `LandingError` where it can't be listed."""
        with _listing(self.root):
            is_there = self.root.exists()
        if not is_there:
            raise LandingGoneError(f"landing folder {self.root} does not exist; create it or name another one")
        if not _is_folder(self.root):
            raise LandingError(f"landing folder {self.root} is not a folder")
        _names(self.root)

    def partition(self, dataset: str, day: date) -> LandingPartition | None:
        """The files landed for a dataset and day; None when there is no folder or no data file in it."""
        folder = self.root / dataset / day.isoformat()
        if not _is_folder(folder):
            return None
        names = _names(folder)
        files = tuple(folder / name for name in names if is_data_file(name))
        if not files:
            return None
        ignored = tuple(file_name(folder / name) for name in names if not is_data_file(name))
        return LandingPartition(dataset, day, files, ignored)

    def days(self, dataset: str) -> list[date]:
        """The days whose folder holds at least one data file, in order."""
        folder = self.root / dataset
        if not _is_folder(folder):
            return []
        days = [day for name in _names(folder) if (day := as_day(name)) is not None]
        return [day for day in days if self._holds_data(folder / day.isoformat())]

    def first_day(self, dataset: str) -> date | None:
        """The first of `days`; the folders after it are not looked into."""
        folder = self.root / dataset
        days = filter(None, map(as_day, _names(folder))) if _is_folder(folder) else ()
        return next((day for day in days if self._holds_data(folder / day.isoformat())), None)

    @staticmethod
    def _holds_data(folder: Path) -> bool:
        """Whether a day's folder has a data file; of many files, only the first are looked at."""
        if not _is_folder(folder):
            return False
        with _listing(folder), os.scandir(folder) as entries:
            return any(is_data_file(entry.name) for entry in entries)


def as_day(name: str) -> date | None:
    """The day that a folder's name is, written YYYY-MM-DD; None when it is none."""
    if not _DAY.fullmatch(name):
        return None
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _names(folder: Path) -> list[str]:
    with _listing(folder):
        return sorted(os.listdir(folder))  # noqa: PTH208  names alone are wanted, and many folders are listed


def _is_folder(path: Path) -> bool:
    with _listing(path):
        return path.is_dir()


@contextmanager
def _listing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LandingError(f"landing folder {folder} cannot be listed: {error.strerror}") from error


def _stat_facts(path: Path) -> str:
    try:
        facts = path.stat()
    except OSError as error:
        return f"{file_name(path)} {error.strerror}"
    return f"{file_name(path)} {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino}"
