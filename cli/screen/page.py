"""The dashboard's page as text: KPIs, tables with bars, trends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.screen.bars import NARROWEST, WIDEST, Legend, LicenseBar, Sparkline
from cli.screen.output import WIDE, clean, heading, plain_table, written
from cli.screen.sections import PORTFOLIO_KPIS, Figure, Kind, Section
from contracts.dashboard import PRODUCTS
from expectations.wording import LONGEST_VALUE, shortened
from storage.reading.opening import Row

SPARKLINE_DAYS = 42
_WEEK = timedelta(days=7)
_GAP = 2
_LABEL = 14
"""Columns that a label has at least, if it wants them: less would break most ids apart."""
_LICENCES = (
    Figure("used_licenses", "Used"),
    Figure("assigned_licenses", "Assigned"),
    Figure("total_licenses", "Total"),
)
_TREND_LINES = (("total_licenses", "total"), ("assigned_licenses", "assigned"), ("used_licenses", "used"))
_TREND_COLUMNS = (
    Figure("customers", "Customers", wide=True),
    Figure("subscriptions", "Subscr.", wide=True),
    *_LICENCES,
    Figure("available_licenses", "Available", wide=True),
    Figure("overage_licenses", "Over", wide=True),
    Figure("assignment_ratio", "Assignment", Kind.RATIO),
    Figure("usage_ratio", "Usage", Kind.RATIO),
)


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
    yield Text.assemble(("Data as of ", ""), (str(page.day), "bold cyan"), ("  partner ", ""), clean(page.partner))
    for note in page.notes:
        yield _indented(Text(note, style="yellow"))
    if page.kpis is not None:
        yield Text()
        yield heading("Portfolio", "customers, both products")
        yield _kpi_cards(page.kpis)
    if page.trend:
        yield Text()
        yield from _trend(page, width, limit)
    for rows in page.sections:
        yield Text()
        yield heading(rows.section.title, rows.section.explanation)
        yield _indented(_kpi_table(rows, page.products, width))
        if rows.table is not None:
            yield from _tables(rows.section, rows.table, page.products, width, limit)


def _kpi_cards(kpis: Row) -> RenderableType:
    cards = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for _ in PORTFOLIO_KPIS:
        cards.add_column(max_width=14, vertical="top")
    cards.add_row(*(Text(written(kpis[figure.column]), style="bold") for figure in PORTFOLIO_KPIS))
    cards.add_row(*(Text(figure.title, style="dim") for figure in PORTFOLIO_KPIS))
    return _indented(cards)


def _kpi_table(rows: SectionRows, products: Sequence[str], width: int) -> Table:
    figures = [figure for figure in rows.section.kpis if width >= WIDE or not figure.wide]
    table = plain_table()
    table.add_column("Product", min_width=8)
    for figure in figures:
        table.add_column(figure.title, justify="right")
    for product in products:
        for row in (row for row in rows.kpis if row["product"] == product):
            table.add_row(product.title(), *(written(row[figure.column], figure.kind) for figure in figures))
    return table


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
            labels = [
                ("Customer", [clean(shortened(row["customer_name"], LONGEST_VALUE)) for row in of_product[:limit]]),
                ("Subscription", [_subscription(row) for row in of_product[:limit]]),
            ]
            yield _licence_table(labels, section.columns + _LICENCES, of_product[:limit], width)
            yield from _left_out(len(of_product), limit)


def _subscription(row: Row) -> str:
    """The subscription's label; a trial's is the same for all, and stands beside its id."""
    label, subscription = row["subscription_label"], row["subscription_id"]
    return clean(f"{label} ({subscription})" if row.get("is_trial") and label != subscription else label)


def _trend(page: Page, width: int, limit: int | None) -> Iterator[RenderableType]:
    first = max(page.day - timedelta(days=SPARKLINE_DAYS - 1), min(row["as_of_date"] for row in page.trend))
    yield heading("Licence distribution", f"{first} to {page.day}")
    lines = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for product in page.products:
        of_product = {row["as_of_date"]: row for row in page.trend if row["product"] == product}
        if page.day not in of_product:
            continue
        days = [first + timedelta(days=offset) for offset in range((page.day - first).days + 1)]
        oldest = of_product[min(day for day in days if day in of_product)]
        for number, (column, name) in enumerate(_TREND_LINES):
            values = tuple(of_product[day][column] if day in of_product else None for day in days)
            span = f"{written(oldest[column])} → {written(of_product[page.day][column])}"
            lines.add_row("" if number else product.title(), name, Sparkline(values), span)
    yield _indented(lines)
    if page.weekly:
        yield from _weeks(page, width, limit)


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
        yield _licence_table([("As of", [str(row["as_of_date"]) for row in shown])], _TREND_COLUMNS, shown, width)
        yield from _left_out(len(rows), limit)


def _licence_table(
    labels: Sequence[tuple[str, Sequence[str]]], columns: Sequence[Figure], rows: Sequence[Row], width: int
) -> RenderableType:
    """Labels, figures and a bar a row; labels and bar share the room that the figures leave.

    Labels say which row it is: they go on in another line rather than being cut, and where there is little room the bar
    goes first, then figures from the right.
    """
    figures = [figure for figure in columns if width >= WIDE or not figure.wide]
    cells = [[written(row[figure.column], figure.kind) for row in rows] for figure in figures]
    figure_widths = [max(map(cell_len, (figure.title, *column))) for figure, column in zip(figures, cells, strict=True)]
    wanted = [max(map(cell_len, (title, *texts))) for title, texts in labels]
    room = width - _GAP * len(labels) - sum(_GAP + wide for wide in figure_widths)
    while figures and room < sum(min(wide, _LABEL) for wide in wanted):
        figures.pop()
        cells.pop()
        room += _GAP + figure_widths.pop()
    label_widths, bar_width = share_room(wanted, room)
    table = plain_table()
    for (title, _), wide in zip(labels, label_widths, strict=True):
        table.add_column(title, width=wide, overflow="fold")
    for figure, wide in zip(figures, figure_widths, strict=True):
        table.add_column(
            figure.title, width=wide, no_wrap=True, justify="left" if figure.kind is Kind.TEXT else "right"
        )
    if bar_width:
        table.add_column("", width=bar_width, no_wrap=True)
    for number, row in enumerate(rows):
        bar = LicenseBar(row["total_licenses"], row["assigned_licenses"], row["used_licenses"])
        figured = [*(texts[number] for _, texts in labels), *(column[number] for column in cells)]
        table.add_row(*figured, *([bar] if bar_width else []))
    return _indented(table)


def share_room(wanted: Sequence[int], room: int) -> tuple[list[int], int]:
    """Widths of the labels, and of the bar, 0 where it has no room.

    The bar shrinks to its narrowest, then labels give way, the longest first, then the bar goes.

    Args:
        wanted: the width that each label would like.
        room: columns that labels and bar have together, with the bar's gap.
    """
    least = sum(min(wide, _LABEL) for wide in wanted)
    bar = NARROWEST if room - NARROWEST - _GAP >= least else 0
    widths = list(wanted)
    while sum(widths) > room - (bar + _GAP if bar else 0) and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths, min(WIDEST, room - _GAP - sum(widths)) if bar else 0


def _left_out(rows: int, limit: int | None) -> Iterator[RenderableType]:
    if limit is not None and rows > limit:
        yield _indented(Text(f"… {rows - limit:,} more; --limit 0 shows all", style="dim"))


def _indented(part: RenderableType) -> RenderableType:
    return Padding(part, (0, 0, 0, _GAP))
