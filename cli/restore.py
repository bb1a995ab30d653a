"""`portfolio restore`: a home folder out of a backup."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.screen.output import clean, reading_console, written

if TYPE_CHECKING:
    from pipelines.commands.restore import Restored
    from pipelines.settings import Settings


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A backup, or the folder of which to take the newest.")],
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME), which is empty.")] = None,
    landing: Annotated[Path | None, typer.Option(help="Landing folder (PORTFOLIO_LANDING).")] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", metavar="FILE", help="The hash key that was kept apart.")
    ] = None,
    without_key: Annotated[
        bool, typer.Option("--without-key", help="The hash key is lost; users will be others than before.")
    ] = False,
) -> None:
    """Put a backup into an empty home folder: every file is held to its hash before the first one is in place."""
    from cli.screen.progress import ProgressBars
    from pipelines.commands.restore import restore as run
    from pipelines.settings import load_settings

    settings = load_settings(home=home, landing=landing)
    with ProgressBars() as progress:
        restored = run(settings, folder, key_file, progress, without_key=without_key)
    console = reading_console(soft_wrap=True)
    for line in (*_lines(settings, restored), *_state(settings)):
        console.print(clean(line))


def _lines(settings: "Settings", restored: "Restored") -> list[str]:
    manifest = restored.manifest
    made = f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"
    lines = [
        f"restored: {settings.home} as of {made}, {written(len(manifest.files))} files verified, of {restored.backup}",
        f"erasure: whoever was erased after {made} is back; run those `portfolio forget` commands again first of all",
    ]
    lines += [f"upgraded: {line}" for line in restored.upgraded]
    if restored.erasing:
        lines.append("erasure: one was under way when the backup was made; run that `portfolio forget` again as well")
    if restored.key_is_lost:
        lines.append("hash key: lost; a new one is made, under which every user is another one")
    if settings.postgres_dsn is not None:
        lines.append("PostgreSQL: `portfolio publish postgres` applies what is published here")
    return lines


def _state(settings: "Settings") -> Iterator[str]:
    """Whether what is published is what would be built now, and what comes next."""
    from pipelines.commands.health import look
    from sources.errors import SourceError
    from storage.files.atomic import StorageError

    try:
        health = look(settings)
    except (SourceError, StorageError):  # all is in place; the next command says what is wrong
        health = None
    if health is not None and health.published is not None and not (health.stale or health.waiting):
        yield "published days are up to date"
    yield "next: `portfolio status`, and `portfolio materialize` for the days since"
