"""CSV records with another number of fields than the header, as a parser finds them one by one."""

import csv
from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from sources.readers.errors import UnreadableFileError

SPACES = " \t\r\n"
"""White space of the contract."""
MOST_MALFORMED = 1_000_000
"""With more of them, and most of its records up to there among them, a file is no table with some bad rows.

At the usual share, a partition with so many is accepted only where some 20 million rows follow.
"""
_FIELDS = pa.list_(pa.string())
_GATHERED = 4096
_AROUND_FIELDS = f'{SPACES},"'


class HopelessError(UnreadableFileError):
    """A file's records are not those of its header; it is not read to its end."""

    def __init__(self) -> None:
        super().__init__(
            f"has more than {MOST_MALFORMED:,} records with another number of fields than its header, and they are most"
            " of its records up to there: is it the right file?"
        )


def is_blank(fields: Iterable[str]) -> bool:
    """Whether a record of these fields is none: all of them are empty or white space."""
    return not any(field.strip(SPACES) for field in fields)


class MalformedRecords:
    """Those of one piece of a file, as Arrow's arrays: as Python's lists they would take thirty times their text."""

    def __init__(self, read: int, malformed: int) -> None:
        """`read` and `malformed` are the numbers of records, and of those, in the pieces before."""
        self._read, self._malformed = read, malformed
        self.hopeless = False
        """Whether there are too many."""
        self._numbers, self._kept = array("q"), bytearray()
        self._waiting: list[list[str]] = []
        self._parts: list[Any] = []

    def add(self, number: int, text: str) -> bool:
        """Take a record, the piece's `number`-th; False where the file is hopeless."""
        kept = text.strip(_AROUND_FIELDS) != "" or ('"' in text and not is_blank(_fields_of(text)))
        self._numbers.append(number)
        self._kept.append(kept)
        if not kept:
            return True
        self._malformed += 1
        self._waiting.append(_fields_of(text))
        if len(self._waiting) == _GATHERED:
            self._pack()
        self.hopeless = self._malformed > MOST_MALFORMED and 2 * self._malformed > self._read + number
        return not self.hopeless

    @property
    def numbers(self) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """The numbers of all of them in the piece, from 1."""
        return np.array(self._numbers, np.int64)

    @property
    def kept(self) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Which of them are records, and not blank."""
        return np.array(self._kept, bool)

    def fields(self) -> Any:
        """The fields of those that are records, a list of texts each."""
        self._pack()
        return pa.concat_arrays(self._parts)

    def _pack(self) -> None:
        self._parts.append(pa.array(self._waiting, _FIELDS))
        self._waiting = []


def _fields_of(text: str) -> list[str]:
    return next(csv.reader((text,)))
