"""The same marts by other means: `python -m bench.rivals --home HOME --from FIRST --to LAST`.

Those with an implementation of their own have to agree with the naive one first. Then every contender builds from the
same lake, is compared with ours row by row, and is timed in turn with the others. The result is a Markdown table.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median

from .agreement import DATA_FRAMES, require_agreement
from .comparing import differences
from .contenders import CONTENDERS, Contender, environment
from .job import COMPARED_MARTS, Job
from .workload import export, make_job, reset

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """One timed run."""

    seconds: float
    cpu_seconds: float
    peak_mib: int


def main() -> None:
    """Compare, time, and print the table."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(dir=arguments.work, prefix="rivals-") as folder:
        chosen = [contender for contender in CONTENDERS if contender.key in arguments.only]
        require_agreement([contender for contender in chosen if contender.key in DATA_FRAMES], Path(folder))
        races = [
            race
            for contender in CONTENDERS
            if contender.key == "ours" or contender.key in arguments.only
            for race in _races(contender, Path(folder), arguments)
        ]
        loads = [os.getloadavg()[0]]
        for number in range(arguments.runs):
            for race in races:
                race.run(against=races[0], compare=number == 0)
            loads.append(os.getloadavg()[0])
        print(report(races, (arguments.last - arguments.first).days + 1, loads))


class Race:
    """A contender on a window, and its runs so far."""

    def __init__(self, contender: Contender, job: Job) -> None:
        self.contender, self.job = contender, job
        self.command = contender.prepare(job)
        self.runs: list[Run] = []

    def run(self, against: "Race", compare: bool) -> None:
        """Build once more from scratch.

        Raises:
            SystemExit: it failed, or `compare` found rows that are not those of `against`.
        """
        reset(self.job)
        ran = subprocess.run(
            self.command, cwd=ROOT, env=environment(self.job), capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise SystemExit(f"{self.contender.name} failed: {(ran.stdout + ran.stderr)[-2000:]}")
        self.runs.append(Run(**json.loads(ran.stdout.splitlines()[-1])))
        print(f"{self.contender.key}: {self.runs[-1]}", file=sys.stderr)
        if compare:
            export(self.job)
            for mart in COMPARED_MARTS:
                if found := differences(mart, against.job.result(mart), self.job.result(mart), self.job.first):
                    raise SystemExit(f"{self.contender.name} made other rows than ours: {'; '.join(found)}")

    def median(self, figure: str) -> float:
        """The median of a figure of the runs."""
        return median(getattr(run, figure) for run in self.runs)


def _races(contender: Contender, folder: Path, arguments: argparse.Namespace) -> list[Race]:
    """The windows that a contender runs on: the whole one, or two short ones to extrapolate from."""
    firsts = [arguments.first]
    if contender.by_batches and arguments.batch_days:
        firsts = [arguments.last - timedelta(days=days - 1) for days in arguments.batch_days]
    return [
        Race(contender, make_job(arguments.home, folder / f"{contender.key}-{first}", first, arguments.last))
        for first in firsts
    ]


def report(races: Sequence[Race], days: int, loads: Sequence[float]) -> str:
    """The table, and what it was measured with."""
    lines = [
        "| contender | marts | seconds | of ours | CPU seconds | of ours | peak memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for contender in dict.fromkeys(race.contender for race in races):
        of_it = [race for race in races if race.contender == contender]
        peak = max(run.peak_mib for race in of_it for run in race.runs)
        row = [contender.name + (" (extrapolated)" if len(of_it) > 1 else ""), str(contender.marts)]
        for figure in ("seconds", "cpu_seconds"):
            taken = for_all_days(of_it, figure, days)
            row += [f"{taken:.1f}", f"{taken / races[0].median(figure):.2f}x"]
        lines.append(f"| {' | '.join(row)} | {peak} MiB |")
    packages = ", ".join(f"{name} {version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb"))
    circumstances = (
        f"{days} as-of days, medians of {len(races[0].runs)} runs in turn; {_machine()};"
        f" Python {platform.python_version()}, {packages}; load {min(loads):.1f} … {max(loads):.1f}."
    )
    return "\n".join([*lines, "", circumstances])


def for_all_days(races: Sequence[Race], figure: str, days: int) -> float:
    """A figure's median over the whole window, extrapolated where a shorter and a longer one were run."""
    if len(races) == 1:
        return races[0].median(figure)
    (short_days, short), (long_days, long) = sorted(
        ((race.job.last - race.job.first).days + 1, race.median(figure)) for race in races
    )
    return long + (long - short) / (long_days - short_days) * (days - long_days)


def _machine() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model or platform.machine()}, {memory:.0f} GiB, {platform.system()}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rivals", description=(__doc__ or "").split("\n")[0])
    keys = [contender.key for contender in CONTENDERS]
    parser.add_argument("--home", type=Path, required=True, help="home folder with the lake loaded")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="first as-of date")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True, help="last as-of date")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender")
    parser.add_argument("--only", nargs="+", default=keys, choices=keys, help="contenders beside ours")
    parser.add_argument(
        "--batch-days",
        nargs=2,
        type=int,
        metavar=("SHORT", "LONG"),
        help="run dbt microbatch on so many last days, and extrapolate",
    )
    parser.add_argument("--work", type=Path, help="folder for what the contenders write; the system's when absent")
    return parser.parse_args()


if __name__ == "__main__":
    main()
