"""A file's rows as they were delivered: every value as text, in pieces, and what was left out on the way."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from sources.mapping.model import Feed

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions
arrow: Any = pa  # its stubs take too few types

EXTRA = "extra"
"""Column of what a record has beyond its header, fields joined by `BETWEEN`; null in nearly every row."""
BETWEEN = "\x1f"
BATCH_ROWS = 65_536
"""Rows of a piece, of formats that have no pieces of their own."""
_SPACES = "\u00a0\u2007\u202f\ufeff\u200b"
"""What people see as white space, beside what is."""


@dataclass(frozen=True)
class RawTable:
    """One table of a file: columns of text called `0`, `1`, … in pieces of bounded size."""

    header: tuple[str, ...]
    pieces: Iterator[pa.Table]
    above: int = 0
    """Rows above the header that hold anything."""
    guesses: tuple[str, ...] = ()
    """How it is read where nobody said so, such as `encoding cp1252`."""


def names_of(header: Sequence[str]) -> list[str]:
    """The names of the columns in pieces."""
    return [str(place) for place in range(len(header))]


def trimmed(values: Any) -> Any:
    """Texts without white space around, of any kind."""
    return pc.utf8_trim_whitespace(pc.utf8_trim(pc.utf8_trim_whitespace(values), characters=_SPACES))


def is_empty(values: Any) -> Any:
    """Which texts are null or white space."""
    return pc.fill_null(pc.equal(trimmed(values), ""), True)


def table_of(rows: Sequence[Sequence[str]], width: int) -> pa.Table:
    """Rows of text as a piece; what is beyond the width is extra, what is missing is empty."""
    columns: list[list[str]] = [[] for _ in range(width)]
    extra: list[str | None] = []
    for row in rows:
        for place in range(width):
            columns[place].append(row[place] if place < len(row) else "")
        extra.append(extra_of(row[width:]))
    arrays = [arrow.array(values, pa.string()) for values in [*columns, extra]]
    return pa.table(arrays, names=[*map(str, range(width)), EXTRA])


def extra_of(fields: Sequence[str]) -> str | None:
    """The fields beyond a header as one text; None where they are empty."""
    return BETWEEN.join(fields) if any(field.strip() for field in fields) else None


def data_rows(table: RawTable, feed: Feed, dropped: "Counter[str]") -> Iterator[pa.Table]:
    """The rows of a table that are data: without those after the header, blank ones and the footer, which are counted.

    Blank rows count for no footer, and stay where the feed says so.
    """
    dropped["above the header"] += table.above
    rows = _without_first(table.pieces, feed.read.skip_rows, dropped)
    if feed.rows.drop_empty:
        rows = _without_blank(rows, dropped)
    return _without_last(rows, feed.read.footer_rows, dropped)


def _without_first(pieces: Iterator[pa.Table], count: int, dropped: "Counter[str]") -> Iterator[pa.Table]:
    for piece in pieces:
        taken = min(count, piece.num_rows)
        count -= taken
        dropped["after the header"] += taken
        yield piece.slice(taken) if taken else piece


def _without_blank(pieces: Iterator[pa.Table], dropped: "Counter[str]") -> Iterator[pa.Table]:
    for piece in pieces:
        blank = _blank(piece)
        if blank is None:
            yield piece
            continue
        dropped["empty"] += int(blank.sum())
        yield piece.filter(arrow.array(~blank))


def _blank(piece: pa.Table) -> "np.ndarray[Any, np.dtype[np.bool_]] | None":
    """Which rows hold nothing; None where none does."""
    blank = np.ones(piece.num_rows, bool)
    for column in sorted(piece.column_names, key=lambda name: name == EXTRA):
        left = np.flatnonzero(blank)
        if not len(left):
            return None
        values = piece.column(column)
        if len(left) < piece.num_rows:
            values = values.take(arrow.array(left))
        blank[left] = is_empty(values).to_numpy(zero_copy_only=False)
    return blank if blank.any() else None


def _without_last(pieces: Iterator[pa.Table], count: int, dropped: "Counter[str]") -> Iterator[pa.Table]:
    if not count:
        yield from pieces
        return
    held: pa.Table | None = None
    for piece in pieces:
        held = piece if held is None else pa.concat_tables([held, piece])
        if held.num_rows > count:
            yield held.slice(0, held.num_rows - count)
            held = held.slice(held.num_rows - count).combine_chunks()
    dropped["footer"] += held.num_rows if held is not None else 0
