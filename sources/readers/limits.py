"""How much a reader takes: what is larger is refused before it fills the memory."""

import re
from dataclasses import dataclass

MEMORY_LIMIT = "1GB"
"""What DuckDB may use where nobody says otherwise."""
BATCH_ROWS = 2_048
"""Rows that DuckDB works on at once, in each thread."""
_SMALLEST_BATCH = 8 << 20
_SPARE_MEMORY = 128 << 20
_UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}
_SIZE = re.compile(r"([1-9]\d*(?:\.\d+)?) ?([KMGT])i?B")


@dataclass(frozen=True)
class ReadLimits:
    """Limits of one landing file, in bytes and columns."""

    file_size: int = 8 << 30
    """Bytes of a file once it is expanded: a CSV file's text, a Parquet file's values."""
    record_size: int = 1 << 20
    """Bytes of one record: a CSV record with its quotes and commas, the text of a Parquet row."""
    columns: int = 2_000
    """Columns of a file, those that are not read included."""
    batch_size: int = 64 << 20
    """Bytes of text in `BATCH_ROWS` records, one after the other."""

    def digest(self) -> str:
        """The limits as text: a partition that they refused is read again where they differ."""
        return f"file {self.file_size}, record {self.record_size}, columns {self.columns}, batch {self.batch_size}"


def require_memory(size: int) -> None:
    """Raise `MemoryError` unless so many bytes, and some to spare, can be had.

    Arrow's CSV parser ends the process where it gets no memory. Nothing of what is asked for is touched.
    """
    import numpy as np  # settings name the limits: their other readers do without it

    np.empty(size + _SPARE_MEMORY, np.uint8)


def batch_size_of(memory_limit: str, threads: int) -> int:
    """Bytes of text in a batch with which DuckDB gets by: each thread holds a few copies of one."""
    return max(size_in_bytes(memory_limit) // (8 * threads), _SMALLEST_BATCH)


def size_in_bytes(text: str) -> int:
    """The bytes of a size such as `8GB` or `512 MiB`; units count by 1024, with or without the i.

    Raises:
        ValueError: it is none.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError("must be a number and a unit, such as 2GB or 800MB")
    number, unit = found.groups()
    try:
        return int(float(number) * 1024 ** _UNITS[unit])
    except OverflowError:
        raise ValueError("must be a number and a unit, such as 2GB or 800MB") from None


def shown_size(size: int) -> str:
    """A number of bytes as people write it, such as `8 GB`."""
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "KB")):
        if size >= 1024**power:
            return f"{size / 1024**power:.3g} {unit}"
    return f"{size} bytes"


def file_too_large(limits: ReadLimits) -> str:
    """What is wrong with a file beyond `file_size`."""
    return (
        f"holds more than {shown_size(limits.file_size)}, expanded: deliver it in parts,"
        " or raise PORTFOLIO_MAX_FILE_SIZE"
    )


def too_many_columns(found: int, limits: ReadLimits) -> str:
    """What is wrong with a file beyond `columns`."""
    return f"has {found:,} columns, more than {limits.columns:,} (PORTFOLIO_MAX_COLUMNS): is it the right file?"


def records_too_long(limits: ReadLimits) -> str:
    """What is wrong with a file beyond `batch_size`."""
    return (
        f"has {BATCH_ROWS:,} records, one after the other, of more than {shown_size(limits.batch_size)} of text:"
        " too much for PORTFOLIO_MEMORY_LIMIT"
    )
