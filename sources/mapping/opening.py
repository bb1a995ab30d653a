"""The tables of an inbox file, whatever their format."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from sources.mapping.columns import Column
from sources.mapping.delimited import read_delimited
from sources.mapping.headers import plain
from sources.mapping.model import Feed
from sources.mapping.packed import Part, parts_of
from sources.mapping.reading import Read
from sources.mapping.tables import RawTable
from sources.readers.errors import UnreadableFileError
from sources.readers.kinds import kind_of
from sources.readers.limits import ReadLimits
from sources.readers.raw_file import HEAD


def open_tables(
    path: Path, read: Read, limits: ReadLimits, memory: int, scratch: Path, decimals: Mapping[str, str] | None = None
) -> Iterator[tuple[Part, RawTable]]:
    """Each table of an inbox file, to be read before the next is asked for.

    Args:
        memory: bytes that a workbook's sheet may take.
        scratch: a folder for what is unpacked.
        decimals: decimal signs that typed numbers are shown with, by plain header.

    Raises:
        UnreadableFileError: it can't be read; one line, without the file's name.
        OSError: it can't be opened.
    """
    for part in parts_of(path, read, limits, scratch):
        yield part, _table(part, read, limits, memory, decimals or {})


def _table(part: Part, read: Read, limits: ReadLimits, memory: int, decimals: Mapping[str, str]) -> RawTable:
    if part.format == "xlsx":
        from sources.mapping.workbooks import read_workbook

        return read_workbook(part.path, read, limits, memory, decimals)
    if part.format == "parquet":
        from sources.mapping.parquet_tables import read_parquet

        return read_parquet(part.path, limits, decimals)
    if part.format in ("json", "jsonl"):
        from sources.mapping.json_records import read_json

        return read_json(part.path, read, limits, decimals, lines=part.format == "jsonl")
    with part.path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith((b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF")):
        raise UnreadableFileError(f"is no text; {kind_of(head, '.csv', packed=False) or 'what is it?'}")
    return read_delimited(part.path, read, limits, "\t" if part.format == "tsv" else None)


def decimal_signs(feed: Feed) -> dict[str, str]:
    """Decimal signs of the columns that a feed reads as numbers, by plain header: typed numbers are shown with them."""
    signs: dict[str, str] = {}

    def add(column: Column) -> None:
        sign = (column.number.decimal if column.number else None) or feed.read.decimal
        if column.number is not None:
            signs.update(dict.fromkeys(map(plain, column.headers()), sign))
        for part in column.parts():
            add(part)

    for column in feed.all_columns():
        add(column)
    return signs
