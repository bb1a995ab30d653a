"""What lies in a landing folder and is not read, with the reason: the slips of whoever lays out the first one."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sources.landing.folder import DATA_SUFFIXES, LandingFolder, as_day, file_name, is_set_aside

_ENDINGS = f"{', '.join(DATA_SUFFIXES[:-1])} or {DATA_SUFFIXES[-1]}"


@dataclass(frozen=True)
class UnreadPath:
    """A file or folder, relative to the landing folder, and why it is not read."""

    path: str
    why: str
    deliberate: bool = False
    """Its name begins with `.`, `_` or `~$`, by which its maker says that it is none of the data."""
    in_partition: bool = False
    """A file beside the data files of a partition."""


def unread_paths(
    landing: LandingFolder,
    datasets: Collection[str],
    earliest: date,
    newest: date,
    looked_at: Mapping[str, Collection[date]] | None = None,
) -> Iterator[UnreadPath]:
    """What is not read of a landing folder, in order of names.

    Args:
        datasets: the folders that are read.
        earliest: first day of which partitions are read.
        newest: last such day.
        looked_at: the days, by dataset, into whose folders is looked; into all when None.

    Raises:
        OSError: a folder can't be listed.
    """
    for entry in sorted(landing.root.iterdir()):
        name = file_name(entry)
        if name not in datasets:
            if is_set_aside(name):
                yield _deliberate(name)
            elif entry.is_dir():
                yield UnreadPath(name, f"no dataset has this name{_meant(name, datasets)}")
            else:
                yield UnreadPath(name, "a file beside the dataset folders")
        elif entry.is_dir():
            inside = None if looked_at is None else looked_at.get(name, ())
            yield from _in_dataset(landing, entry, earliest, newest, inside)
        else:
            yield UnreadPath(name, "a file, where a folder with a folder for each day is expected")


def _in_dataset(
    landing: LandingFolder, folder: Path, earliest: date, newest: date, inside: Collection[date] | None
) -> Iterator[UnreadPath]:
    for entry in sorted(folder.iterdir()):
        name = file_name(entry)
        path = f"{folder.name}/{name}"
        day = as_day(name)
        if is_set_aside(name):
            yield _deliberate(path)
        elif day is None:
            yield UnreadPath(path, "its name is no day of the calendar, YYYY-MM-DD")
        elif not entry.is_dir():
            yield UnreadPath(path, "a file, where the folder of a day is expected")
        elif day < earliest:
            yield UnreadPath(path, f"before {earliest}, the first day that is read")
        elif day > newest:
            yield UnreadPath(path, "in the future (UTC)")
        elif inside is None or day in inside:
            yield from _in_partition(landing, folder.name, day, path)


def _in_partition(landing: LandingFolder, dataset: str, day: date, path: str) -> Iterator[UnreadPath]:
    landed = landing.partition(dataset, day)
    if landed is None:
        yield UnreadPath(path, f"holds no file that ends with {_ENDINGS}")
        return
    for name in landed.ignored:
        if is_set_aside(name):
            yield replace(_deliberate(f"{path}/{name}"), in_partition=True)
        else:
            yield UnreadPath(f"{path}/{name}", f"its name does not end with {_ENDINGS}", in_partition=True)


def _deliberate(path: str) -> UnreadPath:
    begins = "~$, a lock of a spreadsheet" if path.rpartition("/")[2].startswith("~$") else ". or _"
    return UnreadPath(path, f"its name begins with {begins}", deliberate=True)


def _meant(name: str, datasets: Collection[str]) -> str:
    close = difflib.get_close_matches(name.lower().replace("-", "_"), datasets, n=1)
    return f"; is it {close[0]}?" if close else f"; there are {', '.join(datasets)}"
