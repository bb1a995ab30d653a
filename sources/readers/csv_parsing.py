"""Whole CSV records as Arrow's columns of text: nothing is sniffed, trimmed or read as null."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import pyarrow as pa
from pyarrow import csv as arrow_csv

from sources.readers.csv_records import BOM, CONTRACT, Dialect
from sources.readers.errors import UnreadableFileError
from sources.readers.limits import ReadLimits, require_memory

BLOCK = 4 << 20
"""Bytes that Arrow parses at a time, and in each thread."""
_BLOCK_SIZES = 100
"""Sizes that are tried, from the least on."""
_MEMORY_A_BYTE = 6  # what parsing takes at the most, for each byte of text
OnMalformed: TypeAlias = Callable[[arrow_csv.InvalidRow], Literal["skip", "error"]]


def even_records(parse: Callable[[OnMalformed], pa.Table]) -> pa.Table | None:
    """What a function parses of records that all have the right number of fields; None where one has not.

    So it may parse in several threads: of single records nothing is said, and Arrow numbers them in one thread only.
    """
    odd = False

    def stop(row: arrow_csv.InvalidRow) -> Literal["skip", "error"]:
        nonlocal odd
        odd = True
        return "error"

    try:
        return parse(stop)
    except UnreadableFileError:
        if odd:
            return None
        raise


def parse_records(
    content: bytes,
    names: Sequence[str],
    wanted: Sequence[str],
    limits: ReadLimits,
    on_malformed: OnMalformed,
    *,
    threads: bool,
    block: int = BLOCK,
    dialect: Dialect = CONTRACT,
) -> pa.Table:
    """The wanted ones of the columns, which are called `names`, as text; blank lines are no records.

    Args:
        on_malformed: asked about each record with another number of fields.
        block: bytes that are parsed at a time, at the least.

    Raises:
        UnreadableFileError: it was told of a record and said "error", or this is no CSV.
    """
    require_memory(_MEMORY_A_BYTE * len(content))
    if not content:
        return pa.schema([(name, pa.string()) for name in wanted]).empty_table()
    if content.startswith(BOM):  # Arrow drops it from any text that it is given; here it is a letter of a value
        content = b"\n" + content
    block = _block_size(content, max(block, limits.record_size + 2))
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(content),  # type: ignore[arg-type]
            read_options=arrow_csv.ReadOptions(use_threads=threads, block_size=block, column_names=list(names)),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                newlines_in_values=bool(dialect.quote),
                invalid_row_handler=on_malformed,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()),
                include_columns=list(wanted),
                null_values=[],
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise UnreadableFileError("is no valid CSV file") from error


def _block_size(content: bytes, least: int) -> int:
    """The size of Arrow's blocks, such that none ends with a CR: Arrow drops an LF that the next one begins with."""
    for size in range(least, least + _BLOCK_SIZES):
        if b"\r" not in content[size - 1 :: size]:
            return size
    return len(content) + 1
