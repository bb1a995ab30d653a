"""Files of this source in landing: put into a partition as a whole, beside those of others."""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from datetime import date

from expectations.contract import DATASETS
from sources.landing.folder import LandingFolder
from sources.landing.writing import replacing_in_partition

SNAPSHOT_FILE = "webex.csv"
_USAGE_FILE = re.compile(r"webex-\d{4}-\d{2}-\d{2}\.csv")


def usage_file(run_day: date) -> str:
    """The file of what was new on the day of a run."""
    return f"webex-{run_day}.csv"


def is_usage_file(name: str) -> bool:
    """Whether a file of usage is this source's."""
    return _USAGE_FILE.fullmatch(name) is not None


def land_rows(landing: LandingFolder, dataset: str, day: date, name: str, rows: Iterable[Sequence[object]]) -> None:
    """Write a partition's file in place of the one that may be there.

    Args:
        rows: values in the order of the contract's columns.

    Raises:
        OSError: it can't be written. The partition is then as it was.
    """
    with (
        replacing_in_partition(landing.root, dataset, day, name) as unfinished,
        unfinished.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(DATASETS[dataset].column_names)
        writer.writerows(rows)
        stream.flush()
        os.fsync(stream.fileno())
