"""`portfolio prune`: what is older than the settings keep is removed."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import UserError
from cli.ingested import check_ingested
from cli.screen.days import brief
from cli.screen.output import reading_console, written

if TYPE_CHECKING:
    from pipelines.commands.retention import Prunable
    from pipelines.settings import Settings


def prune(
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be removed; remove nothing.")] = False,
) -> None:
    """Remove what is older than PORTFOLIO_KEEP_… says: lake partitions, quarantine, as-of days, old publications.

    Ages count back from the newest published as-of date. Landing files are yours: they stay, and are not read again.
    """
    from pipelines.settings import load_settings

    settings = load_settings(home=home)
    check_ingested(settings)
    from pipelines.commands.retention import prune as run

    console = reading_console(soft_wrap=True)
    found = run(settings, dry_run=dry_run, on_wait=console.print)
    if found is None:
        console.print("nothing is published yet; ages count back from the newest published as-of date")
    elif not found:
        console.print("nothing to prune")
    else:
        for line in _lines(found):
            console.print(f"{'would be pruned' if dry_run else 'pruned'}: {line}")
    if found is not None and not dry_run:
        _follow_in_postgres(settings, console.print)


def _follow_in_postgres(settings: "Settings", show: Callable[[str], None]) -> None:
    from pipelines.commands.postgres import try_to_follow

    done, trouble = try_to_follow(settings, show)
    if trouble:
        raise UserError(trouble)
    if done:
        show(done)


def _lines(found: "Prunable") -> list[str]:
    expired = found.expired
    days = [(name, dates) for name, dates in expired.partitions.items()]
    days += [(f"quarantined rows of {name}", dates) for name, dates in expired.quarantine.items()]
    if expired.mart_days:
        days.append(("as-of days", expired.mart_days))
    lines = [f"{what} {brief(dates)} ({written(len(dates))})" for what, dates in days]
    if found.dbt_runs:
        lines.append(f"dbt builds ({written(len(found.dbt_runs))})")
    if found.publications:
        lines.append(f"old publications ({written(len(found.publications))})")
    return lines
