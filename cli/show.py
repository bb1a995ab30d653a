"""`portfolio show`: the KPIs and tables of the dashboard, and what to decide, out of the publication."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cli.errors import UsageError, UserError
from cli.screen.customers import Wanted, asked_customer
from cli.screen.days import parse_day
from cli.screen.decisions import CUSTOMER, SECTION_NAMES
from cli.screen.explained import explained
from cli.screen.output import clean, reading_console
from cli.screen.pages import Asked, read_pages
from cli.screen.published import check_product
from cli.screen.today import snapshots_of, today_lines, waiting_line
from contracts.dashboard import PRODUCTS
from sources.landing.folder import LandingFolder
from storage import clock
from storage.reading.opening import NothingPublishedError, open_publication
from storage.usable import refuse_unusable


def show(
    section: Annotated[
        str | None, typer.Argument(metavar="[SECTION]", help=f"{', '.join(SECTION_NAMES)}; an overview when left out.")
    ] = None,
    whom: Annotated[
        str | None, typer.Argument(metavar="[CUSTOMER]", help="With `customer`: its id, or a part of its name.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As-of date; the newest.")] = None,
    product: Annotated[str | None, typer.Option(help=f"{' or '.join(PRODUCTS)}; both.")] = None,
    partner: Annotated[str | None, typer.Option(metavar="ID", help="One partner organisation; all.")] = None,
    owner: Annotated[list[str] | None, typer.Option(metavar="NAME", help="An owner's customers; repeatable.")] = None,
    segment: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A segment's customers; repeatable.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="CUSTOMER", help="One customer: its id, or a part of its name.")
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Most rows of a table; 0 for all.")] = 20,
    legend: Annotated[bool, typer.Option("--legend", help="Explain each heading.")] = False,
) -> None:
    """Show the portfolio: what is so, what changed, and what to do; with SECTION its rows, with bars of licences."""
    from pipelines.settings import load_settings

    if section is not None and section not in SECTION_NAMES:
        raise UserError(f"there is no section {clean(section)!r}; there are {', '.join(SECTION_NAMES)}")
    check_product(product)
    wanted = Wanted(tuple(owner or ()), tuple(segment or ()), asked_customer(section, whom, customer))
    if section == CUSTOMER and wanted.customer is None:
        raise UsageError("say which customer: `portfolio show customer ID`, or a part of its name")
    day = parse_day(as_of, "--as-of") if as_of is not None else None
    asked = Asked(section, day, product, partner, wanted, limit or None)
    settings = load_settings(home=home)
    refuse_unusable(settings.folders)
    landing = LandingFolder(settings.landing_folder)
    console = reading_console()
    try:
        with open_publication(settings.folders.serving.path) as marts:
            pages = [list(page) for page in read_pages(marts, asked, console.width)]
            provisional, days = marts.provisional_day(), marts.days()
    except NothingPublishedError as error:
        names = snapshots_of(landing, clock.today())
        how = waiting_line(names, clock.today()) if names else "`portfolio materialize` publishes"
        raise UserError(f"{error}; {how}") from None
    if legend:
        pages.append(list(explained(section)))
    for number, page in enumerate(pages):
        if number:
            console.print()
        for part in page:
            console.print(part)
    for line in today_lines(landing, days, provisional, clock.today()):
        console.print()
        console.print(Text(line, style="dim"), soft_wrap=True)
