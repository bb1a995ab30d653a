"""`portfolio docs`: pages about the data, built and opened."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import UserError
from cli.output import reading_console


def docs(
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    browse: Annotated[bool, typer.Option("--open/--no-open", help="Open them in a browser.")] = True,
) -> None:
    """Build Data Docs of the newest week in <home>/data_docs: what Great Expectations expects, and what it found."""
    from pipelines.settings import load_settings

    settings = load_settings(home=home)
    if not (settings.home / "ledger.sqlite").exists():
        raise UserError(f"nothing is ingested in {settings.home}; `portfolio materialize` ingests landing files")
    from pipelines.data_docs import build

    console = reading_console(soft_wrap=True)
    page = build(settings, lambda step: console.print(f"validating: {step}"))
    if page is None:
        raise UserError(f"no partition is loaded in {settings.home}; `portfolio materialize` ingests landing files")
    console.print(f"Data Docs: {page}")
    if browse:
        webbrowser.open(page.as_uri())
