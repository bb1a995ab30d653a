"""A feed's columns computed over the pieces of a file, and what was not understood on the way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from sources.mapping.columns import Column
from sources.mapping.headers import Headers
from sources.mapping.model import DropRule
from sources.mapping.operations import Tools, operate
from sources.mapping.tables import arrow, is_empty, trimmed
from sources.readers.errors import UnreadableFileError, listed

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

SAMPLES = 3
_MOST_LACKING = 1_000


@dataclass
class NotUnderstood:
    """Values of one column that an operation did not understand: they went on as they were delivered."""

    count: int = 0
    samples: list[str] = field(default_factory=list)
    """Some of them, in the order in which they came."""
    lacking: "Counter[str]" = field(default_factory=Counter)
    """Those that a lookup's table lacks, with their counts: the first thousand different ones."""

    def add(self, values: Any, counts: Any) -> None:
        """Take different values, as they were delivered, with how often they came."""
        self.count += int(counts.sum())
        for place in np.flatnonzero(counts):
            if len(self.samples) >= SAMPLES:
                return
            value = str(values[int(place)].as_py())
            if value not in self.samples:
                self.samples.append(value)

    def join(self, other: "NotUnderstood") -> None:
        """Take what another file's values gave."""
        self.count += other.count
        self.samples += [one for one in other.samples if one not in self.samples]
        del self.samples[SAMPLES:]
        self.lacking.update(other.lacking)

    def add_lacking(self, keys: Any, counts: Any) -> None:
        """Take different keys that a lookup's table lacks, with how often they came."""
        for place in np.flatnonzero(counts):
            key = str(keys[int(place)].as_py())
            if key in self.lacking or len(self.lacking) < _MOST_LACKING:
                self.lacking[key] += int(counts[place])


class Evaluator:
    """Computes columns of one table."""

    def __init__(self, header: Sequence[str], tools: Tools, path: str = "") -> None:
        """`path` is the file's, below the inbox."""
        self._headers, self._tools, self._path = Headers(header), tools, path

    def require(self, column: Column) -> None:
        """Raise `UnreadableFileError` where the table lacks a header that the column needs, or several may be meant.

        Of the columns of which the first that holds something is taken, one is enough.
        """
        if column.from_ is not None and self._headers.place(column.from_) is None:
            raise UnreadableFileError(f"has no column {column.from_!r}; it has {listed(self._headers.header)}")
        if column.first_of:
            if not any(map(self._has, column.first_of)):
                self.require(column.first_of[0])
            return
        for part in column.parts():
            self.require(part)

    def _has(self, column: Column) -> bool:
        missing = [name for name in column.headers() if self._headers.place(name) is None]
        return not missing

    def compute(self, column: Column, piece: pa.Table, found: NotUnderstood) -> tuple[Any, Any]:
        """A column's values over a piece, none null, and which of them were understood; `found` counts the others."""
        values, understood = self._source(column, piece, found)
        if not column.operations:
            return values, understood
        encoded = values.dictionary_encode()
        delivered, indices = encoded.dictionary, encoded.indices
        current, right = delivered, _true(len(delivered))
        times = np.bincount(indices.to_numpy(), minlength=len(delivered))
        for name in column.operations:
            new, fine = operate(name, current, column, self._tools)
            if name == "lookup":
                found.add_lacking(current, times * pc.and_not(right, fine).to_numpy(zero_copy_only=False))
            right = pc.and_(right, fine)
            current = pc.if_else(right, new, delivered)
        found.add(delivered, times * pc.invert(right).to_numpy(zero_copy_only=False))
        return current.take(indices), pc.and_(understood, right.take(indices))

    def _source(self, column: Column, piece: pa.Table, found: NotUnderstood) -> tuple[Any, Any]:
        if column.from_ is not None:
            return self._delivered(column.from_, piece), _true(piece.num_rows)
        if column.path is not None:
            return pa.repeat(self._path, piece.num_rows), _true(piece.num_rows)
        if column.constant is not None:
            return pa.repeat(column.constant, piece.num_rows), _true(piece.num_rows)
        parts = [self.compute(part, piece, found) for part in column.parts() if not column.first_of or self._has(part)]
        understood = parts[0][1]
        for _, also in parts[1:]:
            understood = pc.and_(understood, also)
        filled = [pc.if_else(is_empty(values), None, values) for values, _ in parts]
        if column.first_of:
            return pc.fill_null(pc.coalesce(*filled), ""), understood
        joined = pc.binary_join_element_wise(*filled, column.separator or "", null_handling="skip")
        return joined, understood

    def _delivered(self, name: str, piece: pa.Table) -> Any:
        place = self._headers.place(name)
        if place is None:
            raise UnreadableFileError(f"has no column {name!r}; it has {listed(self._headers.header)}")
        values = pc.fill_null(piece.column(str(place)).combine_chunks(), "")
        if not self._tools.read.empty_words:
            return values
        words = [word.strip().lower() for word in self._tools.read.empty_words]
        none = pc.is_in(pc.utf8_lower(trimmed(values)), value_set=arrow.array(words, pa.string()))
        return pc.if_else(none, "", values)

    def dropped(self, rule: DropRule, piece: pa.Table) -> Any:
        """Which rows a rule drops. Words compare without white space around, and without case."""
        values = trimmed(self._delivered(rule.column, piece))
        if rule.is_empty is not None:
            return pc.equal(pc.equal(values, ""), rule.is_empty)
        if rule.matches is not None:
            return pc.match_substring_regex(values, rule.matches)
        if rule.not_matches is not None:
            return pc.invert(pc.match_substring_regex(values, rule.not_matches))
        words = arrow.array([word.strip().lower() for word in rule.equals or rule.not_equals or ()], pa.string())
        among = pc.is_in(pc.utf8_lower(values), value_set=words)
        return among if rule.equals is not None else pc.invert(among)


def _true(length: int) -> Any:
    return pa.repeat(True, length)
