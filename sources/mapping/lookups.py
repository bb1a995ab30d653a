"""The tables that lookups look into: of the mapping file itself, or of a file beside it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from sources.mapping.columns import Lookup
from sources.mapping.headers import Headers
from sources.mapping.opening import open_tables
from sources.mapping.operations import Table, folded
from sources.mapping.tables import arrow
from sources.readers.errors import UnreadableFileError, listed
from sources.readers.limits import ReadLimits

_MOST_ROWS = 5_000_000


def table_of_lookup(lookup: Lookup, folder: Path, limits: ReadLimits, memory: int, scratch: Path) -> Table:
    """A lookup's table.

    Args:
        folder: that of the mapping file, from which the path of a lookup's file goes on.

    Raises:
        UnreadableFileError: its file can't be read, lacks a column, or has two values for a key; it is named.
    """
    if lookup.values is not None:
        return _table(lookup.values.items(), lookup)
    name = lookup.file or ""
    try:
        return _table(_rows(lookup, folder / name, limits, memory, scratch), lookup)
    except UnreadableFileError as error:
        raise UnreadableFileError(f"can't be mapped: lookup file {name} {error}") from error


def lookup_path(lookup: Lookup, folder: Path) -> Path | None:
    """The file of a lookup that has one."""
    return folder / lookup.file if lookup.file else None


def _rows(lookup: Lookup, path: Path, limits: ReadLimits, memory: int, scratch: Path) -> Iterator[tuple[str, str]]:
    count = 0
    for _, table in open_tables(path, lookup.read, limits, memory, scratch):
        headers = Headers(table.header)
        places = [headers.place(name or "") for name in (lookup.key, lookup.value)]
        for place, name in zip(places, (lookup.key, lookup.value), strict=True):
            if place is None:
                raise UnreadableFileError(f"has no column {name!r}; it has {listed(table.header)}")
        for piece in table.pieces:
            count += piece.num_rows
            if count > _MOST_ROWS:
                raise UnreadableFileError(f"has more than {_MOST_ROWS:,} rows")
            keys, values = (piece.column(str(place)).to_pylist() for place in places)
            yield from ((key or "", value or "") for key, value in zip(keys, values, strict=True))


def _table(pairs: Iterable[tuple[str, str]], lookup: Lookup) -> Table:
    pairs = list(pairs)
    keys: list[Any] = folded(_texts([key for key, _ in pairs]), ignore_case=lookup.ignore_case).to_pylist()
    found: dict[str, str] = {}
    for key, (_, value) in zip(keys, pairs, strict=True):
        if lookup.file is not None and not key:
            continue  # a row without a key
        if found.setdefault(key, value) != value:
            raise UnreadableFileError(f"has two values for {key!r}: {found[key]!r} and {value!r}")
    return Table(_texts(list(found)), _texts(list(found.values())))


def _texts(values: list[str]) -> Any:
    return arrow.array(values, pa.string())
