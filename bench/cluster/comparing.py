"""The same command on the same lake, by DuckDB on this machine and by a cluster of processes on it, in turn."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench.speed.tiers import FIRST, Tier, lake_files
from tests.spark.cluster import Cluster, spark_environment

from .building import USAGE_DAYS_BEFORE
from .stages import work_between
from .watching import Watch

ENGINES = ("duckdb", "spark")


@dataclass(frozen=True)
class Run:
    """One run: seconds of dbt's run of all models, processor seconds and memory of the process and the cluster's.

    `work` is what executors did.
    """

    tier: str
    days: int
    models: Sequence[str]
    engine: str
    usage_rows: int
    seconds: float
    cpu: float
    peak_mib: float
    work: Mapping[str, float]


@dataclass(frozen=True)
class Task:
    """What is compared: the newest days of a tier, and models as dbt selects them; all when none."""

    tier: Tier
    days: int
    models: tuple[str, ...]


def compare(tasks: Iterable[Task], data: Path, cluster: Cluster, events: Path, runs: int, results: Path) -> None:
    """Do each task by both engines in turn, and write each run as it ends.

    Args:
        events: where Spark writes its events.
    """
    for task in tasks:
        for _ in range(runs):
            for engine in ENGINES:
                run = _run(task, engine, data, cluster, events)
                print(run, file=sys.stderr, flush=True)
                with results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(run)) + "\n")


def _run(task: Task, engine: str, data: Path, cluster: Cluster, events: Path) -> Run:
    tier = task.tier
    first = max(tier.last - timedelta(days=task.days - 1), FIRST)
    command = [sys.executable, "-m", "bench.cluster.building", "--engine", engine]
    command += ["--home", str(tier.loaded_home(data)), "--schema", f"bench_{tier.name.lower()}_{task.days}"]
    command += ["--first", str(first), "--last", str(tier.last), "--select", *task.models]
    environment = spark_environment(cluster.configuration) | {"SPARK_REMOTE": cluster.remote}
    before = time.time()
    with Watch(of_all=engine == "spark") as watch:
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    seconds = json.loads(done.stdout.splitlines()[-1])["models"]
    logs = [file for file in events.rglob("*") if file.is_file()] if engine == "spark" else []
    work = work_between(logs, before, time.time()).named() if logs else {}
    rows = usage_rows(tier, data, task.days)
    return Run(tier.name, task.days, task.models, engine, rows, seconds, watch.cpu, watch.peak_mib, work)


def table(results: Path) -> list[str]:
    """The measured runs as Markdown: medians side by side, and the cluster's as a multiple of the machine's."""
    runs = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    columns = "tier | days | models | CPU seconds: machine | cluster | ratio | seconds: machine | cluster | ratio"
    lines = [
        f"| {columns} | memory: machine | cluster |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    of_task: dict[tuple[str, int, str], dict[str, list[Any]]] = {}
    for run in runs:
        task = run["tier"], run["days"], " ".join(run["models"]) or "all"
        of_task.setdefault(task, {}).setdefault(run["engine"], []).append(run)
    for (tier, days, models), engines in of_task.items():
        if engines.keys() == set(ENGINES):
            cells = [f"| {tier} | {days} | {models} "]
            for what in ("cpu", "seconds"):
                mine, theirs = (median(run[what] for run in engines[engine]) for engine in ENGINES)
                cells.append(f"| {mine:.1f} | {theirs:.1f} | {theirs / mine:.1f} ")
            cells += [f"| {max(run['peak_mib'] for run in engines[engine]):,.0f} MiB " for engine in ENGINES]
            lines.append("".join(cells) + "|")
    return lines


def usage_rows(tier: Tier, data: Path, days: int) -> int:
    """How many usage rows a build of the newest days looks back on."""
    import duckdb

    from expectations.contract import LICENSE_USAGE

    first = tier.last - timedelta(days=days - 1 + USAGE_DAYS_BEFORE)
    rows = lake_files(tier.loaded_home(data), LICENSE_USAGE.name)
    (count,) = duckdb.execute(f"select count(*) from {rows} where activity_date >= date '{first}'").fetchone() or (0,)
    return int(count)
