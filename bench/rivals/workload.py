"""What a home folder's lake and settings make of a window: the job that all contenders are given."""

import shutil
from datetime import date
from pathlib import Path

from assets.dbt.window import seen_partitions, window_environment
from expectations.contract import DATASETS
from pipelines.definitions import workspace_of
from pipelines.settings import load_settings
from planning.buildable import plan_days
from planning.look_back import looked_back_from
from storage.ledger.states import read_inputs
from storage.warehouse.opening import open_warehouse

from .job import COMPARED_MARTS, Job

EMPTY = "empty.duckdb"


def make_job(home: Path, folder: Path, first: date, last: date) -> Job:
    """Plan a window as a build of it would, with a new warehouse in `folder` that has the raw views.

    Raises:
        SystemExit: no day of the window can be built from the lake.
    """
    workspace = workspace_of(load_settings(home=home))
    with workspace.ledger() as ledger:
        inputs = read_inputs(ledger, looked_back_from(first, workspace.max_snapshot_age_days), last)
    plan = plan_days(first, last, inputs.states, workspace.max_snapshot_age_days)
    if not plan.days:
        raise SystemExit(f"no day of {first}…{last} can be built from the lake of {home}")
    partitions = seen_partitions(plan, inputs.states, workspace.max_snapshot_age_days)
    folder.mkdir(parents=True)
    job = Job(
        folder=folder,
        first=plan.first,
        last=plan.last,
        blocked=plan.blocked_days,
        files={
            name: [str(workspace.lake.accepted_path(DATASETS[name], day)) for day in days]
            for name, days in partitions.items()
        },
        environment=workspace.dbt_environment()
        | window_environment(plan)
        | {
            "PORTFOLIO_WAREHOUSE": str(folder / "warehouse.duckdb"),
            "PORTFOLIO_TEMP_DIRECTORY": str(folder / "tmp"),
            "POLARS_MAX_THREADS": str(workspace.threads),
        },
    )
    with open_warehouse(folder / EMPTY) as connection:
        workspace.lake.create_views(connection, partitions)
    reset(job)
    job.save()
    return job


def reset(job: Job) -> None:
    """Put the job back to before a run: a warehouse with the raw views alone, no results."""
    for mart in COMPARED_MARTS:
        job.result(mart).unlink(missing_ok=True)
    for folder in (job.folder / "runs", job.folder / "tmp"):
        shutil.rmtree(folder, ignore_errors=True)
    job.warehouse.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    shutil.copy(job.folder / EMPTY, job.warehouse)


def export(job: Job) -> None:
    """Leave the compared marts of the warehouse as Parquet, where the contender built in it."""
    for mart in COMPARED_MARTS:
        if not job.result(mart).exists():
            with open_warehouse(job.warehouse, read_only=True) as connection:
                connection.execute(f"copy (select * from marts.{mart}) to '{job.result(mart)}' (format parquet)")
