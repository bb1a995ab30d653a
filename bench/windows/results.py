"""What was measured, as a JSON file that is committed."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from .task import Failure, Run

RESULTS = Path(__file__).with_name("results.json")
PACKAGES = ("duckdb", "polars", "datafusion", "chdb", "pandas", "numpy", "datasketches", "pyarrow")

Outcome = list[Run] | Failure


@dataclass(frozen=True)
class Results:
    """Runs or failures by size and contender, and what they were measured with."""

    circumstances: str
    sizes: dict[str, dict[str, Outcome]]


def runs_of(outcome: Outcome | None) -> list[Run]:
    """The runs; none of a failure."""
    return outcome if isinstance(outcome, list) else []


def middle(outcome: Outcome | None, figure: str) -> float | None:
    """The median of a figure of the runs, None of a failure."""
    runs = runs_of(outcome)
    return median(getattr(run, figure) for run in runs) if runs else None


def save(results: Results, file: Path) -> None:
    """Write the file; times are kept to the hundredth of a second."""
    held = {
        size: {key: _as_json(outcome) for key, outcome in of_size.items()} for size, of_size in results.sizes.items()
    }
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps({"circumstances": results.circumstances, "sizes": held}, indent=1) + "\n")
    beside.replace(file)  # whoever interrupts a run finds a whole file


def load(file: Path) -> Results:
    """The inverse of `save`."""
    held = json.loads(file.read_text())
    sizes = {
        size: {key: _from_json(outcome) for key, outcome in of_size.items()} for size, of_size in held["sizes"].items()
    }
    return Results(held["circumstances"], sizes)


def circumstances(threads: int, memory_gib: float, timeout: float) -> str:
    """Machine, limits and versions, one line."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB; {threads} threads, {memory_gib:g} GiB where a tool has a"
        f" limit, {timeout:.0f} seconds; Python {platform.python_version()}, {packages};"
        f" load average of 15 minutes {os.getloadavg()[2]:.1f}"
    )


def _as_json(outcome: Outcome) -> object:
    if isinstance(outcome, Failure):
        return {"failure": outcome.reason}
    digits = {"seconds": 2, "cpu_seconds": 2, "mean_error": 5, "largest_error": 4}
    return [
        {name: round(value, digits.get(name, 0)) if name in digits else value for name, value in asdict(run).items()}
        for run in outcome
    ]


def _from_json(held: object) -> Outcome:
    if isinstance(held, dict):
        return Failure(held["failure"])
    assert isinstance(held, list)  # noqa: S101  save wrote one or the other
    return [Run(**run) for run in held]
