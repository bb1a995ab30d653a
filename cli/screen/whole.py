"""Tables in which no figure is ever cut: what finds no room beside the rest goes on in a block below it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from cli.screen.output import plain_table
from cli.screen.tables import narrowed

_GAP = 2
_CARD = 14
"""Columns that a card takes at most, if its figure and the words of its heading let it."""
_LEAST_TEXT = 14
"""Columns that a text has at least, if it wants them, before it goes into a block of its own."""


@dataclass(frozen=True)
class Column:
    """A column's heading, and how what is below it is set."""

    title: str
    is_number: bool = False
    folds: bool = False
    """Whether its texts are long, and go on in the next line rather than move to another block."""


class WholeTable:
    """Rows of text in as many blocks as the terminal's width asks for, each with the first columns before it.

    Rich crops what it finds no room for on the right, and a figure that has lost its last digit is another figure.
    """

    def __init__(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, keys: int = 1, gap: int = _GAP
    ) -> None:
        """Take the table.

        Args:
            rows: a text a column.
            keys: how many of the first columns say which row it is.
            gap: spaces between columns.
        """
        self._columns, self._rows, self._keys, self._gap = columns, rows, keys, gap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A table a block, with an empty line between two."""
        for number, block in enumerate(self._blocks(options.max_width)):
            if number:
                yield Text()
            table = plain_table()
            table.padding = (0, self._gap, 0, 0)
            for place, width in block:
                column = self._columns[place]
                justify: Literal["left", "right"] = "right" if column.is_number else "left"
                table.add_column(Text(column.title), justify=justify, width=width, overflow="fold")
            for row in self._rows:
                table.add_row(*(Text(row[place]) for place, _ in block))
            yield table

    def _blocks(self, room: int) -> Iterator[list[tuple[int, int]]]:
        """The columns of each block by their place, with their widths."""
        wanted = [
            max(map(cell_len, (column.title, *(row[place] for row in self._rows))))
            for place, column in enumerate(self._columns)
        ]
        least = [
            min(wide, _LEAST_TEXT) if column.folds else wide for wide, column in zip(wanted, self._columns, strict=True)
        ]
        others = range(self._keys, len(self._columns))
        beside = max((least[place] + self._gap for place in others), default=0)
        keys = narrowed(wanted[: self._keys], room - self._gap * (self._keys - 1) - beside)
        whole = room - sum(keys) - self._gap * (self._keys - 1)
        block, left = list(enumerate(keys)), whole
        for place in others:
            if left < self._gap + least[place] and len(block) > self._keys:
                yield block
                block, left = list(enumerate(keys)), whole
            width = max(min(wanted[place], left - self._gap), 1)
            block.append((place, width))
            left -= self._gap + width
        yield block


class Cards:
    """Figures side by side, each with its heading below; what finds no room stands in another row of them."""

    def __init__(self, figures: Sequence[tuple[str, str]]) -> None:
        """Take each figure and its heading."""
        self._figures = figures

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A grid a row of cards: headings go on in the next line, figures never."""
        least = [max(map(cell_len, (figure, *title.split()))) for figure, title in self._figures]
        start = 0
        while start < len(least):
            end = start + 1
            while end < len(least) and sum(least[start : end + 1]) + _GAP * (end - start) <= options.max_width:
                end += 1
            yield self._grid(self._figures[start:end], least[start:end], options.max_width)
            start = end

    @staticmethod
    def _grid(figures: Sequence[tuple[str, str]], least: Sequence[int], room: int) -> Table:
        widths = [max(low, min(cell_len(title), _CARD)) for low, (_, title) in zip(least, figures, strict=True)]
        room -= _GAP * (len(widths) - 1)
        while sum(widths) > room and widths != list(least):
            place = max(range(len(widths)), key=lambda place: (widths[place] > least[place], widths[place]))
            widths[place] -= 1
        grid = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
        for width in widths:
            grid.add_column(width=width, vertical="top", overflow="fold")
        grid.add_row(*(Text(figure, style="bold") for figure, _ in figures))
        grid.add_row(*(Text(title, style="dim") for _, title in figures))
        return grid
