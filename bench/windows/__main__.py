"""Exact distinct users in sliding windows, by many tools: `python -m bench.windows`, after installing requirements.txt.

Makes the data, runs every contender in turn, compares each result with the exact answers, and writes results.json.
`--write` makes page and chart from that file, and runs nothing.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .data import FIRST, SIZES, Size, make
from .page import write_page
from .registry import CONTENDERS, Contender
from .results import RESULTS, Results, circumstances, load, runs_of, save
from .running import install, run
from .task import Failure, Run, Task

LONG_RUN = 10.0
"""Seconds from which a run is not repeated."""


def main() -> None:
    """Run, and keep what was measured after every run."""
    arguments = _arguments()
    if arguments.write:
        write_page(load(RESULTS))
        return
    arguments.data.mkdir(parents=True, exist_ok=True)
    earlier = load(arguments.output).sizes if arguments.keep and arguments.output.exists() else {}
    results = Results(circumstances(arguments.threads, arguments.memory, arguments.timeout), earlier)
    chosen = [contender for contender in CONTENDERS if contender.key in arguments.only]
    for contender in chosen:
        install(contender, arguments.data)
    given_up: dict[str, list[Run] | Failure] = {}
    for name in arguments.sizes:
        keep = partial(_keep, results, name, arguments.output)
        measured = measure(SIZES[name], chosen, arguments, given_up, keep)
        given_up |= {
            key: Failure(f"not tried: failed at {name}") for key, of_it in measured.items() if not runs_of(of_it)
        }


def measure(
    size: Size,
    chosen: list[Contender],
    arguments: argparse.Namespace,
    given_up: dict[str, list[Run] | Failure],
    keep: Callable[[str, list[Run] | Failure], object],
) -> dict[str, list[Run] | Failure]:
    """The runs of the contenders in turn; one that failed, or whose run took long, is not run again.

    `keep` is told what there is of a contender after each run: an interruption leaves what was measured so far.
    """
    folder = make(size, arguments.data)
    found = dict(given_up)
    for key, outcome in found.items():
        keep(key, outcome)
    for number in range(arguments.runs):
        for contender in chosen:
            before = found.get(contender.key, [])
            if isinstance(before, Failure) or (before and before[0].seconds > LONG_RUN):
                continue
            # The files are in the system's cache for all, not for those alone who come later.
            (folder / "events.parquet").read_bytes()
            ended = _run(contender, size, folder, arguments)
            print(f"{size.name} {contender.key} {number + 1}: {ended}", file=sys.stderr, flush=True)
            found[contender.key] = ended if isinstance(ended, Failure) else [*before, ended]
            keep(contender.key, found[contender.key])
    return found


def _keep(results: Results, size: str, file: Path, key: str, outcome: list[Run] | Failure) -> None:
    results.sizes.setdefault(size, {})[key] = outcome
    save(results, file)


def _run(contender: Contender, size: Size, folder: Path, arguments: argparse.Namespace) -> Run | Failure:
    task = Task(
        events=str(folder / "events.parquet"),
        answers=str(folder / "answers.parquet"),
        first=FIRST,
        last=size.last,
        threads=arguments.threads,
        memory_gib=arguments.memory,
        spill=tempfile.mkdtemp(dir=arguments.data, prefix="spill-"),
    )
    ended = run(contender, task, arguments.data, arguments.timeout, arguments.most_memory)
    if isinstance(ended, Run) and contender.exact and ended.wrong:
        return Failure(f"{ended.wrong} cells are wrong")
    return ended


def _arguments() -> argparse.Namespace:
    keys = [contender.key for contender in CONTENDERS]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parser = argparse.ArgumentParser(prog="python -m bench.windows", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", nargs="+", default=["M", "L", "XL"], choices=list(SIZES), help="sizes to run")
    parser.add_argument("--only", nargs="+", default=keys, choices=keys, metavar="KEY", help=", ".join(keys))
    parser.add_argument("--runs", type=int, default=3, help="runs of each; medians count")
    parser.add_argument("--timeout", type=float, default=60, help="seconds that a contender may take for one run")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each contender")
    parser.add_argument("--memory", type=float, default=4, help="GiB, the limit of tools that have such a setting")
    parser.add_argument("--most-memory", type=float, default=memory * 3 / 4, help="GiB at which a process is ended")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "bench-windows", help="data folder")
    parser.add_argument("--output", type=Path, default=RESULTS, help="file for the results")
    parser.add_argument("--keep", action="store_true", help="keep earlier results of sizes and contenders not run now")
    parser.add_argument("--write", action="store_true", help="run nothing: write page and chart from the results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
