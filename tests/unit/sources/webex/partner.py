"""A partner of two organisations in memory, and the source that asks for them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx

from expectations.contract import DATASETS
from sources.guarded import GuardedSource
from sources.landing.folder import LandingFolder
from sources.source import Delivery, Offer
from sources.webex.options import WebexOptions
from sources.webex.source import WebexSource

from .small_webex import PARTNER, SmallWebex, line, options, uuid

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)
SITE = "acme.webex.com"
SNAPSHOTS = ("customers", "subscriptions", "license_assignments")


def meeting(number: int, start: str, host: str) -> dict[str, Any]:
    return {"meetingId": f"m{number}", "start": start, "hostEmail": f"{host}@EXAMPLE.com"}


def call(number: int, start: str, user: str, kind: str = "User", direction: str = "ORIGINATING") -> dict[str, Any]:
    return {
        "Report ID": f"r{number}",
        "Start time": start,
        "Direction": direction,
        "User type": kind,
        "User UUID": uuid(user) if user else "NA",
    }


def answering(path: str, status: int) -> Callable[[httpx.Request], httpx.Response | None]:
    return lambda request: httpx.Response(status, content=b"ada@example.com") if path in request.url.path else None


class Partner:
    """A partner with two organisations, and the source that asks for them."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        self.folder = folder
        self.webex = SmallWebex()
        meetings = line("acme", "EE", 10, 2, "S1", site=SITE)
        calling = line("acme", "BCSTD", 5, 1, "S2")
        self.webex.lines = {"acme": [meetings, calling], "beta": [line("beta", "MS", 7, 0, "trialSub.9")]}
        self.webex.holders = {meetings["id"]: ["ada", "bob"], calling["id"]: ["ada"]}
        self.webex.meetings = {
            SITE: [meeting(1, "2026-03-09T23:59:59Z", "ADA"), meeting(2, "2026-03-10T00:00:00Z", "bob")]
        }
        self.webex.records = {"acme": [call(1, "2026-03-09T09:00:00.000Z", "ada")]}
        self.now = NOW
        self.changed = changed
        self.notes: list[str] = []

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def options(self) -> WebexOptions:
        return options(self.folder / "home" / "webex", **self.changed)

    @property
    def source(self) -> GuardedSource:
        given = self.options
        landing = LandingFolder(self.landing)
        return GuardedSource(WebexSource(landing, given, lambda: self.now, lambda note: self.webex.client(given, note)))

    def offers(self) -> list[Offer]:
        return [offer for dataset in DATASETS for offer in self.source.offers(dataset)]

    def run(self) -> list[Delivery]:
        self.webex.asked.clear()
        return list(self.source.deliver(self.offers(), self.notes.append))

    def problems(self) -> dict[str, str]:
        return {f"{one.dataset} {one.day}": one.problem for one in self.run() if one.problem}

    def rows(self, dataset: str, day: date) -> list[str]:
        """The rows of all files, without the header and the partner."""
        files = sorted((self.landing / dataset / str(day)).glob("*.csv"))
        return [row.removeprefix(f"{PARTNER},") for file in files for row in file.read_text().splitlines()[1:]]

    def landed(self) -> dict[str, bytes]:
        return {str(file.relative_to(self.landing)): file.read_bytes() for file in sorted(self.landing.rglob("*.csv"))}
