"""The whole raw contract and every check on a landing folder, before anything of it is loaded.

It is ingested as always, into a home folder that lives as long as the check: what passes here is loaded there. Licence
holders' ids are hashed with a key that nobody keeps.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Protocol

import duckdb

from assets.checks.control_totals import control_results
from assets.checks.partition_checks import CheckRun, check_partitions
from assets.checks.reconciliation import reconcile
from assets.ingest.ingestion import IngestOutcome, ingest_partition
from assets.ingest.rules import IngestRules
from assets.ingest.workbench import open_workbench
from assets.landing.report import AsOfDays, DatasetReport, LandingReport, PartitionReport
from assets.landing.samples import Look
from expectations.contract import (
    CONTROL_TOTALS,
    DATASETS,
    LICENSE_USAGE,
    MAX_QUARANTINED_ROWS,
    SUBSCRIPTIONS,
    Dataset,
)
from expectations.references import REFERENCES, reference_results, reused_results
from expectations.results import CheckResult, Severity
from expectations.suites.anomaly_suite import Thresholds
from planning.buildable import PartitionStates, closed_days, days_to_build, plan_days
from planning.days import EARLIEST_AS_OF_DATE, EARLIEST_PARTITION
from planning.look_back import needed_look_back_days, required_snapshots
from sources.landing.folder import LandingFolder
from sources.landing.unread import unread_paths
from sources.readers.limits import MEMORY_LIMIT, ReadLimits
from storage.files.temporary import temporary_folder
from storage.home import Home
from storage.lake.lake import Lake
from storage.ledger.accounts import PartitionAccounts
from storage.ledger.check_results import CheckResults
from storage.ledger.ledger import Ledger
from storage.ledger.states import partition_states


class Steps(Protocol):
    """Told how far the check is."""

    def start(self, task: str, total: int) -> None:
        """Begin a task of `total` steps."""

    def advance(self, task: str, step: str = "") -> None:
        """One step of the task is done."""


@dataclass(frozen=True)
class CheckRequest:
    """What of a landing folder is checked, and by which limits."""

    newest: date
    """Today (UTC). No partition after it is looked at, unless `last` is."""
    max_quarantined_share: float
    max_snapshot_age_days: int
    max_quarantined_rows: int = MAX_QUARANTINED_ROWS
    first: date | None = None
    last: date | None = None
    datasets: tuple[str, ...] = tuple(DATASETS)
    memory_limit: str = MEMORY_LIMIT
    threads: int | None = None
    limits: ReadLimits = field(default_factory=ReadLimits)
    control_severity: Severity = Severity.WARN
    thresholds: Thresholds = field(default_factory=Thresholds)
    """From where on anomaly checks fail."""
    first_date: date = EARLIEST_AS_OF_DATE
    closed_before: date | None = None

    def days_of(self, landing: LandingFolder, folder: str) -> list[date]:
        """The days that are looked at, of a dataset or of the control totals."""
        earliest, newest = self.first or EARLIEST_PARTITION, self.last or self.newest
        return [day for day in landing.days(folder) if earliest <= day <= newest]

    def earlier_days_of(self, landing: LandingFolder, dataset: str) -> list[date]:
        """The days before the first one that its as-of days hinge on; none where no first day was asked for."""
        if self.first is None:
            return []
        start = self.first - timedelta(days=needed_look_back_days(dataset, self.max_snapshot_age_days))
        return [day for day in landing.days(dataset) if max(start, EARLIEST_PARTITION) <= day < self.first]

    def as_of_days(self, report: LandingReport) -> list[date]:
        """The days that a load of the folder is meant to build: those asked for, as far as they are over."""
        snapshots = [
            part.day for found in report.datasets if found.name in required_snapshots() for part in found.partitions
        ]
        newest = self.last or report.last or date.min
        return days_to_build([self.first] if self.first else snapshots, self.first_date, min(newest, self.newest))


def check_landing(landing: LandingFolder, request: CheckRequest, steps: Steps) -> LandingReport:
    """Check a landing folder. Nothing stays of what is written meanwhile, also when it is interrupted.

    Raises:
        LandingError: the folder is none, or can't be listed.
        StorageError: the temporary folder is full or can't be written.
    """
    landing.check()
    days = {name: request.days_of(landing, name) for name in request.datasets}
    found = [day for listed in days.values() for day in listed]
    report = LandingReport(
        landing.root, first=request.first or min(found, default=None), last=request.last or max(found, default=None)
    )
    if report.first is None or report.last is None:
        report.first = report.last = None
    if any(request.newest in days.get(name, ()) for name in required_snapshots()):
        report.today = request.newest
    folders = (*DATASETS, CONTROL_TOTALS.name)
    report.unread = list(
        unread_paths(landing, folders, EARLIEST_PARTITION, max(request.newest, request.last or date.min))
    )
    with temporary_folder("check") as folder:
        rules = IngestRules(
            request.max_quarantined_share,
            request.memory_limit,
            request.threads,
            request.max_quarantined_rows,
            request.limits,
            holder_key=secrets.token_bytes(32),
        )
        home = Home(folder)
        lake = Lake(home.lake)
        with Ledger(home.ledger) as ledger, open_workbench(lake, rules) as con:
            bench = _Bench(landing, lake, ledger, con, rules)
            for name in request.datasets:
                earlier = request.earlier_days_of(landing, name)
                steps.start(name, len(earlier) + len(days[name]))
                before = bench.read(DATASETS[name], earlier, steps)
                report.datasets.append(bench.read(DATASETS[name], days[name], steps))
                report.datasets[-1].refused_before = before.refused
                first = report.first or date.min
                report.datasets[-1].began_before = any(day < first for day in landing.days(name))
            bench.check(report, request, steps)
    return report


@dataclass
class _Bench:
    """The temporary home folder, and what is done in it."""

    landing: LandingFolder
    lake: Lake
    ledger: Ledger
    con: duckdb.DuckDBPyConnection
    rules: IngestRules
    loaded: dict[str, list[date]] = field(default_factory=dict)

    def read(self, dataset: Dataset, days: Sequence[date], steps: Steps) -> DatasetReport:
        """Ingest a dataset's partitions."""
        report = DatasetReport(dataset.name)
        known = PartitionAccounts(self.ledger)
        for day in days:
            look = Look(self.con, dataset, day, report)
            outcome = ingest_partition(
                self.landing, self.lake, self.ledger, dataset, day, self.rules, con=self.con, on_examined=look.take
            )
            if outcome.status == "missing":
                continue  # taken away meanwhile
            partition = look.partition
            if outcome.status == "loaded" and outcome.record is not None:
                self.loaded.setdefault(dataset.name, []).append(day)
                accounts = known.of(outcome.record)
                files = accounts.files if accounts else {}
                partition = replace(
                    partition, files=tuple(replace(file, rows=files.get(file.name)) for file in partition.files)
                )
            report.partitions.append(_described(partition, outcome))
            steps.advance(dataset.name, str(day))
        return report

    def check(self, report: LandingReport, request: CheckRequest, steps: Steps) -> None:
        """Run every check on what was accepted."""
        steps.start("checks", 4)
        records = [record for name in request.datasets for record in self.ledger.partitions(name)]
        found = list(reconcile(self.con, self.lake, self.ledger, records))
        steps.advance("checks", "references")
        self.lake.create_views(self.con, self.loaded)
        for reference in REFERENCES:
            if {reference.dataset.name, reference.to.name} <= set(request.datasets):
                found += reference_results(self.con, reference)
        if {SUBSCRIPTIONS.name, LICENSE_USAGE.name} <= set(request.datasets):
            found += reused_results(self.con)
        steps.advance("checks", "control totals")
        stated = request.days_of(self.landing, CONTROL_TOTALS.name)
        found += control_results(
            self.con, self.landing, self.ledger, stated, request.control_severity, request.datasets, self.rules.limits
        )
        steps.advance("checks", "suites")
        judged: list[CheckResult] = []
        for name in self.loaded:
            run = CheckRun(self.lake, self.ledger, DATASETS[name], self.rules, request.thresholds, run_id="")
            judged += check_partitions(run)
        steps.advance("checks")
        contents = {(record.dataset, record.partition_date): record.content_hash for record in records}
        CheckResults(self.ledger).record([one for one in found if one.blocks], "", content_hashes=contents)
        report.checks += [one for one in found + judged if report.is_asked_for(one.first_date) or one.blocks]
        if {name for name in DATASETS if DATASETS[name].serves.required_for_days} <= set(request.datasets):
            report.as_of_days = plan_as_of_days(
                request.as_of_days(report),
                partition_states(self.ledger),
                request.max_snapshot_age_days,
                request.closed_before,
            )


def plan_as_of_days(
    days: Sequence[date], states: PartitionStates, max_snapshot_age_days: int, closed_before: date | None
) -> AsOfDays:
    """Which of the days a load would build, and why not the others: as `plan_days` says for the load itself."""
    closed = dict.fromkeys(closed_days(days, closed_before), f"before {closed_before}, PORTFOLIO_CLOSED_BEFORE")
    days = [day for day in days if day not in closed]
    if not days:
        return AsOfDays((), closed)
    plan = plan_days(days[0], days[-1], states, max_snapshot_age_days)
    blocked = {day: f"{cause} would be refused" for day, cause in plan.blocked.items()}
    return AsOfDays(plan.days, dict(sorted({**closed, **blocked, **plan.without_snapshot}.items())))


def _described(partition: PartitionReport, outcome: IngestOutcome) -> PartitionReport:
    if outcome.refusal is not None:
        return replace(partition, reasons=outcome.refusal.reasons)
    assert outcome.record is not None  # noqa: S101  what is not refused is loaded
    return replace(partition, reasons=outcome.record.reasons, partners=frozenset(outcome.record.partners))
