"""A chart as SVG, the same in the PDF and on the page.

Drawn here: the libraries that make SVG of a chart bring a browser's engine with them (vl-convert: 88 MB), for three
lines over a year. Nothing in it is delivered text.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from pipelines.pack.contents import Chart

COLORS = ("#8a94a6", "#2b6cb0", "#0f8a6b")
"""Of purchased, assigned and used licences."""
_WIDTH, _HEIGHT = 700, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 26, 24
_MOST_TICKS = 5
_SHORT_DAYS = 92
_GAP_DAYS = 7
"""Days that are farther apart are not joined: nothing is known between them."""


def chart_svg(chart: Chart, font: str) -> str:
    """The chart, with its legend above, in the given font."""
    step, top = _scale(max((value or 0 for values in chart.lines.values() for value in values), default=0))
    parts = [*_legend(chart), *_counts(step, top), *_months(chart)]
    for (title, values), color in zip(chart.lines.items(), COLORS, strict=True):
        known = [(day, value) for day, value in zip(chart.days, values, strict=True) if value is not None]
        dash = ' stroke-dasharray="6 3"' if title == "Purchased" else ""
        for stretch in _stretches(known):
            points = [f"{_x(chart, day):.1f},{_y(value, top):.1f}" for day, value in stretch]
            if len(points) == 1:
                x, y = points[0].split(",")
                parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{color}"/>')
            else:
                line = f'<polyline points="{" ".join(points)}" fill="none" stroke="{color}" stroke-width="2"{dash}/>'
                parts.append(line)
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    style = f'font-family="{font}" font-size="11" fill="#4a5568"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {style}>{"".join(parts)}</svg>'


def _scale(most: int) -> tuple[int, int]:
    """The step of the axis, 1, 2 or 5 times a power of ten, and the first multiple of it that holds `most`."""
    step = next(
        factor * 10**power for power in range(40) for factor in (1, 2, 5) if factor * 10**power * _MOST_TICKS >= most
    )
    return step, max(-(-most // step), 1) * step


def _x(chart: Chart, day: date) -> float:
    share = (day - chart.first).days / max((chart.last - chart.first).days, 1)
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(value: int, top: int) -> float:
    return _TOP + (1 - value / top) * (_HEIGHT - _TOP - _BOTTOM)


def _stretches(known: Sequence[tuple[date, int]]) -> Iterator[list[tuple[date, int]]]:
    stretch = list(known[:1])
    for (before, _), (day, value) in pairwise(known):
        if (day - before).days > _GAP_DAYS:
            yield stretch
            stretch = []
        stretch.append((day, value))
    if stretch:
        yield stretch


def _legend(chart: Chart) -> Iterator[str]:
    for number, (title, color) in enumerate(zip(chart.lines, COLORS, strict=True)):
        x = _LEFT + 120 * number
        yield f'<rect x="{x}" y="6" width="14" height="4" fill="{color}"/><text x="{x + 19}" y="12">{title}</text>'


def _counts(step: int, top: int) -> Iterator[str]:
    for value in range(0, top + 1, step):
        y = _y(value, top)
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e2e8f0"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(value)}</text>'


def _short(value: int) -> str:
    """Thousands apart; large ones as what fits beside the axis."""
    return f"{value:,}" if value < 100_000 else f"{value:.0e}".replace("e+0", "e").replace("e+", "e")


def _months(chart: Chart) -> Iterator[str]:
    """The firsts of every second month with their years; of a shorter time, each week's Monday."""
    is_short = (chart.last - chart.first).days < _SHORT_DAYS
    day = chart.first + timedelta(days=-chart.first.weekday() % 7) if is_short else _next_first(chart.first)
    while day <= chart.last:
        x, label = _x(chart, day), f"{day.day} {day:%b}" if is_short else f"{day:%b %Y}"
        foot = _HEIGHT - _BOTTOM
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{foot}" y2="{foot + 4}" stroke="#a0aec0"/>'
        yield f'<text x="{x:.1f}" y="{_HEIGHT - 7}" text-anchor="middle">{label}</text>'
        day = day + timedelta(weeks=1) if is_short else _next_first(_next_first(day))


def _next_first(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
