"""Partitions that count as not delivered, whatever lies about: snapshots are bridged, usage is lost."""

from pathlib import Path

from ...reference.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, LICENSE_USAGE, SUBSCRIPTIONS
from .fault import Fault, missing
from .feed import good


def _folder_with_a_file(path: Path) -> None:
    path.mkdir()
    (path / "export.csv").write_bytes(good(LICENSE_ASSIGNMENTS))


ABSENT_FAULTS: list[Fault] = [
    missing("empty folder", CUSTOMERS, {}),
    missing("files of other kinds alone", SUBSCRIPTIONS, {"export.txt": good(SUBSCRIPTIONS), "_SUCCESS": b""}),
    missing("hidden file alone", LICENSE_ASSIGNMENTS, {".export.csv": good(LICENSE_ASSIGNMENTS)}),
    missing("lock file of a spreadsheet alone", LICENSE_USAGE, {"~$export.csv": good(LICENSE_USAGE)}),
    missing("files one folder deeper", LICENSE_ASSIGNMENTS, {"hour=00": _folder_with_a_file}),
]
