"""`portfolio digest`: the week on one page, to read or to send."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import UsageError, UserError
from cli.screen.confidential import known_names
from cli.screen.days import asked_day, brief
from cli.screen.output import clean, reading_console, terminal_output, utf8_output
from cli.screen.published import check_partner
from storage.reading.opening import NothingPublishedError, PublishedMarts, open_publication
from storage.usable import refuse_unusable

if TYPE_CHECKING:
    from pipelines.digest.sending import Prepared
    from pipelines.mailing.server import MailServer
    from pipelines.settings import Settings

FORMATS = ("text", "html", "json")


def digest(
    partner: Annotated[str | None, typer.Option(metavar="ID", help="One partner organisation; all.")] = None,
    owner: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Customers of this owner; may be repeated.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As-of date; the newest.")] = None,
    file_format: Annotated[str, typer.Option("--format", help=f"{', '.join(FORMATS)}.")] = "text",
    send: Annotated[
        bool, typer.Option("--send", help="Send it to PORTFOLIO_DIGEST_RECIPIENTS, each week once.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="With --send: also where an earlier call was killed while it sent.")
    ] = False,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
) -> None:
    """Tell the week: head figures with their change, what to do first, what is new, what was decided, and money.

    With --send, exit code 0: everybody has it. 3: some got nothing, and are named; the same command tries them again.
    1: nobody got it.
    """
    from pipelines.settings import load_settings

    if file_format not in FORMATS:
        raise UsageError(f"there is no format {clean(file_format)!r}; there are {', '.join(FORMATS)}")
    if again and not send:
        raise UsageError("--again goes with --send")
    day = asked_day(as_of, "--as-of")
    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    try:
        with open_publication(settings.folders.serving.path) as marts:
            check_partner(partner, marts.newest_days(), UsageError)
            if not send:
                _show(marts, _days(marts, day, partner), owner or [], file_format)
                return
            server, prepared = _prepare(settings, marts, _days_to_send(settings, marts, day), owner or [], partner)
    except NothingPublishedError as error:
        raise UserError(f"{error}; `portfolio materialize` publishes") from None
    _send(settings, server, prepared, again=again)


def _days(marts: PublishedMarts, day: date | None, partner: str | None) -> dict[str, date]:
    """Each partner's as-of date: the newest one unless `day` is given."""
    if day is None:
        return {name: last for name, last in marts.newest_days().items() if partner in (None, name)}
    found = {name: day for name in marts.partners(day) if partner in (None, name)}
    if not found:
        whose = f" of partner {clean(partner)}" if partner is not None else ""
        raise UserError(f"{day}{whose} is not published; published are {brief(marts.days(partner))}")
    return found


def _days_to_send(settings: "Settings", marts: PublishedMarts, day: date | None) -> dict[str, date]:
    """The same of days that are final: a provisional or blocked one is not sent as if it were."""
    from pipelines.final_days import final_days, withheld

    if day is not None:
        days = _days(marts, day, None)
        if reason := withheld(settings, marts, day, day).get(day):
            raise UserError(f"{day} is not sent: {clean(reason)}")
        return days
    newest = max(marts.newest_days().values())
    found = final_days(settings, marts, newest)
    if not found:
        raise UserError("no day of the last seven that are published is final; `portfolio status` says why")
    return found


def _show(marts: PublishedMarts, days: dict[str, date], owners: list[str], file_format: str) -> None:
    from pipelines.digest.composing import compose
    from pipelines.digest.rendering import as_html, as_json, as_text

    if owners:
        days = _with_owners(marts, days, owners)
    writers = {"html": as_html, "json": as_json, "text": as_text}
    text = writers[file_format](compose(marts, days, owners))
    # A terminal shows what it can; a page and JSON are UTF-8 by what they say of themselves.
    output = terminal_output() if file_format == "text" else utf8_output()
    output.write(text)


def _with_owners(marts: PublishedMarts, days: dict[str, date], owners: list[str]) -> dict[str, date]:
    """The partners that have one of the owners; none of these is unknown."""
    from storage.reading.digest_rows import DigestRows, Scope

    rows = DigestRows(marts)
    held = {partner: set(rows.owners(Scope(partner, day))) for partner, day in days.items()}
    known = set().union(*held.values())
    for owner in owners:
        if owner not in known:
            there = f"there are {known_names(known, 10)}" if known else "no owner is known"
            raise UsageError(f"no customer has the owner {clean(owner)!r}; {there} (dataset accounts)")
    return {partner: day for partner, day in days.items() if held[partner] & set(owners)}


def _prepare(
    settings: "Settings", marts: PublishedMarts, days: dict[str, date], owners: list[str], partner: str | None
) -> tuple["MailServer", "Prepared"]:
    from pipelines.digest.sending import prepare_digests
    from pipelines.mailing.server import mail_server

    return mail_server(settings), prepare_digests(settings, marts, days, owners, partner)


def _send(settings: "Settings", server: "MailServer", prepared: "Prepared", *, again: bool) -> None:
    from pipelines.digest.sending import send_prepared

    console = reading_console(soft_wrap=True)
    outcome = send_prepared(settings, server, prepared, again=again, on_wait=console.print)
    lines = [f"sent: {name}" for name in outcome.sent]
    lines += [f"sent before: {name}" for name in outcome.sent_before]
    lines += [f"note: {note}" for note in prepared.notes]
    lines += [f"failed: {problem}" for problem in outcome.failed]
    before = f", {len(outcome.sent_before)} sent before" if outcome.sent_before else ""
    lines.append(f"week {outcome.week}: {len(outcome.sent)} sent{before}, {len(outcome.failed)} failed")
    for line in lines:
        console.print(clean(line))
    if outcome.failed:
        raise typer.Exit(1 if outcome.failed_all else 3)
