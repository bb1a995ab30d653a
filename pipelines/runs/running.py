"""Runs of the Dagster job in this process, in the instance that the UI shows."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import DagsterExecutionInterruptedError, DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._utils import interrupts
from sqlalchemy.exc import DBAPIError

from assets.place import Place
from assets.postgres import POSTGRES_KEY
from assets.publication import PUBLICATION_KEY
from assets.resources import BuildConfig
from pipelines.base_settings import logs_json
from pipelines.runs.dagster_storage import revisions
from pipelines.runs.failures import cause_of, instance_errors
from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.json_logger import CONSOLE
from pipelines.runs.requests import range_tags
from storage.files.atomic import StorageError
from storage.files.locks import exclusive, together
from storage.files.processes import is_alive, process_name
from storage.instance import InstanceFolder

PROCESS_TAG = ".dagster/portfolio_process"
"""The tag with a command's process. Dagster shows nobody tags that begin so: people look for a run's days."""
_SHOWN_PROCESS_TAG = "portfolio/process"  # as version 0.1.0 wrote it
_QUIET = {"loggers": {CONSOLE: {"config": {"log_level": "CRITICAL"}}}}
_TOLD = {"loggers": {CONSOLE: {"config": {"log_level": "INFO"}}}}


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended: its id, why it failed in one line, and the checks that warned, with how many rows."""

    run_id: str
    success: bool
    cause: str = ""
    warnings: tuple[tuple[str, int], ...] = ()


@contextmanager
def open_instance(
    on_wait: Callable[[str], None] = lambda message: None, *, alone: bool = False
) -> Iterator[DagsterInstance]:
    """The instance that DAGSTER_HOME names, cleared of runs whose process is gone.

    Args:
        on_wait: told, in one line, when another command has to be waited for.
        alone: to migrate its storage; no other command has it open, of whatever home.

    Raises:
        StorageError: the instance can't be written, now or while it is open, or is to be migrated before.
    """
    folder, held = Path(os.environ["DAGSTER_HOME"]), exclusive if alone else together
    with instance_errors(folder), held(InstanceFolder(folder).lock, on_wait), DagsterInstance.get() as instance:
        try:
            end_dead_runs(instance)
        except DBAPIError as error:
            if not any(one.is_older for one in revisions(instance)):
                raise
            if not alone:
                raise StorageError(
                    f"{folder} is of an earlier Dagster: back up, and run `portfolio upgrade`"
                ) from error
        yield instance


def end_dead_runs(instance: DagsterInstance) -> None:
    """Mark runs of killed commands as failed and free their pools, so that the next run need not wait for them."""
    unfinished = [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]
    for run in instance.get_runs(RunsFilter(statuses=unfinished)):
        process = run.tags.get(PROCESS_TAG) or run.tags.get(_SHOWN_PROCESS_TAG)
        if process is not None and not is_alive(process):
            instance.report_run_failed(run, "its process ended before the run did")
    for run_id in instance.event_log_storage.get_concurrency_run_ids():
        # Who is killed between the end of a run and the freeing of its pools leaves them to a run that is over.
        held_by = instance.get_run_by_id(run_id)
        if held_by is None or held_by.is_finished:
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)


def run_materialize(
    definitions: dg.Definitions,
    instance: DagsterInstance,
    first: date,
    last: date,
    *,
    assets: list[dg.AssetKey],
    run_id: str | None = None,
    look_back: bool = True,
    build: BuildConfig | None = None,
    place: Place | None = None,
) -> RunOutcome:
    """Run some assets of the job for the days first..last.

    Args:
        assets: by what they are called within the home.
        run_id: the run's id, a UUID; a new one where it is none.
        look_back: raw assets also ingest what as-of days of the range look back on; the source has delivered before.
        build: what the build may do beyond the ordinary.
        place: the home that the definitions are of; None where it has the instance to itself.

    Raises:
        KeyboardInterrupt: the run was interrupted.
    """
    place = place or Place()
    quiet = _TOLD if logs_json() else _QUIET
    job = definitions.resolve_job_def(MATERIALIZE.name)
    # dbt's log is in <home>/dbt/runs and the events are in the instance; what Dagster says of a full disk, we say.
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
        own_sigterm(),
    ):
        try:
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                tags=range_tags(first, last) | {PROCESS_TAG: process_name()},
                run_config=quiet | {"ops": op_config(assets, look_back, build or BuildConfig(), place)},
                asset_selection=[place.key(*key.path) for key in assets],
                raise_on_error=False,
            )
        except DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None
    cause = "" if result.success else cause_of(result)
    return RunOutcome(result.run_id, result.success, cause, tuple(_warnings(result)))


@contextmanager
def own_sigterm() -> Iterator[None]:
    """Leave SIGTERM to the command's handler, which does what Ctrl-C would, and notes by what the process is to end.

    Dagster gives it Ctrl-C's own, and leaves it there.
    """
    theirs = interrupts.setup_interrupt_handlers
    interrupts.setup_interrupt_handlers = lambda: None
    try:
        yield
    finally:
        interrupts.setup_interrupt_handlers = theirs


def op_config(assets: list[dg.AssetKey], look_back: bool, build: BuildConfig, place: Place) -> dict[str, Any]:
    """The run configuration of the ops behind some assets."""
    raw = {"config": {"look_back": look_back, "deliver": False}}
    ops: dict[str, Any] = {_op(key, place): raw for key in assets if key.path[0] == "raw"}
    if any(key.path[0] != "raw" and key != POSTGRES_KEY for key in assets):
        config = {"config": build.model_dump()}
        ops |= {"warehouse": config, _op(PUBLICATION_KEY, place): config}
    return ops


def _op(key: dg.AssetKey, place: Place) -> str:
    """What Dagster calls the step of an asset."""
    return place.key(*key.path).to_python_identifier()


def _warnings(result: dg.ExecuteInProcessResult) -> Iterator[tuple[str, int]]:
    for evaluation in result.get_asset_check_evaluations():
        warned = not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.WARN
        if warned and "accepted" not in evaluation.metadata:
            failures = evaluation.metadata.get("failures")
            yield evaluation.check_name, (failures.value or 0) if isinstance(failures, dg.IntMetadataValue) else 0
