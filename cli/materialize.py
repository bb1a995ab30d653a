"""`portfolio materialize`: landing files in, published marts out."""

import os
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.alerts import alerting
from cli.errors import UserError
from cli.screen.causes import by_cause, delivery_lines, refusal_lines
from cli.screen.days import brief, check_window, parse_day, some
from cli.screen.held import held_lines, remark_lines
from cli.screen.output import clean, reading_console
from cli.screen.reach import reach_lines
from cli.screen.today import today_lines
from expectations.wording import LONGEST_VALUE, one_line, shortened
from sources.landing.folder import LandingFolder
from storage import clock
from storage.home import Home
from storage.usable import refuse_newer

if TYPE_CHECKING:
    from rich.console import Console

    from pipelines.commands.materialize import Materialization
    from pipelines.settings import Settings
    from sources.landing.unread import UnreadPath
    from storage.ledger.recorded_checks import RecordedResult

BLOCKED_EXIT_CODE = 3


def materialize(
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First as-of date, YYYY-MM-DD.")] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Last as-of date, or today; else yesterday (UTC)."),
    ] = None,
    source: Annotated[str | None, typer.Option(help="Where raw data comes from (PORTFOLIO_SOURCE).")] = None,
    landing: Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    engine: Annotated[str | None, typer.Option(help="What builds the marts (PORTFOLIO_ENGINE).")] = None,
    stale: Annotated[bool, typer.Option("--stale", help="Rebuild the days whose inputs or rules changed.")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Also build days before PORTFOLIO_CLOSED_BEFORE.")] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="CHECK", help="Publish although this check fails; repeatable."),
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is published with the marts.")] = "",
) -> None:
    """Build and publish the marts of a range of as-of dates; without dates, of every day that is missing, and of today
    where the source tells of the day itself.

    Landing partitions that the dates look back on are ingested first, where the lake lacks them or they changed.
    Exit code 0: published whole; 3: published without blocked days, or without what did not come; 1: nothing was.
    """
    from pipelines.settings import load_settings

    settings = load_settings(source=source, landing=landing, home=home, engine=engine)
    refuse_newer(settings.folders)  # before the outcome is told: that would be written
    newest = clock.last_complete_day()
    window, today = asked_days(first, last, newest, settings.first_date)
    if stale and (window or today):
        raise UserError("--stale finds the days itself; leave --from and --to out")
    if not (stale or window or today):
        today = _newest_of_source(settings, newest)
    checks, words = tuple(accept or ()), one_line(reason)
    if checks and not words:
        raise UserError("--accept needs --reason TEXT, which is published with the marts")
    if words and not checks:
        raise UserError("--reason says why a check is accepted: name the check with --accept CHECK")
    from cli.screen.progress import ProgressBars
    from pipelines.commands.accepting import Accepted, UnknownCheckError
    from pipelines.commands.materialize import materialize as run
    from pipelines.commands.session import Request

    with alerting(settings):
        with ProgressBars() as progress:
            request = Request(newest, window, stale, reopen, accepted=Accepted(checks, words), today=today)
            try:
                result = run(settings, request, progress)
            except UnknownCheckError as error:
                raise UserError(str(error)) from None
        report_materialization(result, settings.folders)
        if result.failure:
            raise UserError(result.failure)
        if result.postgres_failure:
            what = f"PostgreSQL has not got what is published: {result.postgres_failure}"
            raise UserError(f"{what}; `portfolio publish postgres` tries again")
        _report_reach(settings)
        if not (result.build.published or result.up_to_date):
            raise UserError("nothing was published: none of the days can be built")
        _report_today(settings, newest + timedelta(days=1), waiting=not (stale or window or today))
    if result.build.blocked or any(delivery.problem for delivery in result.deliveries):
        raise typer.Exit(BLOCKED_EXIT_CODE)


def asked_days(
    first: str | None, last: str | None, newest: date, first_date: date
) -> tuple[tuple[date, date] | None, date | None]:
    """The window of --from and --to, or today where `--to today` adds it to the days that are missing.

    Args:
        newest: the last day that is over, where a window ends unless today is asked for.

    Raises:
        UserError: there are no such days, or --from is wanting.
    """
    begin = parse_day(first, "--from") if first is not None else None
    end = parse_day(last, "--to") if last is not None else None
    if begin is None and end is None:
        return None, None
    if begin is None and end is not None:
        check_window(end, end, first_date, option="--to")
        if end <= newest:
            raise UserError("--to needs --from, unless it is today; without both, every missing day is built")
        return None, end
    assert begin is not None  # noqa: S101  the cases without are above
    window = begin, end if end is not None else max(begin, newest)
    check_window(*window, first_date)
    return window, None


def _newest_of_source(settings: "Settings", newest: date) -> date | None:
    """The day with which a command without dates ends, where that is today; None where it is the last one that is over.

    Args:
        newest: the last day that is over.
    """
    from pipelines.sources import source_of

    day = source_of(settings).newest_day(clock.today())
    return day if day > newest and day >= settings.first_date else None


def _report_reach(settings: "Settings") -> None:
    """How far each partner's data reaches in what is published now."""
    from storage.reading.opening import NothingPublishedError, open_publication
    from storage.reading.reach import newest_reach

    try:
        with open_publication(settings.folders.serving.path) as marts:
            reach = newest_reach(marts)
    except NothingPublishedError:
        return
    for line in reach_lines(reach):
        reading_console(soft_wrap=True).print(line, markup=False)


def _report_today(settings: "Settings", today: date, *, waiting: bool) -> None:
    """What is published before it is over; and where nobody asked for days, what landing has of today."""
    from storage.reading.opening import NothingPublishedError, open_publication

    try:
        with open_publication(settings.folders.serving.path) as marts:
            provisional, days = marts.provisional_day(), marts.days()
    except NothingPublishedError:
        provisional, days = None, []
    published = days if waiting else [*days, today]
    for line in today_lines(LandingFolder(settings.landing_folder), published, provisional, today):
        reading_console(soft_wrap=True).print(line, markup=False)


def report_materialization(result: "Materialization", home: Home) -> None:
    """What was read, what was left out and why, what is published: a line each."""
    console, inputs, build = reading_console(soft_wrap=True), result.inputs, result.build
    if result.without_landing:
        console.print("the landing folder is gone: stale days are built from the lake as it is", markup=False)
    for line in delivery_lines(result.deliveries):
        console.print(line, markup=False)
    for what, cause in refusal_lines(inputs.refused):
        console.print(f"refused: {what}: {cause}", markup=False)
    if inputs.quarantined:
        console.print(f"quarantined: {inputs.quarantined:,} rows; `portfolio quarantine` shows them", markup=False)
    for dataset, columns in inputs.unexpected_columns.items():
        console.print(f"unexpected columns: {dataset}: {clean(some(columns))}; they are ignored", markup=False)
    _report_unread(console, result.unread)
    for check, rows in build.warnings.items():
        console.print(f"warning: check {check} found {rows:,}", markup=False)
    for unknown in result.without_usage:
        line = f"no usage: {clean(unknown.partner_id)} {unknown.product}: {brief(unknown.days)}"
        window = f"none in the {unknown.window_days} days up to each"
        console.print(f"{line}: {window}; how many are used is unknown, and not 0", markup=False)
    for dataset, days in inputs.missing.items():
        console.print(f"missing: {dataset} {brief(days)}", markup=False)
    if days := inputs.under_other_keys:
        number = f"{len(days):,} day{'' if len(days) == 1 else 's'}"
        told = f"usage of {number} was loaded under another hash key: its users count as other people"
        console.print(f"{told}; restore that key, or deliver their landing files again: {brief(days)}", markup=False)
    for cause, days in by_cause(build.blocked):
        console.print(f"blocked: {brief(days)}: {cause} was refused", markup=False)
    if build.without_snapshot:
        days = list(build.without_snapshot)
        console.print(f"not built: {brief(days)}: {build.without_snapshot[days[0]]}", markup=False)
    for cause, days in by_cause(result.pruned):
        console.print(f"pruned: {brief(days)}: {cause}", markup=False)
    if result.closed:
        console.print(f"closed: {brief(result.closed)}; --reopen builds them", markup=False)
    for cause, days in by_cause(result.stale):
        console.print(f"stale: {brief(days)}: {cause}", markup=False)
    for line in (*held_lines(build.held), *remark_lines(build.remarks)):
        console.print(line, markup=False)
    for found in build.failed_checks:
        _report_check(console, "failed", found)
    for found in build.accepted_checks:
        _report_check(console, "accepted", found)
    if build.removed:
        console.print(f"taken away: {brief(build.removed)}", markup=False)
    file = home.serving.file
    if result.up_to_date:
        console.print("up to date" if file.exists() else "nothing to build yet", markup=False)
    if build.published:
        count = f"{len(build.published)} day{'s' if len(build.published) > 1 else ''}"
        console.print(f"published: {brief(build.published)} ({count}) in {os.path.relpath(file)}", markup=False)


def _report_unread(console: "Console", unread: "Sequence[UnreadPath]") -> None:
    """Files beside those of partitions, dataset by dataset, and all else by why it is not read."""
    from pipelines.commands.unread import by_why

    ignored: dict[str, list[str]] = {}
    for path in unread:
        if path.in_partition:
            dataset, _, file = path.path.partition("/")
            ignored.setdefault(dataset, []).append(file)
    for dataset, files in ignored.items():
        console.print(f"ignored files: {dataset}: {clean(some(files))}", markup=False)
    for why, paths in by_why([path for path in unread if not path.in_partition]).items():
        console.print(f"not read: {clean(some(paths))}: {why}", markup=False)


def _report_check(console: "Console", outcome: str, found: "RecordedResult") -> None:
    """What a check found and why that is accepted, if it is, and a few of the rows."""
    result = found.result
    of = f" of partner {clean(result.partner_id)}" if result.partner_id else ""
    why = f" (accepted: {clean(found.accepted_reason)})" if found.accepted_reason else ""
    line = f"{outcome}: check {result.check_name} of {result.asset}{of}: {clean(shortened(result.message))}{why}"
    console.print(line, markup=False)
    for row in result.sample:
        shown = ", ".join(f"{name}={clean(shortened(value, LONGEST_VALUE))}" for name, value in row.items())
        console.print(f"    {shown}", markup=False)
