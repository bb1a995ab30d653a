"""A contender's process: `python -m bench.windows.solving KEY < task.json`. It ends with the run, as a line of JSON."""

import importlib
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import pyarrow as pa

from .checking import compare
from .task import Run, Task, task_from_json


def main() -> None:
    """Solve the task on standard input with the contender that the argument names."""
    task = task_from_json(sys.stdin.read())
    print(json.dumps(asdict(run(contender_module(sys.argv[1]), task))), flush=True)
    os._exit(0)  # what a tool does when it is torn down is not of interest, and some of them crash


def contender_module(key: str) -> ModuleType:
    """The module with the contender's `solve`; importing it imports the tool, which is not timed."""
    return importlib.import_module(f"{__package__}.contenders.{key}")


def run(contender: ModuleType, task: Task) -> Run:
    """Solve once, then compare with the answers, untimed."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = contender.solve(task)
    seconds, cpu_seconds, peak = time.perf_counter() - wall, time.process_time() - cpu, peak_mib()
    found: pa.Table = rows()
    return Run(seconds, cpu_seconds, peak, found.num_rows, *compare(found, task.answers))


def peak_mib() -> int:
    """The most memory that this process has held, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the parent's memory at the fork, too
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) // 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 2**20 if sys.platform == "darwin" else peak // 1024


if __name__ == "__main__":
    main()
