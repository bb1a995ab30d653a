"""Runs that name their days, whoever starts them: Dagster's own lists of runs show no tag of a range."""

from dagster import DagsterRun
from dagster._core.run_coordinator.base import SubmitRunContext
from dagster._core.run_coordinator.queued_run_coordinator import QueuedRunCoordinator

from pipelines.runs.requests import DAYS, RANGE_END, RANGE_START, named_days


class NamingRunCoordinator(QueuedRunCoordinator):
    """Dagster's queue; a run of a backfill, or one started by hand, gets its days as a tag before it is queued.

    Configured in dagster.yaml. Commands, schedule and sensor name their runs' days themselves.
    """

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Name the run's days, where it is of a range and does not; then queue it."""
        run = context.dagster_run
        first, last = run.tags.get(RANGE_START), run.tags.get(RANGE_END)
        if first and last and DAYS not in run.tags:
            self._instance.add_run_tags(run.run_id, {DAYS: named_days(first, last)})
        return super().submit_run(context)
