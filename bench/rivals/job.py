"""What every contender is given, as one JSON file, and what it answers; standard library only.

A contender is a script with the job's path as its argument. It leaves `<mart>.parquet` of the compared marts in
the job's folder, and its last line of output is how long it took and how much memory it needed.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

COMPARED_MARTS = ("license_positions", "portfolio_kpis")
TOLERANCE = 1e-9
"""Fractions that differ by less are equal."""


@dataclass(frozen=True)
class Job:
    """A window of as-of dates, the lake files that it looks back on, and the settings in force."""

    folder: Path
    first: date
    last: date
    blocked: tuple[date, ...]
    files: dict[str, list[str]]
    environment: dict[str, str]
    """What the dbt project reads, `PORTFOLIO_*`; a database is at PORTFOLIO_WAREHOUSE, with the views raw.<dataset>."""

    @property
    def warehouse(self) -> Path:
        """The DuckDB file to build in."""
        return Path(self.environment["PORTFOLIO_WAREHOUSE"])

    @property
    def requested_days(self) -> list[date]:
        """The as-of dates asked for, without blocked ones."""
        span = (self.last - self.first).days + 1
        return [day for day in (self.first + timedelta(days=n) for n in range(span)) if day not in self.blocked]

    @property
    def seen_days(self) -> list[date]:
        """The requested days and those a week before them, which weekly changes compare with; without blocked ones."""
        week_before = {day - timedelta(days=7) for day in self.requested_days} - set(self.blocked)
        return sorted(week_before.union(self.requested_days))

    def setting(self, name: str) -> str:
        """A setting by its name without the prefix."""
        return self.environment[f"PORTFOLIO_{name}"]

    def result(self, mart: str) -> Path:
        """Where a mart's rows are left for comparison."""
        return self.folder / f"{mart}.parquet"

    def save(self) -> Path:
        """Write the job into its folder."""
        path = self.folder / "job.json"
        path.write_text(json.dumps(asdict(self), default=str))
        return path


def load_job(path: str) -> Job:
    """Read a job."""
    fields = json.loads(Path(path).read_text())
    return Job(
        folder=Path(fields["folder"]),
        first=date.fromisoformat(fields["first"]),
        last=date.fromisoformat(fields["last"]),
        blocked=tuple(map(date.fromisoformat, fields["blocked"])),
        files=fields["files"],
        environment=fields["environment"],
    )


@contextmanager
def timed() -> Iterator[None]:
    """Report the time of a block, wall and CPU, and this process's peak memory in MiB (of Linux)."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    # getrusage would count the parent's memory at the fork, too.
    status = Path("/proc/self/status").read_text().splitlines()
    peak_kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    found = {
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mib": peak_kib // 1024,
    }
    print(json.dumps(found))
