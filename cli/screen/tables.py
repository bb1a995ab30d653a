"""Tables of rows: labels that say which row it is, figures, and a bar; what there is no room for goes in that order."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from cli.screen.bars import NARROWEST, WIDEST, LicenseBar
from cli.screen.output import NOTHING, WIDE, cell, clean, plain_table
from cli.screen.sections import Figure, Kind
from expectations.wording import LONGEST_VALUE, shortened
from storage.reading.opening import Row

_GAP = 2
_LABEL = 14
"""Columns that a label has at least, if it wants them: less would break most ids apart."""
_READABLE = 26
"""Columns of a label that figures for wide terminals leave it, where there is no bar to give way."""
_LEFT = (Kind.TEXT, Kind.WORDS)

Label = tuple[str, Sequence[str]]
"""A heading, and what stands below it in each row."""


def customer_labels(rows: Sequence[Row]) -> list[Label]:
    """The customer and the subscription of each row."""
    return [
        ("Customer", [clean(shortened(row["customer_name"], LONGEST_VALUE)) for row in rows]),
        ("Subscription", [subscription(row) for row in rows]),
    ]


def subscription(row: Row) -> str:
    """The subscription's label; a trial's is the same for all, and stands beside its id."""
    label, subscription_id = row["subscription_label"], row["subscription_id"]
    return clean(f"{label} ({subscription_id})" if row.get("is_trial", True) and label != subscription_id else label)


def licence_table(
    labels: Sequence[Label], columns: Sequence[Figure], rows: Sequence[Row], width: int
) -> RenderableType:
    """Labels, figures and a bar of the licences a row."""
    return row_table(labels, columns, rows, width, bar_of)


def row_table(
    labels: Sequence[Label],
    columns: Sequence[Figure],
    rows: Sequence[Row],
    width: int,
    bar: Callable[[Row], RenderableType] | None = None,
) -> RenderableType:
    """Labels, figures and perhaps a bar a row; labels and bar share the room that the figures leave.

    Labels say which row it is: they go on in another line rather than being cut, and where there is little room the bar
    goes first, then figures from the right.
    """
    wanted = [max(map(cell_len, (title, *texts))) for title, texts in labels]
    shown = list(_with_cells(columns, rows, width))
    room = width - _GAP * len(labels) - sum(_GAP + _width(column) for column in shown)
    while shown and room < sum(min(wide, _LABEL if bar or not shown[-1][0].wide else _READABLE) for wide in wanted):
        room += _GAP + _width(shown.pop())
    label_widths, bar_width = share_room(wanted, room) if bar else (narrowed(wanted, room), 0)
    table = plain_table()
    for (title, _), wide in zip(labels, label_widths, strict=True):
        table.add_column(title, width=wide, overflow="fold")
    for column in shown:
        figure = column[0]
        justify: Literal["left", "right"] = "left" if figure.kind in _LEFT else "right"
        table.add_column(figure.title, width=_width(column), no_wrap=True, justify=justify)
    if bar_width:
        table.add_column("", width=bar_width, no_wrap=True)
    for number, row in enumerate(rows):
        figured = [*(texts[number] for _, texts in labels), *(cells[number] for _, cells in shown)]
        table.add_row(*figured, *([bar(row)] if bar and bar_width else []))
    return indented(table)


def _with_cells(columns: Sequence[Figure], rows: Sequence[Row], width: int) -> Iterator[tuple[Figure, Sequence[str]]]:
    """The figures that there is something of, with what stands below them."""
    for figure in columns:
        if width >= WIDE or not figure.wide:
            cells = [cell(row, figure) for row in rows]
            if not figure.optional or set(cells) - {NOTHING}:
                yield figure, cells


def _width(column: tuple[Figure, Sequence[str]]) -> int:
    figure, cells = column
    return max(map(cell_len, (figure.title, *cells)))


def share_room(wanted: Sequence[int], room: int) -> tuple[list[int], int]:
    """Widths of the labels, and of the bar, 0 where it has no room.

    The bar shrinks to its narrowest, then labels give way, the longest first, then the bar goes.

    Args:
        wanted: the width that each label would like.
        room: columns that labels and bar have together, with the bar's gap.
    """
    least = sum(min(wide, _LABEL) for wide in wanted)
    bar = NARROWEST if room - NARROWEST - _GAP >= least else 0
    widths = narrowed(wanted, room - (bar + _GAP if bar else 0))
    return widths, min(WIDEST, room - _GAP - sum(widths)) if bar else 0


def narrowed(wanted: Sequence[int], room: int) -> list[int]:
    """Widths of labels in the room that they have together: the longest give way first."""
    widths = list(wanted)
    while sum(widths) > room and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def left_out(rows: int, limit: int | None) -> Iterator[RenderableType]:
    """How many of the rows are not shown, where some are not."""
    if limit is not None and rows > limit:
        yield indented(Text(f"… {rows - limit:,} more; --limit 0 shows all", style="dim"))


def indented(part: RenderableType) -> RenderableType:
    """The part, below its heading."""
    return Padding(part, (0, 0, 0, _GAP))


def bar_of(row: Row) -> LicenseBar:
    """The licences of a row as a bar."""
    return LicenseBar(row["total_licenses"], row["assigned_licenses"], row["used_licenses"])
