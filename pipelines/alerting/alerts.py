"""Alerts: what changed for the worse, or for the better, is posted to the webhook of the settings, once a change.

Alerting never fails or delays what it reports of by more than a few seconds: what can't be sent waits for the next
attempt, and whoever called gets one line to show.
"""

import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from expectations.interrupts import raise_interrupt
from expectations.wording import said_once
from pipelines.alerting.conditions import failed_digest, failed_run, informing_checks, stale_data, withheld_partitions
from pipelines.alerting.telling import tell
from pipelines.alerting.webhook import Message, Webhook, WebhookError, guess_kind, post
from pipelines.base_settings import SettingsError
from pipelines.freshness import freshness_of
from pipelines.settings import Settings
from planning.freshness import last_complete_day
from sources.errors import SourceError
from storage.alerts import AlertLog, Change, Condition, Kind
from storage.files.atomic import StorageError
from storage.ledger.ledger import Ledger

SECONDS = 5.0
"""That sending may take, of all that waits."""


def webhook_of(settings: Settings) -> Webhook | None:
    """The webhook of the settings; None when there are to be no alerts."""
    address = settings.alert_webhook
    if address is None:
        return None
    return Webhook(address, settings.alert_kind or guess_kind(address.get_secret_value()))


def report_run(settings: Settings, cause: str, at: datetime) -> str:
    """Alert of what changed by a run that ended; where it succeeded, tell what alert rules are about.

    Args:
        cause: why it failed, in one line; empty when it succeeded.
        at: when it ended.

    Returns:
        A line for who waits, when something could not be looked at or sent; empty otherwise.
    """
    troubles = [_alert(settings, ["run", "partition", "freshness"], [failed_run(cause)] if cause else [], at)]
    return _joined([*troubles, *([] if cause else [_rules(settings)])])


def report_data(settings: Settings, at: datetime) -> str:
    """Alert of what changed in the data alone, and send what waits; returns as `report_run` does."""
    return _joined([_alert(settings, ["partition", "freshness"], [], at), _rules(settings)])


def report_failed_unit(settings: Settings, cause: str, at: datetime) -> str:
    """Alert of a service that ended before it could do so itself, as of a failed run; returns as `report_run` does."""
    return _alert(settings, ["run"], [failed_run(cause)], at)


def report_digest(settings: Settings, cause: str, at: datetime) -> str:
    """Alert of how sending the weekly digest ended, with a cause or without; returns as `report_run` does."""
    return _alert(settings, ["digest"], [failed_digest(cause)] if cause else [], at)


def send_test(settings: Settings, webhook: Webhook) -> None:
    """Post a message that says that messages arrive.

    Raises:
        WebhookError: it was not accepted.
    """
    post(webhook, Message(f"portfolio {_where(settings)}: test", ("alerts of this installation arrive here",)), SECONDS)


def message_of(settings: Settings, changes: Sequence[Change]) -> Message:
    """The message on some changes: how many there are, then a line each, problems first."""
    problems = [change.message for change in changes if change.change == "problem"]
    recovered = [f"recovered: {change.message}" for change in changes if change.change == "recovered"]
    lines = [*said_once(problems), *said_once(recovered)]
    counts = [f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"] if problems else []
    counts += [f"{len(recovered)} recovered"] if recovered else []
    return Message(f"portfolio {_where(settings)}: {', '.join(counts)}", tuple(lines))


def _rules(settings: Settings) -> str:
    """Tell what the rules of the settings are about; whatever that ends with, the run's own outcome stands."""
    try:
        trouble = tell(settings)
    except (SourceError, StorageError, SettingsError) as error:
        trouble = str(error)
    except Exception as error:
        raise_interrupt(error)
        trouble = f"{type(error).__name__} while looking for what rules are about"
    return f"alert rules: {trouble}" if trouble else ""


def _joined(troubles: Sequence[str]) -> str:
    return "; ".join(trouble for trouble in troubles if trouble)


def _alert(settings: Settings, kinds: list[Kind], conditions: list[Condition], at: datetime) -> str:
    webhook = webhook_of(settings)
    if webhook is None:
        return ""
    troubles = []
    try:
        try:
            if "freshness" in kinds:
                conditions = conditions + _data_conditions(settings, at)
        except StorageError as error:
            troubles.append(f"the data could not be looked at: {error}")
            kinds = [kind for kind in kinds if kind == "run"]
        with AlertLog(settings.folders.alerts) as log:
            log.observe(kinds, conditions, at)
            troubles += _send(settings, webhook, log)
    except StorageError as error:
        troubles.append(str(error))
        troubles += _send_unremembered(settings, webhook, conditions)
    except Exception as error:  # whatever it is, the run's own outcome comes first
        raise_interrupt(error)
        troubles.append(f"{type(error).__name__} while looking for changes")
    return f"alerts: {'; '.join(troubles)}" if troubles else ""


def _data_conditions(settings: Settings, at: datetime) -> list[Condition]:
    newest, path = last_complete_day(at), settings.folders.ledger
    if not path.exists():
        return stale_data(freshness_of(settings, None), newest)
    with Ledger(path, "look") as ledger:
        return [
            *withheld_partitions(ledger, settings.first_date, newest, settings.max_snapshot_age_days),
            *informing_checks(ledger),
            *stale_data(freshness_of(settings, ledger), newest),
        ]


def _send(settings: Settings, webhook: Webhook, log: AlertLog) -> list[str]:
    """Send what waits, oldest first, until one does not arrive or the time is over; what is to be said of that."""
    deadline = time.monotonic() + SECONDS
    while unsent := log.claim(datetime.now(UTC), 2 * SECONDS):
        try:
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                raise WebhookError("it is slow")
            post(webhook, message_of(settings, unsent.changes), seconds)
        except WebhookError as error:
            log.give_back(unsent)
            return [f"not sent to the webhook: {error}; {log.waiting()} waiting for the next attempt"]
        except BaseException:
            log.give_back(unsent)
            raise
        log.sent(unsent)
    return []


def _send_unremembered(settings: Settings, webhook: Webhook, conditions: Sequence[Condition]) -> list[str]:
    """Where nothing can be remembered, such as on a full disk, a failed run is said all the same, perhaps again."""
    changes = [Change("problem", one.kind, one.subject, one.message) for one in conditions if one.kind == "run"]
    if not changes:
        return []
    try:
        post(webhook, message_of(settings, changes), SECONDS)
    except WebhookError as error:
        return [f"not sent to the webhook: {error}"]
    return []


def _where(settings: Settings) -> str:
    return f"{socket.gethostname()}:{settings.home}"
