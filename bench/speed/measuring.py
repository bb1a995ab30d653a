"""Timing contenders in turn, each run in a process of its own, so that peak memory and caches are its own."""

import os
import platform
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

Contender = Callable[[], object]


@dataclass(frozen=True)
class Sample:
    """One run: elapsed and processor seconds, and the most memory that its process held, in MiB."""

    seconds: float
    cpu: float
    peak_mib: float


def measure(contender: Contender) -> Sample:
    """Run a function in a forked process.

    Raises:
        RuntimeError: it failed; its traceback is on standard error.
    """
    started = _now()
    child = os.fork()
    if child == 0:
        try:
            contender()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError("a contender failed")
    return Sample(_now() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def command(*arguments: str) -> Contender:
    """The `portfolio` command with these arguments, as a contender."""

    def run() -> None:
        portfolio = os.path.join(os.path.dirname(sys.executable), "portfolio")  # noqa: PTH118, PTH120
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(portfolio, [portfolio, *arguments])  # noqa: S606

    return run


def in_turn(
    contenders: Mapping[str, Contender], runs: int, before_each: Callable[[], object] = lambda: None
) -> dict[str, list[Sample]]:
    """Run every contender once, then all again: load from elsewhere hits them alike. The first round only warms up.

    `before_each` runs before every sample and is not timed.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    for round_number in range(runs + 1):
        for name, contender in contenders.items():
            before_each()
            sample = measure(contender)
            if round_number:
                samples[name].append(sample)
    return samples


def seconds_of(samples: Sequence[Sample]) -> float:
    """The median of the elapsed seconds."""
    return median(sample.seconds for sample in samples)


def report(title: str, samples: Mapping[str, Sequence[Sample]], base: str) -> None:
    """Print a Markdown table: medians, the range of the elapsed seconds, peak memory, and the ratio to `base`."""
    print(f"\n### {title}\n")
    print("| what | seconds (median of runs) | range | CPU seconds | peak memory | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, runs in samples.items():
        times = [run.seconds for run in runs]
        ratio = seconds_of(runs) / seconds_of(samples[base])
        print(
            f"| {name} | {median(times):.2f} ({len(times)}) | {min(times):.2f}-{max(times):.2f} "
            f"| {median(run.cpu for run in runs):.2f} | {max(run.peak_mib for run in runs):,.0f} MiB | {ratio:.2f} |"
        )
    sys.stdout.flush()


def machine() -> str:
    """The machine and the versions, one line."""
    model = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout
    name = next(line.split(":")[1].strip() for line in model.splitlines() if line.startswith("Model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{package} {version(package)}" for package in ("duckdb", "dbt-core", "dagster", "pyarrow"))
    load = os.getloadavg()[1]
    return (
        f"{os.cpu_count()} cores ({name}), {memory:.0f} GiB; Python {platform.python_version()}, {versions}; "
        f"load average of 5 minutes: {load:.1f}"
    )


def _now() -> float:
    return os.times().elapsed
