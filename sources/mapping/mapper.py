"""One inbox file through one feed: its rows as files of days, and the account of what became of each row."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from expectations.contract import DATASETS
from sources.mapping.columns import Column
from sources.mapping.day_files import DayFiles
from sources.mapping.days import as_days, by_day, day_of_name, possible_day
from sources.mapping.evaluation import Evaluator, NotUnderstood
from sources.mapping.headers import Headers
from sources.mapping.lookups import table_of_lookup
from sources.mapping.model import Feed
from sources.mapping.opening import decimal_signs, open_tables
from sources.mapping.operations import Table, Tools, engine
from sources.mapping.packed import Part
from sources.mapping.placing import DAY, FROM, TO, as_spans, history_days, place_by_column, place_by_history
from sources.mapping.surroundings import Surroundings
from sources.mapping.tables import EXTRA, RawTable, arrow, data_rows, is_empty
from sources.mapping.unmistakable import unmistakable
from sources.readers.errors import UnreadableFileError

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions


@dataclass
class Account:
    """What became of the rows and values of one file."""

    rows_in: int = 0
    rows_out: int = 0
    """Rows that went to one day or more; rows in = rows out + those dropped."""
    dropped: "Counter[str]" = field(default_factory=Counter)
    """Rows by the rule that dropped them."""
    columns: dict[str, NotUnderstood] = field(default_factory=dict)
    """Values that were not understood, by column; those of the day and the history by their key."""
    unmapped: list[str] = field(default_factory=list)
    """Headers that the feed does not name."""
    guesses: list[str] = field(default_factory=list)
    """How the file was read where the feed doesn't say so."""
    undated: int = 0
    """Rows out that have no day that can be read: they are with the last day's, for its check to find."""

    def add(self, other: "Account") -> None:
        """What became of another file, as if it was of this one."""
        self.rows_in += other.rows_in
        self.rows_out += other.rows_out
        self.undated += other.undated
        self.dropped.update(other.dropped)
        for name, found in other.columns.items():
            self.columns.setdefault(name, NotUnderstood()).join(found)
        for mine, more in ((self.unmapped, other.unmapped), (self.guesses, other.guesses)):
            mine += [one for one in more if one not in mine]


@dataclass
class MappedFile:
    """An inbox file, mapped: a file for each day."""

    account: Account
    files: dict[date, Path] = field(default_factory=dict)
    rows: dict[date, int] = field(default_factory=dict)


def file_days(feed: Feed, relative: str, near: Surroundings, given: date | None = None) -> list[date] | None:
    """The days of a file as far as they are known without reading it; None where a column has them.

    Args:
        given: the day of files whose feed says of none.

    Raises:
        UnreadableFileError: it has none.
    """
    if feed.history is not None and feed.history.makes_days:
        return history_days(feed.history, near.last_over)
    if feed.day is None:
        if given is None:
            raise UnreadableFileError("has no day: give its feed a `day`, or say it with `portfolio map run --day`")
        return [possible_day(given, near.today)]
    if feed.day.column is not None:
        return None
    with engine() as con:
        return [day_of_name(con, feed.day, relative, near.today)]


def find_days(feed: Feed, relative: str, near: Surroundings) -> list[date]:
    """The days that a file's column has, in order: all of it is read.

    Raises:
        UnreadableFileError: as of `map_file`.
    """
    assert feed.day is not None and feed.day.column is not None  # noqa: S101  file_days gave None
    found: set[date] = set()
    only_days = feed.model_copy(update={"columns": {}})
    with engine() as con:
        for piece in _Mapper(only_days, relative, near, con, Account()).pieces():
            days = as_days(piece.column(DAY).combine_chunks())
            found |= {day for day, _ in by_day(days, date.min, near.today) if day is not None}
    return sorted(found)


def map_file(feed: Feed, relative: str, near: Surroundings, given: date | None = None) -> MappedFile:
    """Map an inbox file; the files of its days are in the scratch folder.

    Args:
        relative: its path below the inbox.
        given: as of `file_days`.

    Raises:
        UnreadableFileError: it can't be mapped: one line, without the file's name.
    """
    dataset = DATASETS[feed.dataset]
    days = file_days(feed, relative, near, given)
    by_rows = days is None or (feed.history is not None and feed.history.makes_days)
    columns = [name for name in dataset.column_names if name in feed.columns]
    files = DayFiles(near.scratch, [*columns, dataset.date_column] if by_rows else columns)
    account = Account()
    with engine() as con:
        mapper = _Mapper(feed, relative, near, con, account)
        pieces = mapper.pieces()
        if feed.history is not None and feed.history.makes_days:
            if feed.history.changed_on is not None:
                pieces = as_spans(pieces, feed, near.scratch, near.memory, account.dropped)
            place_by_history(pieces, feed, feed.history, files, near.last_over, account.dropped)
        elif days is None:
            place_by_column(pieces, dataset.date_column, files, near.today)
        else:
            files.begin(days[0])
            for piece in pieces:
                files.add(days[0], piece)
    last = max(files.rows, default=None)
    if last is None and files.undated:
        samples = ", ".join(map(repr, account.columns["day"].samples)) or "every row's is empty"
        raise UnreadableFileError(f"has no row with a day that can be read ({samples})")
    if last is not None:
        files.finish(last)
    account.undated = files.undated
    account.rows_out = mapper.rows - sum(account.dropped[rule] for rule in _DROPPED_LATER)
    return MappedFile(account, {day: files.path(day) for day in files.rows}, dict(files.rows))


_DROPPED_LATER = ("outside the history", "replaced on its day")


class _Mapper:
    """The mapped pieces of a file."""

    def __init__(self, feed: Feed, relative: str, near: Surroundings, con: Any, account: Account) -> None:
        self._feed, self._near, self._account = feed, near, account
        self._relative, self._path = relative, near.inbox / relative
        self._kinds = {one.name: one.type for one in DATASETS[feed.dataset].columns}
        self._tables: dict[int, Table] = {}
        self._tools = Tools(con, feed.read, self._table_of)
        self.rows = 0
        """Rows that came out so far."""

    def pieces(self) -> Iterator[pa.Table]:
        """Each piece with the dataset's columns, `EXTRA`, and what its rows are placed by."""
        near, feed = self._near, self._feed
        tables = open_tables(self._path, feed.read, near.limits, near.memory, near.scratch, decimal_signs(feed))
        for part, table in tables:
            evaluator = self._begin(table, part)
            for piece in data_rows(replace(table, pieces=self._counted(table)), feed, self._account.dropped):
                kept = self._kept(piece, evaluator)
                mapped = self._mapped(kept, evaluator)
                self.rows += mapped.num_rows
                if mapped.num_rows:
                    yield mapped

    def _begin(self, table: RawTable, part: Part) -> Evaluator:
        path = f"{self._relative}/{part.inside}" if part.inside else self._relative
        evaluator = Evaluator(table.header, self._tools, path)
        for column in self._feed.all_columns():
            evaluator.require(column)
        for rule in self._feed.rows.drop:
            evaluator.require(Column.model_validate(rule.column))
        for name in Headers(table.header).unnamed_by(self._feed.headers()):
            if name not in self._account.unmapped:
                self._account.unmapped.append(name)
        for guess in table.guesses:
            if guess not in self._account.guesses:
                self._account.guesses.append(guess)
        self._account.rows_in += table.above
        return evaluator

    def _counted(self, table: RawTable) -> Iterator[pa.Table]:
        for piece in table.pieces:
            self._account.rows_in += piece.num_rows
            yield piece

    def _kept(self, piece: pa.Table, evaluator: Evaluator) -> pa.Table:
        """The rows that no rule drops; each counts for the first that does."""
        for rule in self._feed.rows.drop:
            drops = evaluator.dropped(rule, piece)
            count = pc.sum(drops).as_py() or 0
            if count:
                self._account.dropped[rule.name] += count
                piece = piece.filter(pc.invert(drops))
        return piece

    def _mapped(self, piece: pa.Table, evaluator: Evaluator) -> pa.Table:
        found = {name: self._computed(name, column, piece, evaluator) for name, column in self._feed.columns.items()}
        extra = piece.column(EXTRA)
        table: pa.Table = arrow.table([*found.values(), extra], names=[*found, EXTRA])
        if found:
            table, piece = self._without_nothing(table, piece)
        for name, column in self._places().items():
            key = {DAY: "day", FROM: "history", TO: "history.valid_to"}[name]
            values = self._computed(key, column, piece, evaluator) if column else _nothing(piece)
            table = table.append_column(name, values)
        return table

    def _without_nothing(self, table: pa.Table, piece: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Rows all of whose columns are empty are no records of a CSV file."""
        nothing: Any = pc.is_null(table.column(EXTRA))
        for name in self._feed.columns:
            if not pc.any(nothing).as_py():
                return table, piece
            nothing = pc.and_(nothing, is_empty(table.column(name)))
        self._account.dropped["empty"] += pc.sum(nothing).as_py() or 0
        return table.filter(pc.invert(nothing)), piece.filter(pc.invert(nothing))

    def _places(self) -> dict[str, Column | None]:
        """The columns by which rows are placed."""
        history = self._feed.history
        if history is not None and history.makes_days:
            return {FROM: history.valid_from or history.changed_on, TO: history.valid_to}
        if self._feed.day is not None and self._feed.day.column is not None:
            return {DAY: self._feed.day.column}
        return {}

    def _computed(self, name: str, column: Column, piece: pa.Table, evaluator: Evaluator) -> Any:
        counts = self._account.columns.setdefault(name, NotUnderstood())
        values, understood = evaluator.compute(column, piece, counts)
        return unmistakable(values, understood, self._kinds.get(name))

    def _table_of(self, column: Column) -> Table:
        assert column.lookup is not None  # noqa: S101  asked for by the operation
        key, near = id(column.lookup), self._near
        if key not in self._tables:
            folder = near.scratch / "lookup"
            folder.mkdir(exist_ok=True)
            self._tables[key] = table_of_lookup(column.lookup, near.lookups, near.limits, near.memory, folder)
        return self._tables[key]


def _nothing(piece: pa.Table) -> Any:
    return pa.repeat("", piece.num_rows)
