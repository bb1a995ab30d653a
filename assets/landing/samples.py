"""What is kept of a landing partition while its rows are at hand: its files, and a few of the rows that are broken."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import duckdb

from assets.ingest.storing import Examined
from assets.landing.report import DatasetReport, FileReport, PartitionReport, SampleRow
from expectations.accounts import take_accounts
from expectations.contract import Dataset
from expectations.explanations import MASK, explanations

SAMPLES = 3
"""Rows that are shown for each reason of a dataset."""


@dataclass
class Look:
    """What is kept of a partition while its rows are at hand."""

    con: duckdb.DuckDBPyConnection
    dataset: Dataset
    day: date
    report: DatasetReport
    partition: PartitionReport = field(init=False)

    def take(self, examined: Examined) -> None:
        """Note the files, and rows for the reasons that have too few examples so far."""
        files = [FileReport(file.name, problem=file.problem or "") for file in examined.files]
        delivered = [file.delivered for file in examined.files if file.delivered is not None]
        if examined.checked is not None and examined.cause is not None:
            rows = take_accounts(self.con, self.dataset, delivered, examined.checked).files
            files = [replace(file, rows=rows[file.name]) for file in files]
        unexpected = dict.fromkeys(name for file in delivered for name in file.unexpected_columns)
        self.partition = PartitionReport(
            self.day, tuple(files), cause=examined.cause or "", unexpected_columns=tuple(unexpected)
        )
        if examined.checked is not None and examined.checked.quarantined_sql is not None:
            self._take_samples(examined.checked.quarantined_sql, list(examined.checked.counts.reasons))

    def _take_samples(self, quarantined: str, reasons: Sequence[str]) -> None:
        samples = self.report.samples
        for reason in reasons:
            wanted = SAMPLES - sum(reason in sample.reasons for sample in samples)
            if wanted <= 0:
                continue
            found = self.con.execute(
                f"select file, record_number, reasons, raw_row from ({quarantined})"
                f" where list_contains(reasons, '{reason}') order by file, record_number limit {wanted}"
            ).fetchall()
            for file, record, named, raw in found:
                sample = sample_row(self.dataset, self.day, file, record, named, raw)
                if sample not in samples:
                    samples.append(sample)


def sample_row(dataset: Dataset, day: date, file: str, record: int, reasons: Sequence[str], raw_row: str) -> SampleRow:
    """A quarantined row, its JSON taken apart: explained, and without who it names."""
    values = json.loads(raw_row)
    why = explanations(dataset, day, file, reasons, values)
    return SampleRow(day, file, record, tuple(reasons), masked(dataset, values), tuple(why))


def masked(dataset: Dataset, values: dict[str, str | None] | list[str]) -> dict[str, str | None] | list[str]:
    """A row as delivered, without who it names; blanks stay, for they may be what is wrong."""
    if isinstance(values, list):
        return [MASK if value.strip() else value for value in values] if dataset.personal_columns else values
    return {
        name: MASK if name in dataset.personal_columns and value is not None and value.strip() else value
        for name, value in values.items()
    }
