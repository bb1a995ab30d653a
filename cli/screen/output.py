"""What the reading commands write on: plain text where nobody watches, colours on a terminal."""

import io
import re
import sys
from collections.abc import Mapping
from typing import IO, Any, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.screen.sections import Figure, Kind
from expectations.wording import LONGEST_VALUE, shortened

_TRAILING = re.compile(r" +(?=\n|\Z)")
NOTHING = "-"
_SMALL_AMOUNT, _LONGEST_AMOUNT = 100, 10**15
WIDE = 110
"""Columns of a terminal from which on tables show everything."""


class _Trimmed:
    """A stream that leaves out the spaces with which tables fill their lines: a file or a diff would show them."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text; Rich hands over whole lines."""
        return self._stream.write(_TRAILING.sub("", text))

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own."""
        return getattr(self._stream, name)


def reading_console(*, soft_wrap: bool = False) -> Console:
    """Standard output, as `terminal_output` has it."""
    output = terminal_output()
    file = None if output.isatty() else cast("IO[str]", _Trimmed(output))
    return Console(file=file, highlight=False, markup=False, emoji=False, soft_wrap=soft_wrap)


def terminal_output() -> IO[str]:
    """Standard output; characters that its encoding lacks become question marks, not errors."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return sys.stdout


def utf8_output() -> IO[str]:
    """Standard output in UTF-8, whatever the terminal's encoding: of what is a file that programs read."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="")
    return sys.stdout


def plain_table(*, titles: bool = True) -> Table:
    """A table without lines, as wide as what is in it."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=titles, header_style="dim")


def heading(title: str, explanation: str = "") -> Text:
    """A section's title, and what it holds."""
    return Text.assemble((title, "bold"), (f"  {explanation}" if explanation else "", "dim"))


def clean(text: object) -> str:
    """Delivered text on one line: what a terminal would act on, or not show, becomes `�`."""
    return "".join(letter if letter.isprintable() else "�" for letter in str(text))


def written(value: Any, kind: Kind = Kind.COUNT) -> str:
    """A figure as people read it: thousands apart, ratios in percent, a dash where there is none."""
    if value is None:
        return NOTHING
    match kind:
        case Kind.RATIO:
            return f"{value:.1%}"
        case Kind.AVERAGE:
            return f"{value:,.1f}"
        case Kind.CHANGE:
            return f"{value:+,}" if value else "0"
        case Kind.COUNT:
            return f"{value:,}"
        case Kind.TEXT:
            return clean(value)
        case Kind.PRODUCT:
            return clean(value).title()
        case Kind.WORDS:
            return clean(value).replace("_", " ")
        case Kind.MONEY | Kind.AMOUNT:
            return _amount(value)


def cell(row: Mapping[str, Any], figure: Figure) -> str:
    """A row's figure as people read it; an amount has its currency beside it."""
    value = row[figure.column]
    text = written(shortened(value, LONGEST_VALUE) if isinstance(value, str) else value, figure.kind)
    return f"{text} {clean(row['currency'])}" if figure.kind is Kind.MONEY and value is not None else text


def _amount(value: float) -> str:
    """Whole units; of less than a hundred also the part of one, and what is beyond all sense by its magnitude."""
    if abs(value) >= _LONGEST_AMOUNT:
        return f"{value:.3g}"
    return f"{value:,.2f}" if value and abs(value) < _SMALL_AMOUNT else f"{value:,.0f}"
