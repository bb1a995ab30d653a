"""The day of a file, from its name or folder, and the days of rows, from a column."""

from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute

from expectations.sql_text import sql_text
from planning.days import EARLIEST_PARTITION
from sources.mapping.columns import groups
from sources.mapping.model import Day
from sources.mapping.tables import arrow
from sources.readers.errors import UnreadableFileError

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions


def day_of_name(con: duckdb.DuckDBPyConnection, declared: Day, relative: str, today: date) -> date:
    """The day that a file's name, or its folder's path, says.

    Args:
        con: as `operations.engine` makes it.
        relative: the file's path below the inbox.
        today: no day is after it.

    Raises:
        UnreadableFileError: it says none.
    """
    path = PurePosixPath(relative)
    what, text = ("name", path.name) if declared.name is not None else ("folder", str(path.parent))
    pattern = declared.name or declared.folder or ""
    group = 1 if groups(pattern) else 0
    days = ", ".join(f"possible(cast(try_strptime(v, {sql_text(form)}) as date))" for form in declared.format)
    (found,) = con.execute(
        f"select coalesce({days}) from (select regexp_extract({sql_text(text)}, {sql_text(pattern)}, {group}) as v)"
    ).fetchone() or (None,)
    if found is None:
        raise UnreadableFileError(f"has no day in its {what} {text!r}, by {pattern} and {', '.join(declared.format)}")
    return possible_day(found, today)


def possible_day(day: date, today: date) -> date:
    """The day, where partitions can be of it.

    Raises:
        UnreadableFileError: it is before the first day that partitions reach, or in the future.
    """
    if day < EARLIEST_PARTITION:
        raise UnreadableFileError(f"is of {day}, before {EARLIEST_PARTITION}, the first day that is read")
    if day > today:
        raise UnreadableFileError(f"is of {day}, in the future (UTC)")
    return day


def as_days(texts: Any) -> Any:
    """Texts of the form YYYY-MM-DD as Arrow days; others, and what is no day, are null."""
    encoded = texts.dictionary_encode()
    return arrow.array([_day(text) for text in encoded.dictionary.to_pylist()], pa.date32()).take(encoded.indices)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-01") else None
    except ValueError:
        return None


def by_day(days: Any, first: date, last: date) -> Iterator[tuple[date | None, Any]]:
    """The rows of each day, as their places in rising order; None: those of no day of first..last."""
    inside = pc.and_(pc.greater_equal(days, first), pc.less_equal(days, last))
    kept = pc.if_else(pc.fill_null(inside, False), days, None)
    numbers = (
        pc.fill_null(kept.cast(pa.int32()), np.iinfo(np.int32).min).to_numpy(zero_copy_only=False).astype(np.int64)
    )
    if not len(numbers):
        return
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order], prepend=numbers[order[0]] - 1))
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        places = order[start:end]
        yield kept[int(places[0])].as_py(), places
