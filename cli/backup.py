"""`portfolio backup`: what can't be made again of a home folder, in a folder beside earlier backups."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.filesize import decimal

from cli.ingested import check_ingested
from cli.screen.output import clean, reading_console, written

if TYPE_CHECKING:
    from pipelines.commands.backup import BackupReport
    from pipelines.settings import Settings

_MOST_NAMED = 10
_ERASURE = (
    "erasure: whom `portfolio forget` erases from now on is still in this backup, and comes back with it;"
    " back up again after it, with --keep 1"
)


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of backups, outside the home folder.")],
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", metavar="FILE", help="Keep the hash key in this file, apart.")
    ] = None,
    with_key: Annotated[bool, typer.Option("--with-key", help="Put the hash key into the backup itself.")] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Remove all but the newest N backups of this home folder.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history/--no-history", help="Dagster's runs, and which schedules are on.")
    ] = True,
) -> None:
    """Back up the home folder to DIR/<time>: ledger, lake, publication, landing files in it, Dagster's history.

    Runs wait meanwhile. Files that did not change since the last backup are hard links to it.
    """
    from cli.screen.progress import ProgressBars
    from pipelines.commands.backup import BackupRequest, back_up
    from pipelines.settings import load_settings

    settings = load_settings(home=home)
    check_ingested(settings)
    request = BackupRequest(folder, with_key, key_file, keep, history)
    with ProgressBars() as progress:
        report = back_up(settings, request, progress)
    console = reading_console(soft_wrap=True)
    for line in _lines(settings, report):
        console.print(clean(line))


def _lines(settings: "Settings", report: "BackupReport") -> list[str]:
    made = report.written
    shared = f"{decimal(made.new)} of it copied, the rest linked"
    lines = [*report.notes, f"backed up: {made.path} ({written(made.files)} files, {decimal(made.size)}, {shared})"]
    lines += [f"left out: {what}" for what in made.left_out[:_MOST_NAMED]]
    if len(made.left_out) > _MOST_NAMED:
        lines.append(f"left out: {written(len(made.left_out) - _MOST_NAMED)} more")
    if report.removed:
        lines.append(f"older backups: {written(report.removed)} removed")
    if settings.landing_folder != settings.folders.landing:
        lines.append(f"landing: {settings.landing_folder} is not in it; back it up as well")
    if (file := settings.folders.settings_file).exists():
        lines.append(f"settings: {file} is not in it; keep it as you keep your configuration")
    lines.append(report.key)
    lines.append(_ERASURE)
    return lines
