"""What a reader raises."""

from collections.abc import Iterable, Sequence

from expectations.contract import Dataset


class UnreadableFileError(Exception):
    """A landing file can't be used; the message is one line, without the file's name."""


def check_header(header: Sequence[str], dataset: Dataset) -> tuple[str, ...]:
    """The columns that the contract doesn't know, in file order.

    Raises `UnreadableFileError` when a name stands twice, or a column that may not be null is missing.
    """
    twice = [name for position, name in enumerate(header) if name in header[:position]]
    if twice:
        raise UnreadableFileError(f"has a column name twice: {_listed(twice)}")
    missing = [column.name for column in dataset.columns if not column.nullable and column.name not in header]
    if missing:
        raise UnreadableFileError(f"lacks the required columns {_listed(missing)}")
    known = {*dataset.column_names, dataset.date_column}
    return tuple(name for name in header if name not in known)


def wanted_columns(header: Sequence[str], dataset: Dataset) -> list[str]:
    """The columns of a file that are read: those of the contract, and the date column where carried."""
    return [name for name in (*dataset.column_names, dataset.date_column) if name in header]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) if not name.isidentifier() else name for name in dict.fromkeys(names))
