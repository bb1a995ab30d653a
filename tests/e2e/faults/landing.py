"""One landing folder with every fault in it, each on a day of its own where all else is good."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ...reference.contract import DATASETS, LICENSE_USAGE, SNAPSHOTS, Dataset
from ...reference.raw import days
from .fault import Fault
from .feed import good

FIRST = date(2024, 5, 1)
LOOK_BACK = timedelta(days=10)
_USAGE_BEFORE = timedelta(days=21)
_FILE = "export.csv"


@dataclass(frozen=True)
class Placed:
    """A fault and its partition's date."""

    fault: Fault
    day: date


def placed(faults: Iterable[Fault]) -> list[Placed]:
    """Give each fault a day: snapshots that don't count share the first as-of days, refused usage comes before.

    Missing snapshots are kept apart by good days, so that they are bridged.
    """
    by_fate = sorted(faults, key=lambda fault: (not fault.withheld, fault.fate == "missing"))
    blocked = max(sum(f.dataset == dataset and f.withheld for f in by_fate) for dataset in SNAPSHOTS)
    before = FIRST - timedelta(days=8)
    following = dict.fromkeys(DATASETS, FIRST)
    found = []
    for fault in by_fate:
        if fault.dataset == LICENSE_USAGE and fault.withheld:
            found.append(Placed(fault, before))
            before -= timedelta(days=1)
            continue
        if not fault.withheld:
            following[fault.dataset] = max(following[fault.dataset], FIRST + timedelta(days=blocked + 1))
        found.append(Placed(fault, following[fault.dataset]))
        following[fault.dataset] += timedelta(days=2 if fault.fate == "missing" else 1)
    return found


def write_good(landing: Path, first: date, last: date) -> None:
    """Write every snapshot and a few weeks of usage that the as-of days look back on, all good."""
    for dataset in DATASETS:
        before, content = _USAGE_BEFORE if dataset == LICENSE_USAGE else LOOK_BACK, good(dataset)
        for day in days(first - before, last):
            folder = partition_folder(landing, dataset, day)
            folder.mkdir(parents=True)
            (folder / _FILE).write_bytes(content)


def deliver(landing: Path, fault: Fault, day: date) -> None:
    """Put a fault in place of what a partition holds."""
    folder = partition_folder(landing, fault.dataset, day)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in fault.files.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            content(folder / name)


def partition_folder(landing: Path, dataset: Dataset, day: date) -> Path:
    """A partition's folder."""
    return landing / dataset.name / day.isoformat()
