"""What Data Docs show: the newest partitions of each dataset, held to the contract and to their history once more."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from assets.checks.partition_checks import CheckRun, accepted_rows, observations_of
from assets.ingest.workbench import open_workbench
from expectations.suites import Suite
from expectations.suites.anomaly_suite import anomaly_suite, checks_for
from expectations.suites.contract_suite import contract_suite

if TYPE_CHECKING:
    import pandas as pd

DAYS = 7
"""Partitions of a dataset that the pages are about: a week."""


def write_data_docs(folder: Path, runs: Iterable[CheckRun], on_step: Callable[[str], None]) -> Path | None:
    """Write the pages of each dataset's newest partitions; the page to open, or None where nothing is loaded."""
    from expectations.anomalies import observation_frame
    from expectations.data_docs import build_data_docs
    from expectations.validation import as_frame

    batches: dict[str, tuple[pd.DataFrame, Suite]] = {}
    for run in runs:
        records = [r for r in run.ledger.loaded_partitions() if r.dataset == run.dataset.name]
        days = [record.partition_date for record in records][-DAYS:]
        if not days:
            continue
        on_step(run.dataset.name)
        contents = {record.partition_date: record.content_hash for record in records}
        with open_workbench(run.lake, run.rules) as con:
            title = f"{run.dataset.name} {days[0]} to {days[-1]}"
            batches[title] = as_frame(accepted_rows(run, con, days)), contract_suite(run.dataset)
            frame = observation_frame(observations_of(run, con, days, contents))
        applied = {check.name for check in checks_for(run.dataset)}
        suite = anomaly_suite(run.thresholds)
        rules = tuple(r for r in suite.rules if r.arguments["column"].removesuffix("_to_block") in applied)
        batches[f"{title}, history"] = frame, Suite(suite.name, rules)
    return build_data_docs(folder, batches) if batches else None
