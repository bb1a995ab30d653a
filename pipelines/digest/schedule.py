"""The weekly digest by itself: every hour a look whether the last ISO week's can be sent, and to whom it has to be."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg

from pipelines.base_settings import SettingsError
from pipelines.digest.composing import monday_of
from pipelines.digest.sending import count_waiting, prepare_digests, send_prepared
from pipelines.final_days import final_days
from pipelines.mailing.server import mail_server
from pipelines.runs.jobs import DIGEST
from pipelines.settings import Settings
from storage import clock
from storage.digests import week_of
from storage.files.atomic import StorageError
from storage.reading.opening import NothingPublishedError, open_publication

CRON = "30 * * * *"
_OP = "send_digest"
_PATIENCE = 2
"""Days of the new week after which a week is told of as far as it was published."""


def digest_job(settings: Settings) -> dg.JobDefinition:
    """The job that sends a week's digest to whoever has not had it; it fails where somebody did not get it."""

    @dg.op(name=_OP, config_schema={"last": str})
    def send_digest(context: dg.OpExecutionContext) -> None:
        last = date.fromisoformat(context.op_config["last"])
        try:
            server = mail_server(settings)
            with open_publication(settings.folders.serving.path) as marts:
                prepared = prepare_digests(settings, marts, final_days(settings, marts, last))
        except (SettingsError, NothingPublishedError, StorageError) as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        outcome = send_prepared(settings, server, prepared)
        context.log.info(f"week {outcome.week}: {len(outcome.sent)} sent, {len(outcome.sent_before)} sent before")
        if outcome.failed:
            count = len(outcome.failed)
            raise dg.Failure(
                f"{count} line{'s' if count > 1 else ''} of the recipients' file got no digest of week {outcome.week};"
                f" `portfolio digest --send --as-of {last}` tries again and says why",
                allow_retries=False,
            )

    graph = dg.GraphDefinition(name=DIGEST, node_defs=[send_digest])
    return graph.to_job(description="The weekly digest, to everybody on the recipients' file who has not had it.")


def digest_schedule(settings: Settings, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """The schedule of a home folder, which runs from the start where a mail server and recipients are set.

    It looks at what is there and not at which tick it is: after a downtime the next tick finds what is to be done.
    """
    wanted = settings.smtp_host is not None and settings.digest_recipients is not None
    status = dg.DefaultScheduleStatus.RUNNING if wanted else dg.DefaultScheduleStatus.STOPPED

    @dg.schedule(
        job=job,
        cron_schedule=CRON,
        execution_timezone="UTC",
        name="weekly_digest",
        default_status=status,
        description=(
            "Every hour: looks whether the last week is published, and sends its digest to whoever has not had it."
            " Runs where a mail server and recipients are set (docs/digest.md)."
        ),
    )
    def weekly_digest(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        today = clock.moment(context.scheduled_execution_time).date()
        try:
            last, reason = _due(settings, today)
        except (SettingsError, NothingPublishedError, StorageError) as error:
            last, reason = None, str(error)
        if last is None:
            yield dg.SkipReason(reason)
            return
        # A day's failed attempt is not repeated until the next, unless somebody has changed the file meanwhile.
        run_key = f"digest {week_of(last)} {today} {_file_mark(settings)}"
        yield dg.RunRequest(run_key=run_key, run_config={"ops": {_OP: {"config": {"last": str(last)}}}})

    return weekly_digest


def _due(settings: Settings, today: date) -> tuple[date | None, str]:
    """The last day of the week that is to be sent, or else why none is."""
    if settings.smtp_host is None or settings.digest_recipients is None:
        return None, "PORTFOLIO_SMTP_HOST and PORTFOLIO_DIGEST_RECIPIENTS are not set: no digest is sent"
    monday = monday_of(today)
    sunday = monday - timedelta(days=1)
    with open_publication(settings.folders.serving.path) as marts:
        days = final_days(settings, marts, sunday)
        if not days:
            return None, f"no day of week {week_of(sunday)} is published and final"
        if min(days.values()) < sunday and today < monday + timedelta(days=_PATIENCE):
            return None, f"week {week_of(sunday)} waits for {sunday} to be published of every partner"
        if not count_waiting(settings, marts, days):
            return None, f"nobody waits for the digest of week {week_of(sunday)}"
    return sunday, ""


def _file_mark(settings: Settings) -> str:
    assert settings.digest_recipients is not None  # noqa: S101  looked at before
    return hashlib.sha256(settings.digest_recipients.read_bytes()).hexdigest()[:12]
