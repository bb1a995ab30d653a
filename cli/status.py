"""`portfolio status`: what is loaded, what is missing or refused, and what is published."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from cli.errors import UsageError
from cli.screen.causes import by_cause, refusal_lines
from cli.screen.days import brief
from cli.screen.freshness import print_freshness
from cli.screen.held import held_lines, remark_lines
from cli.screen.output import NOTHING, WIDE, clean, heading, plain_table, reading_console, written
from cli.screen.today import today_lines
from cli.screen.whole import Column, WholeTable
from expectations.suites.anomaly_suite import HISTORY_DAYS
from pipelines.commands.partition_states import Partitions, partitions
from pipelines.commands.status import (
    NOT_BUILT_YET,
    Published,
    read_published,
    stale_days,
    unpublished,
    waits_for_published,
)
from pipelines.freshness import freshness_of
from pipelines.settings import Settings, load_settings
from pipelines.sources import source_of
from sources.errors import SourceError
from storage import clock
from storage.ledger.holds import holding_results, remarked_results
from storage.ledger.ledger import Ledger
from storage.ledger.recorded_checks import RecordedResult
from storage.usable import refuse_unusable

_MOST_REFUSED = 10


class Form(StrEnum):
    """How the status is written."""

    TEXT = "text"
    JSON = "json"
    PROMETHEUS = "prometheus"


def status(
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    landing: Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")] = None,
    form: Annotated[Form, typer.Option("--format", help="For people, or for programs that watch.")] = Form.TEXT,
    check: Annotated[
        bool, typer.Option("--check", help="One line and an exit code: 0 ok, 1 warning, 2 critical, 3 unknown.")
    ] = False,
) -> None:
    """Show what is loaded, missing and refused, what is published and how old it is, and which days are not.

    Reads the landing folder, the ledger and the publication, so that it works while a run writes.
    """
    if check and form is not Form.TEXT:
        raise UsageError("--check says a line for a plugin, and --format something else; use one of the two")
    settings = load_settings(home=home, landing=landing)
    refuse_unusable(settings.folders)
    if check or form is not Form.TEXT:
        _print_health(settings, form, check=check)
        return
    console = reading_console()
    source, ledger_path = source_of(settings), settings.folders.ledger
    newest = clock.last_complete_day()
    console.print(Text(f"home {settings.home}, landing {settings.landing_folder}", style="dim"), soft_wrap=True)
    try:
        source.check()
    except SourceError as error:
        console.print(f"note: {error}", soft_wrap=True)
    with Ledger(ledger_path, "look") if ledger_path.exists() else nullcontext() as ledger:
        known = partitions(ledger, source, newest)
        published = read_published(settings.folders.serving.path)
        today = newest + timedelta(days=1)
        provisional = published.facts.get("provisional_as_of_date") if published else None
        if known.first_snapshot is None and published is None and not any(_days(known)):
            console.print("nothing is here yet: no landing files, nothing loaded, nothing published")
            console.print("`portfolio materialize --landing DIR --home DIR` starts from a landing folder,")
            console.print("`portfolio simulate DIR --from DATE --to DATE` writes one to try")
            return
        _print_partitions(console, known, newest, ledger)
        if settings.mapping is not None:
            from pipelines.commands.mapping import carried_lines

            for line in carried_lines(settings, newest):
                console.print(clean(line), soft_wrap=True)
        is_over = known.first_snapshot is None or known.first_snapshot <= newest
        _print_published(console, published, clock.now().replace(tzinfo=None), is_over=is_over)
        print_freshness(console, freshness_of(settings, ledger), newest)
        days = published.days if published else frozenset()
        gaps = dict(by_cause(unpublished(settings, ledger, known, days, newest)))
        stale = {
            cause: over
            for cause, found in dict(by_cause(stale_days(settings, ledger, published))).items()
            if (over := [day for day in found if day <= newest])
        }
    _print_unpublished(console, gaps, published)
    for line in today_lines(source.landing, days, provisional, today):
        console.print(line, soft_wrap=True)
    waiting = waits_for_published(known, frozenset(day for day in days if day <= newest), settings)
    if published or stale:
        _print_stale(console, stale, waiting)


def _print_health(settings: Settings, form: Form, *, check: bool) -> None:
    """What programs read, in their own formats: nothing is wrapped, and what a terminal lacks is not replaced."""
    from pipelines.commands.health import look

    health = look(settings)
    if check:
        from cli.screen.health_check import check_lines

        typer.echo("\n".join(check_lines(health)))
        raise typer.Exit(health.state)
    if form is Form.JSON:
        from cli.screen.health_json import health_json

        typer.echo(health_json(health))
    else:
        from cli.screen.health_metrics import health_metrics

        typer.echo(health_metrics(health).encode(), nl=False)


def _print_partitions(console: Console, known: Partitions, newest: date, ledger: Ledger | None) -> None:
    console.print()
    console.print(heading("Partitions", f"days from the first one to {newest}, and today's"))
    wide = console.width >= WIDE
    titles = ["Days", "Loaded", "Missing", "Refused", "New", "Touched", *(["Rows", "Quarantined"] if wide else [])]
    lines = []
    for states in known.by_dataset.values():
        parts = [states.loaded, states.missing, states.refused, states.new]
        counts = [sum(map(len, parts)), *map(len, parts), len(states.touched)]
        rows = [states.rows_accepted, states.rows_quarantined] if wide else []
        lines.append([states.dataset, str(states.first or NOTHING), *map(written, [*counts, *rows])])
    columns = [Column("Dataset"), Column("First day"), *(Column(title, is_number=True) for title in titles)]
    console.print(WholeTable(columns, lines))
    for states in known.by_dataset.values():
        _print_days(console, f"missing: {states.dataset}", states.missing)
        _print_days(console, f"new, not ingested yet: {states.dataset}", states.new)
        _print_days(console, f"offered, not delivered yet: {states.dataset}", states.offered)
        _print_days(console, f"landing files touched since they were read: {states.dataset}", states.touched)
    refused = [refusal for states in known.by_dataset.values() for refusal in states.refused]
    causes = list(refusal_lines(refused))
    for what, cause in causes[:_MOST_REFUSED]:
        console.print(f"refused: {what}: {cause}", soft_wrap=True)
    if len(causes) > _MOST_REFUSED:
        more = len(causes) - _MOST_REFUSED
        console.print(f"refused: {more:,} more; `portfolio quarantine` names them all")
    held = list(held_lines(holding_results(ledger))) if ledger else []
    for line in held[:_MOST_REFUSED]:
        console.print(line, soft_wrap=True)
    if len(held) > _MOST_REFUSED:
        console.print(f"held: {len(held) - _MOST_REFUSED:,} more")
    for line in remark_lines(_remarks(ledger)):
        console.print(line, soft_wrap=True)
    quarantined = sum(states.rows_quarantined for states in known.by_dataset.values())
    if quarantined:
        console.print(
            f"quarantined: {quarantined:,} row{'' if quarantined == 1 else 's'}; `portfolio quarantine` shows them"
        )


def _remarks(ledger: Ledger | None) -> Sequence[RecordedResult]:
    """What checks remark on in the eight weeks of partitions up to the newest; before, there is nothing to be done."""
    newest = ledger.newest_partition() if ledger else None
    return remarked_results(ledger, newest - timedelta(days=HISTORY_DAYS), newest) if ledger and newest else []


def _print_published(console: Console, published: Published | None, now: datetime, *, is_over: bool) -> None:
    console.print()
    if published is None:
        hint = "; `portfolio materialize` publishes" if is_over else ", and no day that is over has a snapshot"
        console.print(heading("Published", f"nothing yet{hint}"))
        return
    facts = published.facts
    when = facts["published_at"]
    console.print(heading("Published", f"{facts['first_as_of_date']} to {facts['last_as_of_date']}"))
    lines = plain_table(titles=False)
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    lines.add_row("publication", clean(facts["publication_id"]))
    lines.add_row("published", f"{when:%Y-%m-%d %H:%M:%S} UTC, {age(now - when)} ago")
    if (provisional := facts.get("provisional_as_of_date")) is not None:
        lines.add_row("provisional", f"{provisional}, built before it was over (UTC)")
    lines.add_row("version", clean(facts.get("program_version") or NOTHING))
    lines.add_row("revision", clean(facts["git_revision"] or NOTHING))
    if "raw_contract_version" in facts:
        lines.add_row("contract", f"version {clean(facts['contract_version'])}")
        lines.add_row("raw contract", f"version {clean(facts['raw_contract_version'])}")
    else:  # published by a version that named the raw contract's alone
        lines.add_row("raw contract", f"version {clean(facts['contract_version'])}")
    console.print(lines)
    rows = [
        (
            mart.name,
            str(mart.first_as_of_date or NOTHING),
            str(mart.last_as_of_date or NOTHING),
            written(mart.days),
            written(mart.newest_rows),
        )
        for mart in published.marts
    ]
    columns = [Column("Mart"), Column("First as-of"), Column("Last as-of")]
    columns += [Column("Days", is_number=True), Column("Newest rows", is_number=True)]
    console.print()
    console.print(WholeTable(columns, rows))


def _print_unpublished(console: Console, gaps: dict[str, list[date]], published: Published | None) -> None:
    console.print()
    if not gaps:
        console.print("every as-of day that is over is published" if published else "no as-of day is over yet")
        return
    console.print(heading("As-of days to look at"))
    for cause, days in gaps.items():
        _print_days(console, cause, days)
    if NOT_BUILT_YET in gaps:
        console.print("`portfolio materialize` builds the days that are not built yet")


def _print_stale(console: Console, stale: dict[str, list[date]], waiting: int) -> None:
    console.print()
    for cause, days in stale.items():
        _print_days(console, f"stale: {cause}", days)
    if waiting:
        line = f"{waiting:,} landing partitions that published days look back on are new, or not as they were ingested"
        console.print(line, soft_wrap=True)
    if stale or waiting:
        console.print("`portfolio materialize --stale` ingests what changed and rebuilds the stale days")
    else:
        console.print("published days are up to date")


def _print_days(console: Console, title: str, days: Sequence[date]) -> None:
    if days:
        count = f"{len(days):,} day{'' if len(days) == 1 else 's'}"
        console.print(f"{title}: {brief(days)} ({count})", soft_wrap=True)


def age(since: timedelta) -> str:
    """How long ago, in the largest unit that fits: 5 minutes, 3 hours, 12 days."""
    seconds = max(int(since.total_seconds()), 0)
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"


def _days(known: Partitions) -> Iterable[date | None]:
    return (states.first for states in known.by_dataset.values())
