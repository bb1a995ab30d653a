"""An inbox, a mapping and a landing folder, for tests of what is delivered."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from expectations.contract import DATASETS
from sources.landing.folder import LandingFolder
from sources.mapping.places import MappingPlace
from sources.mapping.source import MappingSource
from sources.readers.limits import ReadLimits
from sources.source import Delivery

from .mapped import CUSTOMERS, TODAY, USAGE

FIRST = date(2026, 3, 1)
NEXT = FIRST + timedelta(days=1)
ONE_DAY_FEED = {"dataset": "customers", "files": "customers*.csv", "day": {"name": "true"}, "columns": CUSTOMERS}
USAGE_FEED = {
    "dataset": "license_usage",
    "files": "usage*.csv",
    "day": {"column": {"from": "day", "date": "%d.%m.%Y"}},
    "columns": USAGE,
}
WEEKLY_FEED = {**ONE_DAY_FEED, "history": {"carry_days": "3"}}


class Exports:
    """An inbox, a mapping, and a landing folder that it is delivered to."""

    def __init__(self, folder: Path, *feeds: dict[str, Any]) -> None:
        self.folder, self.today = folder, TODAY
        self.inbox, self.landing = folder / "inbox", folder / "landing"
        self.inbox.mkdir(parents=True)
        self.declare(*feeds)
        self._time = 1_700_000_000

    def declare(self, *feeds: dict[str, Any]) -> None:
        text = yaml.safe_dump({"feeds": list(feeds)}, sort_keys=False)
        (self.folder / "mapping.yaml").write_text(text)

    def put(self, name: str, *lines: str, header: str = "id,name") -> None:
        """A file in the inbox, newer than all before."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *lines, ""]))
        self._time += 100
        os.utime(path, (self._time, self._time))

    def put_usage(self, name: str, *lines: str) -> None:
        self.put(name, *lines, header="customer,user,count,day")

    @property
    def source(self) -> MappingSource:
        place = MappingPlace(
            mapping=self.folder / "mapping.yaml",
            inbox=self.inbox,
            state=self.folder / "state",
            scratch=_scratch,
            limits=ReadLimits(),
            memory=256 << 20,
            today=lambda: self.today,
        )
        return MappingSource(place, LandingFolder(self.landing))

    def offered(self) -> list[tuple[str, date]]:
        source = self.source
        return [(offer.dataset, offer.day) for name in DATASETS for offer in source.offers(name)]

    def deliver(self) -> list[Delivery]:
        source = self.source
        return list(source.deliver([offer for name in DATASETS for offer in source.offers(name)], print))

    def landed(self) -> dict[str, list[str]]:
        """The rows of each partition, without the header, in order."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.landing.glob("*/*/*")):
            name = f"{path.parent.parent.name} {path.parent.name}"
            found.setdefault(name, []).extend(path.read_text().replace('"', "").splitlines()[1:])
        return {name: sorted(rows) for name, rows in found.items()}


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
