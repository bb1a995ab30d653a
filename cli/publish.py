"""`portfolio publish`: the current publication to a server."""

from pathlib import Path
from typing import Annotated

import typer

from cli.errors import UserError
from cli.screen.output import reading_console, written
from storage.usable import refuse_unusable

app = typer.Typer(help="Take the current publication to a server.")

Dsn = Annotated[
    str | None,
    typer.Option(metavar="DSN", help="postgresql://user:password@host/database (PORTFOLIO_POSTGRES_DSN)."),
]
Home = Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")]


@app.callback()
def publish() -> None:
    """Take the current publication to a server."""


@app.command()
def postgres(
    dsn: Dsn = None,
    home: Home = None,
    anew: Annotated[bool, typer.Option("--anew", help="Replace every row, not only days that changed.")] = False,
) -> None:
    """Apply the current publication to PostgreSQL, in one transaction: as-of days whose rows changed are replaced.

    What --dsn is given shows in the list of processes; PORTFOLIO_POSTGRES_DSN does not.
    """
    from pipelines.settings import load_settings

    settings = load_settings(home=home, postgres_dsn=dsn)
    refuse_unusable(settings.folders)
    if settings.postgres_dsn is None:
        raise UserError("no database is named: set PORTFOLIO_POSTGRES_DSN, or give --dsn")
    from cli.screen.progress import ProgressBars
    from pipelines.commands.postgres import dsn_of, publish_to_postgres
    from storage.postgres.connection import server_of
    from storage.reading.opening import NothingPublishedError

    with ProgressBars() as progress:
        try:
            applied = publish_to_postgres(settings, progress, anew=anew)
        except NothingPublishedError as error:
            raise UserError(f"{error}; `portfolio materialize` publishes") from None
    console = reading_console(soft_wrap=True)
    where = server_of(dsn_of(settings))
    if not applied.tables:
        console.print(f"up to date: {where} holds publication {applied.publication_id}")
        return
    days, rows = len(applied.days), applied.rows
    what = (
        f"{written(days)} day{'' if days == 1 else 's'} replaced, {written(rows)} row{'' if rows == 1 else 's'} copied"
    )
    console.print(f"applied: publication {applied.publication_id} to {where}: {what}")
