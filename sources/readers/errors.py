"""What a reader raises."""

from collections import Counter
from collections.abc import Iterable, Sequence

from expectations.contract import Dataset
from sources.readers.limits import ReadLimits, too_many_columns

_SHOWN_NAMES = 10
_SHOWN_LETTERS = 60


class UnreadableFileError(Exception):
    """A landing file can't be used; the message is one line, without the file's name."""


class TooLargeError(UnreadableFileError):
    """There is more of something than the limits allow."""


class HeaderError(UnreadableFileError):
    """Its columns are not those of the contract."""

    def __init__(self, message: str, header: Sequence[str]) -> None:
        super().__init__(message)
        self.header = header


def check_header(header: Sequence[str], dataset: Dataset, limits: ReadLimits) -> tuple[str, ...]:
    """The columns that the contract doesn't know, in file order.

    Raises `UnreadableFileError` when there are too many, a name stands twice, or a column that may not be null is
    missing.
    """
    if len(header) > limits.columns:
        raise TooLargeError(too_many_columns(len(header), limits))
    known = {*dataset.column_names, dataset.date_column}
    found = Counter(header)
    twice = [name for name, times in found.items() if times > 1]
    if twice and not (dataset.personal_columns and known.isdisjoint(found)):  # a row of people is no header to show
        raise HeaderError(f"has a column name twice: {listed(twice)}", header)
    missing = [column.name for column in dataset.columns if not column.nullable and column.name not in found]
    if missing:
        raise HeaderError(f"lacks the required columns {listed(missing)}", header)
    return tuple(name for name in header if name not in known)


def wanted_columns(header: Sequence[str], dataset: Dataset) -> list[str]:
    """The columns of a file that are read: those of the contract, and the date column where carried."""
    found = set(header)
    return [name for name in (*dataset.column_names, dataset.date_column) if name in found]


def listed(names: Iterable[str]) -> str:
    """Names as one short piece of text: cut where they are long, counted where they are many."""
    names = list(names)
    shown = ", ".join(_shown(name) for name in names[:_SHOWN_NAMES])
    return f"{shown} and {len(names) - _SHOWN_NAMES:,} more" if len(names) > _SHOWN_NAMES else shown


def _shown(name: str) -> str:
    short = name if len(name) <= _SHOWN_LETTERS else f"{name[:_SHOWN_LETTERS]}…"
    return short if name.isidentifier() and short.isprintable() else repr(short)
