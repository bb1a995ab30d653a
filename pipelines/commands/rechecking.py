"""Lake partitions are checked outside an ingest run, too: an acceptance, an erasure or a threshold changes verdicts."""

from assets.checks.control_totals import update_control_totals
from assets.checks.partition_checks import CheckRun, check_partitions
from assets.resources import Progress, Workspace
from expectations.contract import DATASETS
from storage.files.locks import exclusive


def recheck(workspace: Workspace, progress: Progress) -> None:
    """Check every loaded partition and control total that was not checked as it is now: days are planned by it.

    Raises:
        StorageError: the ledger can't be written.
    """
    rules, thresholds = workspace.ingest_rules(), workspace.anomaly_thresholds
    with exclusive(workspace.home.pipeline_lock, progress.note), workspace.ledger() as ledger:
        for dataset in DATASETS.values():
            check_partitions(CheckRun(workspace.lake, ledger, dataset, rules, thresholds, run_id=""))
        if not workspace.landing.exists():
            return  # which says nothing of what sources stated
        severity = workspace.control_totals_severity
        update_control_totals(workspace.landing_folder, workspace.lake, ledger, rules, severity, run_id="")
