"""Runs that deliver from a simulated Webex, and what they land beside what they have to."""

import csv
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from expectations.contract import DATASETS
from pipelines.settings import load_settings
from pipelines.sources import source_of
from sources.simulator.webex.answers import Terms, reads_of
from sources.simulator.webex.landing import write_contract_file
from sources.simulator.webex.server import WebexServer

from . import running
from .forked import Forked

Row = tuple[tuple[str, str], ...]
SNAPSHOTS = ("customers", "subscriptions", "license_assignments")
DELIVERY_SECONDS = 7200  # ends a hang; 2,000 organisations take their time
MOST_RUNS = 6
"""A run that ends with something left is followed by another one of its day, so often at the most."""


def deliver() -> None:
    """What `materialize` does of a source, and no more: ends with 3 where something did not come."""
    source = source_of(load_settings())
    offers = [offer for dataset in DATASETS for offer in source.offers(dataset)]
    problems = [delivery.problem for delivery in source.deliver(offers, print) if delivery.problem]
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    sys.exit(3 if problems else 0)


class Runs:
    """A home folder that is filled from a simulated Webex, run by run."""

    def __init__(self, server: WebexServer, folder: Path, **settings: object) -> None:
        """`settings` are further variables, without PORTFOLIO_WEBEX_ and in lower case."""
        folder.mkdir(parents=True, exist_ok=True)
        self.server, self.home = server, folder / "home"
        self.contract = folder / "contract.csv"
        self.settings = {"token": server.token, "cdr_per_minute": 100_000, "timeout_seconds": 2, **settings}
        self.moments: list[datetime] = []
        """When runs were made, the last one of each day."""
        self.said = ""
        """Everything that they wrote to both streams."""

    def environment(self) -> dict[str, str]:
        """The variables of a run at the server's present."""
        given = {f"PORTFOLIO_WEBEX_{name.upper()}": str(value) for name, value in self.settings.items() if value}
        return {
            **os.environ,
            **self.server.addresses(),
            **given,
            "PORTFOLIO_SOURCE": "webex",
            "PORTFOLIO_HOME": str(self.home),
            "PORTFOLIO_NOW": self.server.now.isoformat(),
            "PORTFOLIO_WEBEX_CONTRACT_FILE": str(self.contract),
        }

    def begin(self, moment: datetime, contract: Mapping[str, Terms] | None = None) -> None:
        """Let it be a time, with its contract file; the simulator's where none is given."""
        self.server.now = moment
        known = self.server.answers.contract(moment.date()) if contract is None else contract
        write_contract_file(self.contract, known)
        self.moments = [*(run for run in self.moments if run.date() != moment.date()), moment]

    def start(self) -> Forked:
        """Start a delivery."""
        return Forked(["portfolio"], self.home.parent, self.environment(), deliver)

    def deliver(self) -> "subprocess.CompletedProcess[str]":
        """A delivery, whatever comes of it."""
        process = self.start()
        try:
            out, err = process.communicate(DELIVERY_SECONDS)
        finally:
            process.kill()
        return self._noted(subprocess.CompletedProcess(process.command, process.wait(0), out, err))

    def materialize(self, *options: str) -> "subprocess.CompletedProcess[str]":
        """A whole run, whatever comes of it."""
        return self._noted(running.portfolio("materialize", *options, environment=self.environment()))

    def _noted(self, done: "subprocess.CompletedProcess[str]") -> "subprocess.CompletedProcess[str]":
        self.said += done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def deliver_until_whole(self) -> int:
        """Deliver until nothing is left; how many runs that took."""
        for number in range(1, MOST_RUNS + 1):
            done = self.deliver()
            if done.returncode == 0:
                return number
            assert done.returncode == 3, done.stdout + done.stderr
        raise AssertionError(f"not whole after {MOST_RUNS} runs: {done.stdout}{done.stderr}")

    def differences(self, usage_days: Sequence[date], contract: Mapping[str, Terms] | None = None) -> dict[str, Any]:
        """What landing has and should not, and what it lacks, by partition; no key where it is right."""
        answers, found = self.server.answers, {}
        first_seen: dict[str, date] = {}
        for moment in self.moments:
            day = moment.date()
            terms = answers.contract(day) if contract is None else contract
            subscriptions = answers.subscriptions(day, terms, first_seen)
            first_seen = {**{row["subscription_id"]: day for row in subscriptions}, **first_seen}
            expected = {
                "customers": answers.customers(day),
                "subscriptions": subscriptions,
                "license_assignments": answers.license_assignments(day),
            }
            for dataset, rows in expected.items():
                found[dataset, day] = _difference(self.landed(dataset, day), rows)
        for day in usage_days:
            calls = self.settings.get("calls") != "off"
            count: Any = self.settings.get("meeting_count", "host")
            rows = answers.license_usage(day, self.reads_of(day), count=count, calls=calls)
            found["license_usage", day] = _difference(self.landed("license_usage", day), rows)
        return {f"{dataset} {day}": rows for (dataset, day), rows in found.items() if rows != ((), ())}

    def reads_of(self, day: date) -> list[datetime]:
        """The runs that read a day's usage: those of the three days after it, and of an older day the first one."""
        return list(reads_of(day, self.moments)) or self.moments[:1]

    def landed(self, dataset: str, day: date) -> list[dict[str, str]]:
        """The rows of a partition as text; usage of several files added up."""
        rows = []
        for file in sorted((self.home / "landing" / dataset / day.isoformat()).glob("*")):
            with file.open(encoding="utf-8", newline="") as stream:
                rows += list(csv.DictReader(stream))
        if dataset != "license_usage":
            return rows
        counts = Counter[Row]()
        for row in rows:
            counts[tuple((name, value) for name, value in row.items() if name != "activity_count")] += int(
                row["activity_count"]
            )
        return [{**dict(row), "activity_count": str(count)} for row, count in counts.items()]


def _difference(
    landed: list[dict[str, str]], expected: list[dict[str, Any]]
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Rows that are there and those that are missing, repeated ones included; at most three of each are shown."""
    there = Counter(tuple(sorted(row.items())) for row in landed)
    wanted = Counter(tuple(sorted((name, _text(value)) for name, value in row.items())) for row in expected)
    return tuple((there - wanted).elements())[:3], tuple((wanted - there).elements())[:3]


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
