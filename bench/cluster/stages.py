"""What executors read, handed over and spilled, from the events that Spark writes."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass
class Work:
    """Sums over the tasks of a time. Bytes are as they are written, compressed; times are in seconds."""

    tasks: int = 0
    executor_cpu: float = 0
    read_bytes: int = 0
    read_rows: int = 0
    shuffle_bytes: int = 0
    shuffle_rows: int = 0
    spilled_bytes: int = 0
    largest_stage_shuffle: int = 0
    _by_stage: dict[int, int] = field(default_factory=dict, repr=False)

    def add(self, stage: int, metrics: dict[str, Any]) -> None:
        """Count a task that ended."""
        shuffled = metrics["Shuffle Write Metrics"]
        self.tasks += 1
        self.executor_cpu += metrics["Executor CPU Time"] / 1e9
        self.read_bytes += metrics["Input Metrics"]["Bytes Read"]
        self.read_rows += metrics["Input Metrics"]["Records Read"]
        self.shuffle_bytes += shuffled["Shuffle Bytes Written"]
        self.shuffle_rows += shuffled["Shuffle Records Written"]
        self.spilled_bytes += metrics["Disk Bytes Spilled"]
        self._by_stage[stage] = self._by_stage.get(stage, 0) + shuffled["Shuffle Bytes Written"]
        self.largest_stage_shuffle = max(self._by_stage.values())

    def named(self) -> dict[str, float]:
        """All of it by name."""
        return {item.name: getattr(self, item.name) for item in fields(self) if not item.name.startswith("_")}


def work_between(logs: Iterable[Path], first: float, last: float) -> Work:
    """The tasks that ended between two times, in seconds since 1970."""
    work = Work()
    for log in logs:
        for line in log.open(encoding="utf-8"):
            if '"SparkListenerTaskEnd"' not in line:
                continue
            event = json.loads(line)
            if first <= event["Task Info"]["Finish Time"] / 1000 <= last and event.get("Task Metrics"):
                work.add(event["Stage ID"], event["Task Metrics"])
    return work
