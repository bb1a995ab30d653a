"""The page's tables and the chart, from the results."""

from collections.abc import Sequence
from pathlib import Path

from . import chart
from .data import SIZES
from .registry import CONTENDERS, Contender
from .results import Results, middle, runs_of
from .task import Failure

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmark-windows.md"
CHART = ROOT / "docs" / "images" / "benchmark-windows.svg"
BEGIN, END = "<!-- results: python -m bench.windows --write -->", "<!-- end of results -->"


def write_page(results: Results, page: Path = PAGE, picture: Path = CHART) -> None:
    """Rewrite what stands between the page's two markers, and the chart."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{tables(results)}\n\n{END}{after}")
    picture.write_text(chart.draw(results))


def tables(results: Results) -> str:
    """A table for each size, fastest first, and who is first."""
    parts = []
    for name, size in SIZES.items():
        if name not in results.sizes:
            continue
        of_size = results.sizes[name]
        rows = next((runs[0].rows for runs in map(runs_of, of_size.values()) if runs), 0)
        parts.append(
            f"### {name}: {size.seats:,} seats, {size.days} days, {size.groups:,} groups, {rows:,} answers\n\n"
            "| tool | way | seconds | CPU seconds | peak memory | lines of code | error, mean and largest |\n"
            "| --- | --- | ---: | ---: | ---: | ---: | --- |\n"
            + "\n".join(_row(contender, results, name) for contender in by_time(results, name))
            + f"\n\n{first_exact(results, name)}"
        )
    return "\n\n".join([*parts, f"{results.circumstances}."])


def by_time(results: Results, size: str) -> list[Contender]:
    """The contenders of a size, fastest first, those without a time last."""
    of_size = results.sizes[size]
    known = [contender for contender in CONTENDERS if contender.key in of_size]
    times = {contender.key: middle(of_size[contender.key], "seconds") for contender in known}
    return sorted(known, key=lambda contender: times[contender.key] or float("inf"))


def first_exact(results: Results, size: str) -> str:
    """Who is first among the exact ones, and how ours compares."""
    exact = [contender for contender in by_time(results, size) if contender.exact]
    seconds = {contender.key: middle(results.sizes[size][contender.key], "seconds") for contender in exact}
    first, ours = exact[0], seconds.get("ours")
    said = f"First among the exact ones: **{first.tool}, {first.idea}**."
    if first.idea.endswith("(ours)") or not ours or not seconds[first.key]:
        return said
    return f"{said} Ours in DuckDB 1.5 takes {ours / (seconds[first.key] or ours):.1f} times as long."


def _row(contender: Contender, results: Results, size: str) -> str:
    outcome = results.sizes[size][contender.key]
    if isinstance(outcome, Failure):
        cells: Sequence[str] = (outcome.reason, "", "", str(contender.lines), "")
    else:
        error = "exact" if contender.exact else f"{outcome[0].mean_error:.2%}, {outcome[0].largest_error:.0%}"
        seconds, cpu, peak = (middle(outcome, figure) or 0 for figure in ("seconds", "cpu_seconds", "peak_mib"))
        cells = (f"{seconds:.2f}", f"{cpu:.2f}", f"{peak:,.0f} MiB", str(contender.lines), error)
    name = f"**{contender.idea}**" if contender.idea.endswith("(ours)") else contender.idea
    return f"| {contender.tool} | {name} | {' | '.join(cells)} |"
