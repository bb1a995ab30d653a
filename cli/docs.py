"""`portfolio docs`: pages about the data, built and opened."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import UserError
from cli.screen.output import reading_console
from storage.usable import refuse_unusable


def docs(
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    browse: Annotated[bool, typer.Option("--open/--no-open", help="Open them in a browser.")] = True,
) -> None:
    """Build <home>/docs, the contracts, what catalogues take and dbt's page, and <home>/data_docs, what Great
    Expectations found.
    """
    from pipelines.commands.catalogue import write_catalogue, write_contracts, write_dbt_page
    from pipelines.settings import load_settings

    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    is_ingested = settings.folders.ledger.exists()
    console = reading_console(soft_wrap=True)
    for contract in write_contracts(settings):
        console.print(f"contract: {contract}")
    page = write_dbt_page(settings, lambda step: console.print(step))
    console.print(f"models: {page}")
    for file in write_catalogue(settings):
        console.print(f"catalogue: {file}")
    pages = [page]
    if not is_ingested:
        raise UserError(f"nothing is ingested in {settings.home}; `portfolio materialize` ingests landing files")
    from pipelines.commands.data_docs import build

    found = build(settings, lambda step: console.print(f"validating: {step}"))
    if found is None:
        raise UserError(f"no partition is loaded in {settings.home}; `portfolio materialize` ingests landing files")
    console.print(f"Data Docs: {found}")
    pages.append(found)
    if browse:
        for page in pages:
            webbrowser.open(page.as_uri())
