"""Bars and sparklines of licence figures, in colour on a terminal and told apart by their shapes everywhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

NARROWEST, WIDEST = 8, 40
_STEPS = "▁▂▃▄▅▆▇█"
_ASCII_STEPS = "_.-=+*%#"


@dataclass(frozen=True)
class Part:
    """One part of a bar: its name in the legend, its shape, and its colour."""

    name: str
    shape: str
    ascii_shape: str
    style: str


PARTS = (
    Part("used", "█", "#", "green"),
    Part("assigned, not used", "▓", "=", "yellow"),
    Part("available", "░", ".", "bright_black"),
    Part("over the limit", "▞", "!", "bold red"),
)


@dataclass(frozen=True)
class LicenseBar:
    """Licences of a subscription as one stacked bar, as wide as its column; `used` may exceed `assigned`."""

    total: int
    assigned: int
    used: int | None
    """None where no usage was delivered: then nothing is drawn as used."""

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Licences in each of `PARTS`; the sum is the larger of total and assigned.

        Used licences are drawn up to the assigned ones. Licences over the limit are drawn as such, used or not.
        """
        within = min(self.assigned, self.total)
        used = min(self.used or 0, within)
        return used, within - used, self.total - within, self.assigned - within

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The bar, in the width that is given."""
        cells = stack(self.counts, min(options.max_width, WIDEST))
        yield Text.assemble(
            *((_shape(part, options) * count, part.style) for part, count in zip(PARTS, cells, strict=True))
        )

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Any width between the narrowest that reads well and the widest that helps."""
        return Measurement(NARROWEST, WIDEST)


def stack(counts: Sequence[int], width: int) -> tuple[int, ...]:
    """Cells of each part of a bar of `width` cells, by largest remainder; a part that is not 0 has one at least.

    All 0 where there is nothing to draw. `width` must not be less than the number of parts.
    """
    whole = sum(counts)
    if whole == 0:
        return (0,) * len(counts)
    exact = [count * width / whole for count in counts]
    cells = [max(1, int(share)) if share > 0 else 0 for share in exact]
    while sum(cells) < width:
        cells[max(range(len(cells)), key=lambda part: exact[part] - cells[part])] += 1
    while sum(cells) > width:
        shrinkable = [part for part, count in enumerate(cells) if count > 1]
        cells[max(shrinkable, key=lambda part: cells[part] - exact[part])] -= 1
    return tuple(cells)


@dataclass(frozen=True)
class Legend:
    """The parts of a bar, named."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """One line."""
        line = Text()
        for part in PARTS:
            line.append(_shape(part, options), part.style).append(f" {part.name}   ", "dim")
        line.rstrip()
        yield line


@dataclass(frozen=True)
class Sparkline:
    """Values in order as one character each, scaled from their smallest to their largest; None is a gap."""

    values: tuple[float | None, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """One line, as long as there are values."""
        yield Text(sparkline(self.values, _ASCII_STEPS if options.ascii_only else _STEPS), style="cyan")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """One cell a value."""
        return Measurement(len(self.values), len(self.values))


def sparkline(values: Iterable[float | None], steps: str = _STEPS) -> str:
    """A character of `steps` for each value, a space for None; the middle one where all values are equal."""
    shown = tuple(values)
    known = [value for value in shown if value is not None]
    if not known:
        return " " * len(shown)
    low, high = min(known), max(known)
    span = high - low

    def step(value: float | None) -> str:
        if value is None:
            return " "
        if span == 0:
            return steps[len(steps) // 2]
        return steps[round((value - low) / span * (len(steps) - 1))]

    return "".join(step(value) for value in shown)


def _shape(part: Part, options: ConsoleOptions) -> str:
    return part.ascii_shape if options.ascii_only else part.shape
