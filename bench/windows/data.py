"""The benchmark's events and their exact answers: deterministic, by integer hashes alone. NumPy and PyArrow.

The generator knows which seat was active on which day before it writes a row. The answers are counted on that table,
by the definition and nothing else: no sorting, no hashing, no spells, no bits, and no row that a contender reads.
"""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from .task import LONG, SHORT

FIRST = date(2026, 1, 1)
"""The first day, a Thursday."""
ROWS_OF_A_GROUP = 250_000
"""Parquet row groups of this size: every tool reads some on each core."""

EVENTS = pa.schema([("day", pa.date32()), ("group_id", pa.int32()), ("user_id", pa.int32())])
ANSWERS = pa.schema([("day", pa.date32()), ("group_id", pa.int32()), ("users_7", pa.int64()), ("users_90", pa.int64())])

_WEEKDAY_LEVEL = (0.97, 1.0, 1.0, 0.97, 0.84, 0.07, 0.05)
"""Monday to Sunday, share of a full working day."""
_LEVEL = 0.777
_NEVER_ACTIVE = 0.1
_LATE, _GONE = 0.15, 0.1
"""Shares of seats that begin after the first day, or end before the last."""

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Size:
    """How much data: pairs of group and user that can be active, days, groups (an even number)."""

    name: str
    seats: int
    days: int
    groups: int

    @property
    def last(self) -> date:
        """The newest day."""
        return FIRST + timedelta(days=self.days - 1)

    def folder(self, data: Path) -> Path:
        """Where its files are: `events.parquet` and `answers.parquet`."""
        return data / f"{self.name}-{self.seats}x{self.days}"


SIZES = {
    "XS": Size("XS", 2_000, 40, 100),
    "M": Size("M", 200_000, 180, 8_000),
    "L": Size("L", 1_000_000, 120, 8_000),
    "XL": Size("XL", 10_000_000, 33, 80_000),
}
"""XS is for trying things; its times say nothing."""


def make(size: Size, data: Path) -> Path:
    """Write a size's files unless they are there; return their folder."""
    folder = size.folder(data)
    if not folder.exists():
        beside = folder.with_suffix(".part")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        seats = np.arange(size.seats, dtype=np.int64)
        groups, active = groups_of(seats, size.groups), activity(seats, size.days)
        _write_events(beside / "events.parquet", groups, active)
        pq.write_table(answers(groups, active, size.groups), beside / "answers.parquet", compression="zstd")
        beside.rename(folder)
    return folder


def groups_of(seats: Ints, groups: int) -> Ints:
    """Each seat's group. Sizes are skewed, and a user's two seats, 2n and 2n + 1, are in neighbouring groups."""
    chance = _uniform(seats // 2, stream=1)
    of_user = (groups * (chance * chance)).astype(np.int64)
    return of_user ^ (seats % 2)


def activity(seats: Ints, days: int) -> Bools:
    """Who was active when, `[days, seats]`: habits from daily to hardly ever, working weeks, joiners and leavers."""
    rank = _uniform(seats, stream=2)
    eager = 0.3 + 0.69 * np.sqrt(np.maximum(rank - _NEVER_ACTIVE, 0) / (1 - _NEVER_ACTIVE))
    habit = np.where(rank < _NEVER_ACTIVE, 0.004, eager) * _LEVEL
    begin = np.maximum(0, days * (1 - (1 - _uniform(seats, stream=3)) / _LATE))
    end = np.minimum(days, days * (1 - _uniform(seats, stream=4)) / _GONE)
    active = np.empty((days, len(seats)), dtype=np.bool_)
    for day in range(days):
        level = _WEEKDAY_LEVEL[(FIRST + timedelta(days=day)).weekday()]
        active[day] = (_uniform(seats, stream=100 + day) < habit * level) & (begin <= day) & (day < end)
    return active


def answers(groups: Ints, active: Bools, number_of_groups: int) -> pa.Table:
    """Per day and group, how many seats were active in the windows that end with the day; none without anyone."""
    tables = []
    for day in range(len(active)):
        counts = []
        for length in (SHORT, LONG):
            in_window = np.logical_or.reduce(active[max(0, day - length + 1) : day + 1])
            counts.append(np.bincount(groups[in_window], minlength=number_of_groups))
        (seen,) = np.nonzero(counts[1])
        columns = [_days(day, len(seen)), seen.astype(np.int32), counts[0][seen], counts[1][seen]]
        tables.append(pa.table(columns, schema=ANSWERS))
    return pa.concat_tables(tables)


def _write_events(file: Path, groups: Ints, active: Bools) -> None:
    """The rows, oldest day first, in no order within a day."""
    group_ids = groups.astype(np.int32)
    with pq.ParquetWriter(file, EVENTS, compression="zstd") as writer:
        for day in range(len(active)):
            (seats,) = np.nonzero(active[day])
            seats = seats[np.argsort(_hash(seats, stream=10_000 + day))]
            columns = [_days(day, len(seats)), group_ids[seats], (seats // 2 + 1).astype(np.int32)]
            writer.write_table(pa.table(columns, schema=EVENTS), row_group_size=ROWS_OF_A_GROUP)


def _days(day: int, count: int) -> pa.Array:
    return pa.array(np.full(count, (FIRST - date(1970, 1, 1)).days + day, dtype=np.int32), pa.date32())


def _uniform(numbers: Ints, stream: int) -> npt.NDArray[np.float64]:
    """A float in [0, 1) for each number: 53 bits of its hash."""
    return (_hash(numbers, stream) >> np.uint64(11)) * 2.0**-53


def _hash(numbers: Ints, stream: int) -> Hashes:
    """SplitMix64 (Steele, Lea, Flood 2014) of each number, one sequence a stream."""
    mixed = numbers.astype(np.uint64) + np.uint64(stream << 40)
    mixed = (mixed + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
