"""What a contender is given, and what one run of it was; standard library only."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

Rows = Callable[[], Any]
"""A contender's answer, when the tool has it in memory: hands it over as an Arrow table, which is not timed."""

SHORT, LONG = 7, 90
"""The windows' lengths in days; a day's window ends with the day itself."""


@dataclass(frozen=True)
class Task:
    """Events to read, the days to answer for, and what may be used."""

    events: str
    """A Parquet file: day (date), group_id and user_id (int32), no pair of them twice a day."""
    answers: str
    first: date
    """The events' first day, and the first one to answer for."""
    last: date
    threads: int
    memory_gib: float
    """The limit to set where a tool has one."""
    spill: str
    """An empty folder for what a tool writes."""

    @property
    def first_number(self) -> int:
        """The first day as days since 1970-01-01, as Arrow's date32 counts."""
        return (self.first - date(1970, 1, 1)).days

    @property
    def days(self) -> list[date]:
        """The days to answer for."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def to_json(self) -> str:
        """One line, for a contender's process."""
        return json.dumps(asdict(self), default=str)


def task_from_json(text: str) -> Task:
    """The inverse of `Task.to_json`."""
    fields: dict[str, Any] = json.loads(text)
    days = {name: date.fromisoformat(fields[name]) for name in ("first", "last")}
    return Task(**fields | days)


@dataclass(frozen=True)
class Run:
    """One run of a contender.

    Times and peak are of its process from the open file to the answer in the tool's memory, imports apart. `wrong` is
    the number of cells that are not exact; the errors are relative, of the cells of both windows.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: int
    rows: int
    wrong: int
    mean_error: float
    largest_error: float


@dataclass(frozen=True)
class Failure:
    """Why a contender has no figures: out of time, out of memory, or what it said."""

    reason: str
