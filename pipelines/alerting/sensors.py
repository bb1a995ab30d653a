"""Alerts of the runs that Dagster starts, and of data that grows old while nothing runs."""

from collections.abc import Callable
from datetime import UTC, datetime

import dagster as dg
from dagster import DagsterInstance

from pipelines.alerting.alerts import report_data, report_digest, report_run
from pipelines.runs.failures import cause_of_events
from pipelines.runs.jobs import DIGEST
from pipelines.runs.running import PROCESS_TAG
from pipelines.settings import Settings
from storage import clock

_RUN_SECONDS = 30
_DATA_SECONDS = 300
_WHERE = "Runs where a webhook or a file of rules is set (docs/alerts.md)."


def alert_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The sensors of a home folder, which run from the start where a webhook or a file of rules is set.

    They share the memory of what was sent with the command line, so that nothing is sent twice.
    """
    wanted = settings.alert_webhook is not None or settings.alert_rules is not None
    status = dg.DefaultSensorStatus.RUNNING if wanted else dg.DefaultSensorStatus.STOPPED

    @dg.run_failure_sensor(
        name="alert_failed_run",
        minimum_interval_seconds=_RUN_SECONDS,
        default_status=status,
        description=f"Tells a chat, or who is named in rules, that a run failed, and why. {_WHERE}",
    )
    def failed_run(context: dg.RunFailureSensorContext) -> dg.SkipReason:
        cause = cause_of_events(context.get_step_failure_events())
        if cause is None:
            return dg.SkipReason("the run was interrupted")
        cause = cause or context.failure_event.message or "it ended before its first step"
        return _said(_report_of(context)(settings, cause, _end_of(context.instance, context.dagster_run)))

    @dg.run_status_sensor(
        name="alert_finished_run",
        run_status=dg.DagsterRunStatus.SUCCESS,
        minimum_interval_seconds=_RUN_SECONDS,
        default_status=status,
        description=(
            "Once a run has succeeded: tells what became good again, what the days still lack, and what rules about"
            f" customers say. {_WHERE}"
        ),
    )
    def finished_run(context: dg.RunStatusSensorContext) -> dg.SkipReason:
        if PROCESS_TAG in context.dagster_run.tags:
            return dg.SkipReason("the command line reports of its runs when all of them are done")
        return _said(_report_of(context)(settings, "", _end_of(context.instance, context.dagster_run)))

    @dg.sensor(
        name="alert_data",
        minimum_interval_seconds=_DATA_SECONDS,
        default_status=status,
        description=f"Every five minutes: tells when feeds or the publication are too old, and fresh again. {_WHERE}",
    )
    def data(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        return _said(report_data(settings, clock.now()))

    return [failed_run, finished_run, data]


def _report_of(context: dg.RunStatusSensorContext) -> Callable[[Settings, str, datetime], str]:
    """The digest's runs are a subject of their own: a letter that was sent makes no failed build good."""
    return report_digest if context.dagster_run.job_name == DIGEST else report_run


def _said(trouble: str) -> dg.SkipReason:
    return dg.SkipReason(trouble or "looked for changes")


def _end_of(instance: DagsterInstance, run: dg.DagsterRun) -> datetime:
    record = instance.get_run_record_by_id(run.run_id)
    ended = record.end_time if record is not None else None
    return clock.moment(datetime.fromtimestamp(ended, UTC)) if ended is not None else clock.now()
