"""The dashboard's page as text: KPIs, tables with bars, trends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cli.screen.bars import Legend, Sparkline
from cli.screen.output import WIDE, cell, clean, heading, written
from cli.screen.sections import LICENCES, PORTFOLIO_KPIS, TREND_COLUMNS, Figure, Section
from cli.screen.tables import customer_labels, indented, left_out, licence_table
from cli.screen.whole import Cards, Column, WholeTable
from contracts.dashboard import PRODUCTS
from storage.reading.opening import Row

SPARKLINE_DAYS = 42
_SHORTEST_SPARKLINE = 10
_WEEK = timedelta(days=7)
_TREND_LINES = (("total_licenses", "total"), ("assigned_licenses", "assigned"), ("used_licenses", "used"))
_Line = tuple[str, str, tuple[float | None, ...], str]
"""A line of the trend: product, name, a value a day, and the first and last of them."""


@dataclass(frozen=True)
class SectionRows:
    """A section's rows of one partner and as-of date."""

    section: Section
    kpis: Sequence[Row]
    table: Sequence[Row] | None = None
    """None where the table is not asked for."""


@dataclass(frozen=True)
class Page:
    """What is shown of one partner: the parts that are not asked for are empty."""

    partner: str
    day: date
    products: Sequence[str] = PRODUCTS
    kpis: Row | None = None
    trend: Sequence[Row] = ()
    weekly: bool = False
    """Whether the trend is a table with one line a week, and not only a sparkline."""
    sections: Sequence[SectionRows] = field(default=())
    notes: Sequence[str] = ()
    """What is to be known of the day's data, a line each."""


def render(page: Page, width: int, limit: int | None) -> Iterator[RenderableType]:
    """The page in parts, for a terminal of `width` columns; at most `limit` rows a table."""
    yield from top(page.partner, page.day, page.notes)
    if page.kpis is not None:
        yield Text()
        yield heading("Portfolio", "customers, both products")
        yield cards(page.kpis, PORTFOLIO_KPIS)
    if page.trend:
        yield Text()
        yield from _trend(page, width, limit)
    for rows in page.sections:
        yield Text()
        yield heading(rows.section.title, rows.section.explanation)
        yield indented(_kpi_table(rows, page.products, width))
        if rows.table is not None:
            yield from _tables(rows.section, rows.table, page.products, width, limit)


def top(partner: str, day: date, notes: Sequence[str]) -> Iterator[RenderableType]:
    """What every page begins with: whose data of which day it is, and what is to be known of them."""
    yield Text.assemble(("Data as of ", ""), (str(day), "bold cyan"), ("  partner ", ""), clean(partner))
    for note in notes:
        yield indented(Text(note, style="yellow"))


def cards(row: Row, figures: Sequence[Figure]) -> RenderableType:
    """A row's figures side by side, each with its heading below."""
    return indented(Cards([(cell(row, figure), figure.title) for figure in figures]))


def _kpi_table(rows: SectionRows, products: Sequence[str], width: int) -> WholeTable:
    figures = [figure for figure in rows.section.kpis if width >= WIDE or not figure.wide]
    columns = [Column("Product"), *(Column(figure.title, is_number=True) for figure in figures)]
    lines = [
        [product.title(), *(written(row[figure.column], figure.kind) for figure in figures)]
        for product in products
        for row in rows.kpis
        if row["product"] == product
    ]
    return WholeTable(columns, lines)


def _tables(
    section: Section, rows: Sequence[Row], products: Sequence[str], width: int, limit: int | None
) -> Iterator[RenderableType]:
    """One table a product, and the legend of their bars."""
    if rows:
        yield Text()
        yield Legend()
    for product in products:
        of_product = [row for row in rows if row["product"] == product]
        yield Text()
        count = f"{len(of_product):,} subscription{'' if len(of_product) == 1 else 's'}"
        yield heading(product.title(), count if of_product else "no subscription")
        if of_product:
            shown = of_product[:limit]
            yield licence_table(customer_labels(shown), section.columns + LICENCES, shown, width)
            yield from left_out(len(of_product), limit)


def _trend(page: Page, width: int, limit: int | None) -> Iterator[RenderableType]:
    first = max(page.day - timedelta(days=SPARKLINE_DAYS - 1), min(row["as_of_date"] for row in page.trend))
    yield heading("Licence distribution", f"{first} to {page.day}")
    lines: list[_Line] = []
    for product in page.products:
        of_product = {row["as_of_date"]: row for row in page.trend if row["product"] == product}
        if page.day not in of_product:
            continue
        days = [first + timedelta(days=offset) for offset in range((page.day - first).days + 1)]
        oldest = of_product[min(day for day in days if day in of_product)]
        for number, (column, name) in enumerate(_TREND_LINES):
            values = tuple(of_product[day][column] if day in of_product else None for day in days)
            span = f"{written(oldest[column])} → {written(of_product[page.day][column])}"
            lines.append(("" if number else product.title(), name, values, span))
    yield indented(_drawn(lines, width))
    if page.weekly:
        yield from _weeks(page, width, limit)


def _drawn(lines: Sequence[_Line], width: int) -> Table:
    """A line of the trend for each product and name, its first and last figure whole; the sparkline takes what is left.

    Where that is less than its days, it draws every second or third of them back from the newest, or goes.
    """
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    texts = [max(map(len, column)) for column in zip(*((line[0], line[1], line[3]) for line in lines), strict=True)]
    room = width - 2 - sum(2 + wide for wide in texts)
    for place in range(3 if room >= _SHORTEST_SPARKLINE else 2):
        grid.add_column(no_wrap=True, min_width=texts[place] if place < 2 else None)
    grid.add_column(overflow="fold")
    for product, name, values, span in lines:
        step = -(-len(values) // room) if room >= _SHORTEST_SPARKLINE else 0
        drawn = (Sparkline(values[::-step][::-1]),) if step else ()
        grid.add_row(product, name, *drawn, span)
    return grid


def _weeks(page: Page, width: int, limit: int | None) -> Iterator[RenderableType]:
    yield Text()
    yield Legend()
    for product in page.products:
        rows = [
            row
            for row in reversed(page.trend)
            if row["product"] == product and (page.day - row["as_of_date"]) % _WEEK == timedelta()
        ]
        yield Text()
        yield heading(product.title(), "each week's day, newest first")
        shown = rows[:limit]
        yield licence_table([("As of", [str(row["as_of_date"]) for row in shown])], TREND_COLUMNS, shown, width)
        yield from left_out(len(rows), limit)
