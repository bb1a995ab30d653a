"""`portfolio alerts`: what stands, and whether messages arrive; and alerting of a command's own outcome."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer
from click.exceptions import Exit

from cli.errors import UserError
from cli.screen.output import clean, reading_console
from expectations.interrupts import raise_interrupt
from expectations.wording import said_once
from pipelines.manifest import ManifestError
from sources.errors import SourceError
from storage import clock
from storage.files.atomic import StorageError
from storage.usable import refuse_unusable

if TYPE_CHECKING:
    from pipelines.settings import Settings

Home = Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")]
app = typer.Typer(help="Alerts to a chat's webhook (PORTFOLIO_ALERT_WEBHOOK), and by rules: what stands, and a test.")

# What these say is ours, and meant for people.
_OUR_ERRORS = (UserError, SourceError, ManifestError, StorageError)


@app.command("list")
def list_alerts(home: Home = None) -> None:
    """List the problems that were alerted of and still stand, and count the messages that wait to be sent."""
    from pipelines.settings import load_settings
    from storage.alerts import AlertLog

    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    console = reading_console(soft_wrap=True)
    if settings.alert_webhook is None:
        console.print("PORTFOLIO_ALERT_WEBHOOK is not set: nothing is looked at for alerts, and nothing sent")
    if not settings.folders.alerts.exists():
        console.print("no alert was ever sent from here")
        return
    with AlertLog(settings.folders.alerts, "look") as log:
        standing, waiting = log.standing(), log.waiting()
    for line in said_once(f"{since:%Y-%m-%d %H:%M} UTC  {clean(message)}" for since, message in standing):
        console.print(line)
    if not standing:
        console.print("no problem stands")
    if waiting:
        console.print(f"{waiting} message{'s' if waiting > 1 else ''} not sent yet; the next run tries again")


@app.command()
def test(home: Home = None) -> None:
    """Send a test message to PORTFOLIO_ALERT_WEBHOOK."""
    from pipelines.alerting.alerts import send_test, webhook_of
    from pipelines.alerting.webhook import WebhookError
    from pipelines.settings import load_settings

    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    webhook = webhook_of(settings)
    if webhook is None:
        raise UserError("PORTFOLIO_ALERT_WEBHOOK is not set; give it the webhook's address, in the environment or .env")
    try:
        send_test(settings, webhook)
    except WebhookError as error:
        raise UserError(f"the test message did not reach the {webhook.kind} webhook: {error}") from error
    reading_console().print(f"sent to the {webhook.kind} webhook")


@app.command()
def preview(home: Home = None) -> None:
    """Show what PORTFOLIO_ALERT_RULES would tell now, rule by rule; nothing is sent or noted."""
    from pipelines.alerting.telling import preview as found
    from pipelines.settings import load_settings

    console = reading_console(soft_wrap=True)
    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    listeners = found(settings)
    if not listeners:
        console.print(f"{clean(str(settings.alert_rules))} declares no rule: nothing is told")
    for number, news in enumerate(listeners):
        if number:
            console.print()
        state = news.why_not or ("nothing new" if not news.facts else f"{len(news.facts):,} new")
        console.print(f"{clean(news.listener.rule.name)}, {news.listener.where}: {state}")
        for line in (*news.unknown, *(news.message.lines if news.facts else ())):
            console.print(f"  {clean(line)}")


@contextmanager
def alerting(settings: "Settings") -> Iterator[None]:
    """Alert of how the block ends: an exception is a failed run, an interrupt by a person is nothing to report."""
    try:
        yield
    except Exit:
        raise
    except Exception as error:
        raise_interrupt(error)
        _report(settings, _cause(error))
        raise
    _report(settings, "")


def _report(settings: "Settings", cause: str) -> None:
    if settings.alert_webhook is None and settings.alert_rules is None:
        return
    from pipelines.alerting.alerts import report_run

    if trouble := report_run(settings, cause, clock.now()):
        reading_console(soft_wrap=True).print(f"warning: {clean(trouble)}")


def _cause(error: Exception) -> str:
    """Why, in one line; of a foreign error no more than what it is, since it may quote data."""
    if isinstance(error, _OUR_ERRORS):
        return str(error)
    if isinstance(error, duckdb.IOException):
        return str(error).splitlines()[0]
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'} cannot be used: {error.strerror}"
    return f"{type(error).__name__}; the command's output says more"
