"""`portfolio show`: the KPIs and tables of the dashboard, out of the publication."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cli.errors import UserError
from cli.screen.days import brief, parse_day
from cli.screen.output import clean, reading_console
from cli.screen.page import Page, SectionRows, render
from cli.screen.published import check_partner, check_product
from cli.screen.reach import lag_notes
from cli.screen.sections import SECTION_NAMES, SECTIONS
from cli.screen.today import snapshots_of, today_lines, waiting_line
from contracts.dashboard import KEY_MART, PRODUCTS, TREND_MART
from sources.landing.folder import LandingFolder
from storage import clock
from storage.reading.opening import NothingPublishedError, PublishedMarts, open_publication
from storage.reading.reach import reach_on

TREND_DAYS = 7 * 26


def show(
    section: Annotated[
        str | None, typer.Argument(metavar="[SECTION]", help=f"{', '.join(SECTION_NAMES)}; all of them when left out.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As-of date; the newest.")] = None,
    product: Annotated[str | None, typer.Option(help=f"{' or '.join(PRODUCTS)}; both.")] = None,
    partner: Annotated[str | None, typer.Option(metavar="ID", help="One partner organisation; all.")] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder (PORTFOLIO_HOME).")] = None,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Most rows of a table; 0 for all.")] = 20,
) -> None:
    """Show the portfolio: KPIs and trend, and with SECTION its subscriptions with bars of their licences."""
    from pipelines.settings import load_settings

    if section is not None and section not in SECTION_NAMES:
        raise UserError(f"there is no section {clean(section)!r}; there are {', '.join(SECTION_NAMES)}")
    check_product(product)
    day = parse_day(as_of, "--as-of") if as_of is not None else None
    settings = load_settings(home=home)
    landing = LandingFolder(settings.landing_folder)
    try:
        with open_publication(settings.folders.serving.path) as marts:
            blocks = choose_blocks(marts, day, partner)
            pages = [read_page(marts, name, newest, section, product) for name, newest in blocks]
            provisional, days = marts.provisional_day(), marts.days()
    except NothingPublishedError as error:
        names = snapshots_of(landing, clock.today())
        how = waiting_line(names, clock.today()) if names else "`portfolio materialize` publishes"
        raise UserError(f"{error}; {how}") from None
    console = reading_console()
    for number, page in enumerate(pages):
        if number:
            console.print()
        for part in render(page, console.width, limit or None):
            console.print(part)
    for line in today_lines(landing, days, provisional, clock.today()):
        console.print()
        console.print(Text(line, style="dim"), soft_wrap=True)


def choose_blocks(marts: PublishedMarts, day: date | None, partner: str | None) -> list[tuple[str, date]]:
    """Which partner's page of which as-of date to show; each partner's newest date unless `day` is given.

    Raises:
        UserError: the partner or the date is not published, alone or together.
    """
    newest = marts.newest_days()
    check_partner(partner, newest)
    if day is None:
        return [(name, last) for name, last in newest.items() if partner in (None, name)]
    with_rows = [name for name in marts.partners(day) if partner in (None, name)]
    if not with_rows:
        whose = f"{day} of partner {clean(partner)}" if partner is not None else f"as-of date {day}"
        raise UserError(
            f"{whose} is not published; published are {brief(marts.days(partner))}:"
            " choose one of them, or build it with `portfolio materialize --from … --to …`"
        )
    return [(name, day) for name in with_rows]


def _notes(marts: PublishedMarts, partner: str, day: date) -> list[str]:
    """What is to be known of a partner's data on an as-of date."""
    notes = ["provisional: built before the day was over (UTC)"] if day == marts.provisional_day() else []
    newest = marts.newest_days()
    is_newest = newest[partner] == day
    reach = reach_on(marts, partner, day, is_newest=is_newest)
    return notes + list(lag_notes(reach, max(newest.values()) if is_newest else day))


def read_page(marts: PublishedMarts, partner: str, day: date, section: str | None, product: str | None) -> Page:
    """What to show of a partner on an as-of date: a section, or an overview of all."""
    products: Sequence[str] = PRODUCTS if product is None else (product,)
    chosen = [known for known in SECTIONS if section in (None, known.slug)]
    trend_first = day - timedelta(days=TREND_DAYS - 1)
    return Page(
        partner,
        day,
        products,
        notes=_notes(marts, partner, day),
        kpis=next(iter(marts.rows(KEY_MART, partner, day, day)), None) if section in (None, "kpis") else None,
        trend=marts.rows(TREND_MART, partner, trend_first, day, product=product) if section in (None, "trend") else (),
        weekly=section == "trend",
        sections=[
            SectionRows(
                known,
                marts.rows(known.kpi_mart, partner, day, day, product=product),
                marts.rows(known.table_mart, partner, day, day, product=product, order=known.order)
                if section
                else None,
            )
            for known in chosen
        ],
    )
