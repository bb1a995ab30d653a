"""Which rows go to which days: all to one, by a column, or by a history."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute

from expectations.contract import DATASETS
from expectations.given_rows import give, take_back
from planning.days import EARLIEST_PARTITION, days_between
from sources.mapping.day_files import DayFiles
from sources.mapping.days import as_days, by_day
from sources.mapping.model import Feed, History
from sources.mapping.tables import arrow, is_empty

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

FROM, TO, DAY = "valid_from_text", "valid_to_text", "day_text"
"""Columns of a mapped piece beside the dataset's: the days as text that their rows are placed by."""
NO_DAY = "(empty)"
_EVER = (date(1, 1, 1), date(9999, 12, 31))
_BATCH = 16_384


def history_days(history: History, last_over: date) -> list[date]:
    """The days of which a history makes snapshots: those of its range that are over."""
    first = max(history.first or EARLIEST_PARTITION, EARLIEST_PARTITION)
    return list(days_between(first, min(history.last or last_over, last_over)))


def place_by_column(pieces: Iterable[pa.Table], date_column: str, files: DayFiles, today: date) -> None:
    """Rows to the days of `DAY`; those of no day keep its text, and with that the contract's check finds them."""
    for piece in pieces:
        texts = piece.column(DAY).combine_chunks()
        for day, places in by_day(as_days(texts), EARLIEST_PARTITION, today):
            rows = piece.take(arrow.array(places)) if len(places) < piece.num_rows else piece
            files.add(day, _dated(rows, date_column, None if day is not None else rows.column(DAY)))


def place_by_history(
    pieces: Iterable[pa.Table],
    feed: Feed,
    history: History,
    files: DayFiles,
    last_over: date,
    dropped: "Counter[str]",
) -> None:
    """Rows to each day of the range on which they hold, from `FROM` to `TO`; those on none are counted as dropped."""
    date_column = DATASETS[feed.dataset].date_column
    days = history_days(history, last_over)
    for day in days:
        files.begin(day)
    for piece in pieces:
        starts, ends, wrong, text = _spans(piece, history)
        undated = piece.filter(arrow.array(wrong))
        files.add(None, _dated(undated, date_column, text.filter(arrow.array(wrong))))
        placed = wrong.copy()
        for day in days:
            holds = ~wrong & (starts <= np.datetime64(day)) & (np.datetime64(day) <= ends)
            placed |= holds
            if holds.any():
                rows = piece if holds.all() else piece.filter(arrow.array(holds))
                files.add(day, _dated(rows, date_column, None))
        dropped["outside the history"] += int((~placed).sum())


def _spans(piece: pa.Table, history: History) -> tuple[Any, Any, Any, Any]:
    """First and last day of each row, which rows have none that can be read, and the text that can't."""
    first, last = (piece.column(name).combine_chunks() for name in (FROM, TO))
    no_first, no_last = is_empty(first), is_empty(last)
    starts, ends = as_days(first), as_days(last)
    bad_first = pc.and_not(pc.is_null(starts), no_first)
    bad_last = pc.and_not(pc.is_null(ends), no_last)
    wrong = pc.or_(bad_first, bad_last).to_numpy(zero_copy_only=False)
    starts = pc.fill_null(starts, _EVER[0]).to_numpy(zero_copy_only=False)
    ends = pc.fill_null(ends, _EVER[1]).to_numpy(zero_copy_only=False)
    if history.valid_to_is_excluded:
        ends = np.where(no_last.to_numpy(zero_copy_only=False), ends, ends - np.timedelta64(1, "D"))
    return starts, ends, wrong, pc.if_else(bad_first, first, last)


def as_spans(
    pieces: Iterable[pa.Table], feed: Feed, scratch: Path, memory: int, dropped: "Counter[str]"
) -> Iterator[pa.Table]:
    """The rows of a change log, whose days are `FROM`, with the last day on which each holds as `TO`.

    A row holds until the day before the next of its key. One that the key's next row replaces on the same day never
    does, and is counted as dropped; a row of no day goes on as it is.
    """
    with duckdb.connect(str(scratch / "changes.duckdb")) as con:
        con.execute(f"set memory_limit = '{max(memory // 2 >> 20, 64)}MB'")
        con.execute("set preserve_insertion_order = true")
        rows, made = 0, False
        for piece in pieces:
            numbered = piece.append_column("n", arrow.array(np.arange(rows, rows + piece.num_rows)))
            numbered = numbered.append_column("day", as_days(piece.column(FROM).combine_chunks()))
            rows += piece.num_rows
            give(con, "piece", numbered)
            con.execute("insert into log from piece" if made else "create table log as from piece")
            take_back(con, "piece")
            made = True
        if not made:
            return
        key = ", ".join(name for name in DATASETS[feed.dataset].key if name in feed.columns)
        con.execute(
            "create table spans as select *, case when day is not null then"
            f" lead(day) over (partition by day is null, {key} order by day, n) end as following from log"
        )
        (never,) = con.execute("select count(*) from spans where following = day").fetchone() or (0,)
        dropped["replaced on its day"] += never
        found = con.execute(
            f"select * exclude (n, day, following, {FROM}, {TO}),"
            f" case when trim({FROM}) = '' then '{NO_DAY}' else {FROM} end as {FROM},"
            f" coalesce(strftime(following - 1, '%Y-%m-%d'), '') as {TO}"
            " from spans where following is null or following > day order by n"
        )
        for batch in found.to_arrow_reader(_BATCH):
            yield pa.Table.from_batches([batch])


def _dated(rows: pa.Table, date_column: str, texts: Any) -> pa.Table:
    """Rows with their date column: empty, or the text that is no day of theirs."""
    if texts is None:
        return rows.append_column(date_column, pa.nulls(rows.num_rows, pa.string()))
    return rows.append_column(date_column, pc.if_else(is_empty(texts), NO_DAY, texts))


def carried_days(day: date, carry_days: int, last_over: date) -> list[date]:
    """The days to which a snapshot of `day` may be carried: so many after it, as far as they are over."""
    return list(days_between(day + timedelta(days=1), min(day + timedelta(days=carry_days), last_over)))
