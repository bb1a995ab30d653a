"""What `portfolio check` finds in a landing folder: plain data, from which every form of the report is made."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from expectations.accounts import FileRows
from expectations.contract import DATASETS
from expectations.results import CheckResult, Severity
from planning.days import days_between
from sources.landing.unread import UnreadPath


class Verdict(StrEnum):
    """What a landing folder is worth."""

    CLEAN = "clean"
    """All of it would be loaded, and nothing in it needs attention."""
    REMARKS = "remarks"
    """It would be loaded; something is quarantined, missing, unread or warned of."""
    REFUSED = "refused"
    """Partitions would be refused or held, there is nothing to load, or no day could be built from it."""


@dataclass(frozen=True)
class FileReport:
    """A landing file: what became of its rows, or why it can't be read."""

    name: str
    rows: FileRows | None = None
    """None where the rows were not judged, since this file or another of its partition can't be read."""
    problem: str = ""


@dataclass(frozen=True)
class SampleRow:
    """A row that breaks the contract; who it names is masked."""

    day: date
    file: str
    record: int
    """1 is the first record after the header."""
    reasons: tuple[str, ...]
    values: Mapping[str, str | None] | Sequence[str]
    """By column; or the bare fields of a record that has too few or too many."""
    why: tuple[str, ...] = ()
    """What is wrong with it, a sentence each."""


@dataclass(frozen=True)
class PartitionReport:
    """A partition: its files, and why it would be refused, if it would."""

    day: date
    files: tuple[FileReport, ...]
    reasons: Mapping[str, int] = field(default_factory=dict)
    cause: str = ""
    unexpected_columns: tuple[str, ...] = ()
    partners: frozenset[str] = frozenset()

    @property
    def rows(self) -> FileRows:
        """All files' rows together."""
        judged = [file.rows for file in self.files if file.rows is not None]
        return FileRows(
            sum(rows.read for rows in judged),
            sum(rows.accepted for rows in judged),
            sum(rows.quarantined for rows in judged),
            sum(rows.duplicate for rows in judged),
        )


@dataclass
class DatasetReport:
    """A dataset's partitions, in order, and a few of the rows that break the contract."""

    name: str
    partitions: list[PartitionReport] = field(default_factory=list)
    samples: list[SampleRow] = field(default_factory=list)
    refused_before: list[PartitionReport] = field(default_factory=list)
    """Partitions before the days that were asked for, which these look back on, that would be refused."""
    began_before: bool = False
    """Whether there are partitions before the days that were asked for."""

    @property
    def refused(self) -> list[PartitionReport]:
        """The partitions that would be refused."""
        return [partition for partition in self.partitions if partition.cause]

    @property
    def rows(self) -> FileRows:
        """The rows of the partitions that would be loaded."""
        loaded = [partition.rows for partition in self.partitions if not partition.cause]
        return FileRows(
            sum(rows.read for rows in loaded),
            sum(rows.accepted for rows in loaded),
            sum(rows.quarantined for rows in loaded),
            sum(rows.duplicate for rows in loaded),
        )

    @property
    def rows_refused(self) -> int:
        """The rows, as far as they could be read, of the partitions that would be refused."""
        return sum(partition.rows.read for partition in self.refused)

    @property
    def reasons(self) -> dict[str, int]:
        """Broken rows per reason, those of refused partitions included; a row counts under each of its reasons."""
        counts = Counter[str]()
        for partition in self.partitions:
            counts.update(partition.reasons)
        return dict(counts.most_common())

    @property
    def unexpected_columns(self) -> dict[str, list[date]]:
        """Columns that the contract does not know, and the days whose files have them."""
        found: dict[str, list[date]] = {}
        for partition in self.partitions:
            for column in partition.unexpected_columns:
                found.setdefault(column, []).append(partition.day)
        return found

    def missing(self, first: date, last: date) -> list[date]:
        """The days of first..last without a partition."""
        there = {partition.day for partition in self.partitions}
        return [day for day in days_between(first, last) if day not in there]


@dataclass(frozen=True)
class AsOfDays:
    """Which as-of days could be built from the folder by itself, and why the others could not."""

    buildable: tuple[date, ...]
    not_buildable: Mapping[date, str]


@dataclass
class LandingReport:
    """A landing folder, as far as it was asked for."""

    landing: Path
    first: date | None
    """None, as `last`, where there is no partition and no day was asked for."""
    last: date | None
    datasets: list[DatasetReport] = field(default_factory=list)
    unread: list[UnreadPath] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    as_of_days: AsOfDays | None = None
    """None where not every dataset was asked for."""
    today: date | None = None
    """The day that is not over, where snapshots of it are there; an as-of day of it is provisional."""

    def is_asked_for(self, day: date) -> bool:
        """Whether the day is none of those before, which the days that were asked for only look back on."""
        return self.first is None or day >= self.first

    def missing(self) -> Iterator[tuple[str, list[date]]]:
        """The datasets with missing days, and these; nothing is missing of a day that is not over.

        Nor of an optional dataset before the first day that was delivered.
        """
        last = self.today - timedelta(days=1) if self.today is not None and self.last == self.today else self.last
        for dataset in self.datasets:
            required = DATASETS[dataset.name].serves.required_for_days
            delivered = min((part.day for part in dataset.partitions), default=None)
            first = self.first if required or dataset.began_before else delivered
            if first and last and (days := dataset.missing(first, last)):
                yield dataset.name, days

    @property
    def failed(self) -> list[CheckResult]:
        """The checks that failed, those that only inform left out."""
        return [result for result in self.checks if not result.passed and result.severity is not Severity.INFO]

    @property
    def verdict(self) -> Verdict:
        """What the folder is worth as a whole."""
        nothing = not any(dataset.partitions for dataset in self.datasets)
        if self.as_of_days is not None:
            nothing = not self.as_of_days.buildable
        held = any(result.blocks and self.is_asked_for(result.first_date) for result in self.checks)
        if nothing or held or any(dataset.refused for dataset in self.datasets):
            return Verdict.REFUSED
        remarks = (
            self.failed,
            any(dataset.refused_before for dataset in self.datasets),
            any(dataset.reasons or dataset.unexpected_columns for dataset in self.datasets),
            any(True for _ in self.missing()),
            [path for path in self.unread if not path.deliberate],
            self.as_of_days is not None and self.as_of_days.not_buildable,
        )
        return Verdict.REMARKS if any(remarks) else Verdict.CLEAN
