"""The chart: for each size a column of bars, seconds on a logarithmic scale. SVG by hand, no library."""

import math
from xml.sax.saxutils import escape

from .registry import CONTENDERS, Contender
from .results import Results, middle
from .task import Failure

WIDTH, LABELS, ROW, TOP = 1180, 350, 24, 74
OURS, EXACT, APPROXIMATE, INK, FAINT = "#0b6e4f", "#7a8ca3", "#d9a441", "#1c2530", "#8a94a0"
LEAST = 0.1
"""Seconds where bars begin."""


def draw(results: Results) -> str:
    """The SVG's text. Rows in the order of the largest size that has most times; a failure is said in words."""
    sizes = list(results.sizes)
    rows = _rows(results, sizes)
    height = TOP + ROW * len(rows) + 20
    panel = (WIDTH - LABELS) / max(1, len(sizes))
    times = [seconds for size in sizes for row in rows if (seconds := _seconds(results, size, row))]
    most = max([*times, 1.0])
    extent = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {extent} font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(
            12, 24, "Distinct users in 7 and 90 day windows: seconds, shorter is better, logarithmic", INK, bold=True
        ),
    ]
    for place, (colour, label) in enumerate(((OURS, "ours"), (EXACT, "exact"), (APPROXIMATE, "approximate"))):
        x = WIDTH - 290 + 90 * place
        parts += [f'<rect x="{x}" y="14" width="12" height="12" fill="{colour}"/>', _text(x + 17, 25, label, INK)]
    for number, size in enumerate(sizes):
        left = LABELS + number * panel
        parts.append(_text(left, TOP - 16, size, INK, bold=True))
        for place, row in enumerate(rows):
            parts += _bar(results, size, row, left, TOP + ROW * place, panel - 92, most)
    for place, row in enumerate(rows):
        parts.append(_text(LABELS - 10, TOP + ROW * place + 14, f"{row.tool}: {row.idea}", INK, end=True))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _rows(results: Results, sizes: list[str]) -> list[Contender]:
    known = [row for row in CONTENDERS if any(row.key in results.sizes[size] for size in sizes)]

    def rank(row: Contender) -> tuple[float, ...]:
        times = [_seconds(results, size, row) for size in reversed(sizes)]
        return (sum(time is None for time in times), *(time or math.inf for time in times))

    return sorted(known, key=rank)


def _seconds(results: Results, size: str, row: Contender) -> float | None:
    return middle(results.sizes[size].get(row.key), "seconds")


def _bar(results: Results, size: str, row: Contender, left: float, y: float, room: float, most: float) -> list[str]:
    seconds = _seconds(results, size, row)
    if seconds is None:
        outcome = results.sizes[size].get(row.key)
        return [_text(left, y + 14, outcome.reason[:34] if isinstance(outcome, Failure) else "not run", FAINT)]
    length = max(2.0, room * math.log(max(seconds, LEAST) / LEAST) / math.log(most / LEAST))
    colour = OURS if row.idea.endswith("(ours)") else EXACT if row.exact else APPROXIMATE
    return [
        f'<rect x="{left:.1f}" y="{y + 2:.1f}" width="{length:.1f}" height="{ROW - 7}" fill="{colour}"/>',
        _text(left + length + 5, y + 15, f"{seconds:.1f}" if seconds >= 10 else f"{seconds:.2f}", INK),
    ]


def _text(x: float, y: float, text: str, colour: str, *, bold: bool = False, end: bool = False) -> str:
    more = (' font-weight="bold"' if bold else "") + (' text-anchor="end"' if end else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{more}>{escape(text)}</text>'
