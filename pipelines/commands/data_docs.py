"""Data Docs of a home folder."""

from collections.abc import Callable
from pathlib import Path

from assets.checks.data_docs import write_data_docs
from assets.checks.partition_checks import CheckRun
from expectations.contract import DATASETS
from pipelines.definitions import workspace_of
from pipelines.settings import Settings
from storage.files.locks import exclusive


def build(settings: Settings, on_step: Callable[[str], None]) -> Path | None:
    """Write `<home>/data_docs` anew from what the lake holds now; the page to open, or None where nothing is loaded.

    Args:
        on_step: told, in a few words, what is under way.
    """
    workspace = workspace_of(settings)
    with exclusive(settings.folders.pipeline_lock, on_step), workspace.ledger() as ledger:
        rules, thresholds = workspace.ingest_rules(), workspace.anomaly_thresholds
        runs = [CheckRun(workspace.lake, ledger, dataset, rules, thresholds, "") for dataset in DATASETS.values()]
        return write_data_docs(workspace.home.data_docs, runs, on_step)
