"""When: every morning, the last complete UTC day, and whatever days are still missing before it."""

from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg

from assets.resources import Workspace
from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.pending import missing_days
from pipelines.runs.requests import build_requests
from pipelines.settings import Settings
from sources.errors import SourceError
from storage import clock

# The feeds of a UTC day have arrived by four in the morning.
CRON = "0 4 * * *"
LATE_FILE_DAYS = 2
"""Days before the newest that each morning builds again: their last files often come a day late."""


def days_of_morning(missing: list[date], newest: date, first_date: date) -> list[date]:
    """The days of one tick. Dagster runs only the newest tick that was missed: older days are found here."""
    late = [newest - timedelta(days=back) for back in range(LATE_FILE_DAYS)]
    return sorted({*missing, *(day for day in late if day >= first_date)})


def daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """The schedule of a home folder: ingests, builds and publishes, and catches up after downtime."""

    @dg.schedule(
        job=MATERIALIZE,
        cron_schedule=CRON,
        execution_timezone="UTC",
        name="daily",
        description=(
            "Every morning at 04:00 UTC: ingests, builds and publishes the last complete UTC day, the day before once"
            " more, and every day that is missing. Turn it on here, or run `portfolio materialize` by cron, not both"
            " (docs/operations.md, Every day)."
        ),
    )
    def daily(
        context: dg.ScheduleEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        newest = workspace.source.newest_day(clock.moment(context.scheduled_execution_time).date())
        try:
            workspace.source.check()
            missing = missing_days(workspace, settings.first_date, newest)
        except SourceError as error:
            yield dg.SkipReason(str(error))
            return
        days = days_of_morning(missing, newest, settings.first_date)
        yield from build_requests(workspace, days, settings.backfill_chunk_days, run_key=f"daily {newest}")

    return daily
