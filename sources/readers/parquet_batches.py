"""Columns of a Parquet file, read a batch at a time and measured: no more is in memory than the limits allow.

A few kilobytes can stand for gigabytes: a value that repeats is stored once. So text is read as it is stored, as a
dictionary and numbers into it, and measured before anything spells it out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from sources.readers.arrow_text import text_lengths
from sources.readers.errors import TooLargeError, UnreadableFileError
from sources.readers.limits import ReadLimits, file_too_large, require_memory, shown_size

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions
_Array: TypeAlias = "pa.Array[Any]"

_BATCH_ROWS = 1 << 18  # fewer would copy a large dictionary once too often
_BATCH_BYTES = 256 << 20
_VALUE_BYTES = 8  # of a number, a date, or of a text's place
_WORTH_KEEPING = 4  # times a dictionary's bytes that its text would take


@dataclass(frozen=True)
class _Leaf:
    """What the footer says of one stored column; all of it a hint, for a damaged file may say anything."""

    path: str
    kind: str
    width: int
    """Bytes of each value of fixed length; 0 of others."""
    values: int
    """In all row groups."""
    largest: int
    """Bytes of the largest column chunk, uncompressed."""
    size: int
    """Bytes of all column chunks, uncompressed."""
    encodings: frozenset[str]

    @property
    def repeats(self) -> bool:
        """Whether a value may be stored once and stand for many."""
        return any("DICTIONARY" in encoding for encoding in self.encodings)

    @property
    def grows(self) -> bool:
        """Whether values are stored as what differs from the one before: no dictionary can be read of it."""
        return "DELTA_BYTE_ARRAY" in self.encodings


def read_columns(content: bytes, file: pq.ParquetFile, columns: Sequence[str], limits: ReadLimits) -> dict[str, Any]:
    """The columns as chunked arrays. Text that repeats a great deal stays dictionary-encoded, other text is plain.

    `file` is the content, opened with INT96 as seconds.

    Raises:
        UnreadableFileError: there is more than the limits allow, a column is an empty group, or the file holds other
            than it states.
    """
    leaves = {column: _leaves(file, column) for column in columns}
    _check_stated(file, leaves, limits)
    flat = [found[0] for column, found in leaves.items() if found[0].path == column]
    encoded = [leaf.path for leaf in flat if leaf.kind == "BYTE_ARRAY" and leaf.repeats and not leaf.grows]
    legacy = [leaf.path for leaf in flat if leaf.kind == "INT96"]
    rows = _batch_rows([leaf for found in leaves.values() for leaf in found])
    measured = _Measured(limits)
    parts: dict[str, list[_Array]] = {column: [] for column in columns}
    read = 0
    for batch in _batches(content, columns, rows, {"coerce_int96_timestamp_unit": "s", "read_dictionary": encoded}):
        require_memory(batch.nbytes)
        _check_text(batch)
        measured.add(batch)
        read += batch.num_rows
        for column in columns:
            parts[column].append(_spelt_out(batch.column(column)))
    stated = file.metadata.num_rows
    if read != stated:  # a damaged row group gives fewer rows, and no error
        raise UnreadableFileError(f"is no valid Parquet file: it states {stated} rows and holds {read}")
    found = {column: _joined(parts[column], file.schema_arrow.field(column).type) for column in columns}
    if legacy and read:
        exact = pa.Table.from_batches(_batches(content, legacy, rows, {"coerce_int96_timestamp_unit": "ns"}))
        found |= {column: _with_nanoseconds(found[column], exact.column(column)) for column in legacy}
    return found


def _leaves(file: pq.ParquetFile, column: str) -> list[_Leaf]:
    """The stored columns of a column: one, or those of a nested one."""
    metadata, found = file.metadata, []
    for number in range(len(file.schema)):
        stored: Any = file.schema.column(number)
        if stored.path != column and not stored.path.startswith(f"{column}."):
            continue
        chunks = [metadata.row_group(group).column(number) for group in range(metadata.num_row_groups)]
        sizes = [chunk.total_uncompressed_size for chunk in chunks]
        found.append(
            _Leaf(
                path=stored.path,
                kind=stored.physical_type,
                width=stored.length if stored.physical_type == "FIXED_LEN_BYTE_ARRAY" else 0,
                values=sum(chunk.num_values for chunk in chunks),
                largest=max(sizes, default=0),
                size=sum(sizes),
                encodings=frozenset(encoding for chunk in chunks for encoding in chunk.encodings),
            )
        )
    if not found:
        raise UnreadableFileError(f"has a column that is an empty group, and holds no values: {column}")
    return found


def _check_stated(file: pq.ParquetFile, leaves: dict[str, list[_Leaf]], limits: ReadLimits) -> None:
    """Refuse what is too large by what the footer says, before anything of it is read."""
    everything = [leaf for found in leaves.values() for leaf in found]
    fixed = sum(leaf.values * max(leaf.width, _VALUE_BYTES) for leaf in everything)
    if max(sum(leaf.size for leaf in everything), file.metadata.num_rows * _VALUE_BYTES, fixed) > limits.file_size:
        raise TooLargeError(file_too_large(limits))
    for column, found in leaves.items():
        for leaf in found:
            if leaf.width > limits.record_size:
                raise TooLargeError(f"{_record_too_large(limits)} in column {column}")
            # Nested values can't be read as they are stored, and the contract takes none of them.
            each = leaf.largest if leaf.repeats or leaf.grows else _VALUE_BYTES
            if leaf.path != column and leaf.kind == "BYTE_ARRAY" and leaf.values * each > _BATCH_BYTES:
                raise UnreadableFileError(f"has a column of nested values that may not fit in memory: {column}")


def _batch_rows(leaves: Sequence[_Leaf]) -> int:
    rows = _BATCH_ROWS
    for leaf in leaves:
        largest = leaf.width or (leaf.largest if leaf.grows else 0)
        rows = min(rows, max(1, _BATCH_BYTES // max(1, largest)))
    return rows


def _batches(content: bytes, columns: Sequence[str], rows: int, options: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    if columns:
        for batch in pq.ParquetFile(pa.BufferReader(content), **options).iter_batches(rows, columns=list(columns)):
            # The leaf prefix of a nested column selects it whole; one that shares its prefix (`a.b`) is dropped here.
            yield batch.select(list(columns))


def _check_text(batch: pa.RecordBatch) -> None:
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid as error:
        raise UnreadableFileError("holds text that is not UTF-8") from error


@dataclass
class _Measured:
    """What was read so far, in bytes as if every value were spelt out."""

    limits: ReadLimits
    size: int = 0
    rows: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Measure a batch, while text that repeats is still encoded."""
        texts = np.zeros(batch.num_rows, np.int64)
        for column in batch.columns:
            lengths = text_lengths(column)
            if lengths is None:
                self.size += column.nbytes
            else:
                texts += lengths
                self.size += batch.num_rows * _VALUE_BYTES
        self.size += int(texts.sum())
        if texts.size and texts.max() > self.limits.record_size:
            number = self.rows + int(texts.argmax()) + 1
            raise TooLargeError(f"{_record_too_large(self.limits)}, number {number:,}")
        if self.size > self.limits.file_size:
            raise TooLargeError(file_too_large(self.limits))
        self.rows += batch.num_rows


def _record_too_large(limits: ReadLimits) -> str:
    return f"has a record of more than {shown_size(limits.record_size)} (PORTFOLIO_MAX_RECORD_SIZE)"


def _spelt_out(values: _Array) -> _Array:
    """Text without its dictionary, unless that would take several times the memory."""
    encoded: Any = values
    lengths = text_lengths(values) if pa.types.is_dictionary(values.type) else None
    if lengths is None or int(lengths.sum()) > max(_WORTH_KEEPING * encoded.dictionary.nbytes, 1 << 20):
        return values
    spelt: _Array = encoded.dictionary.take(encoded.indices)
    return spelt


def _joined(parts: list[_Array], kind: pa.DataType) -> Any:
    """The parts as one column, in one type."""
    if len({str(part.type) for part in parts}) > 1:
        parts = [part if pa.types.is_dictionary(part.type) else pc.dictionary_encode(part) for part in parts]
    return pa.chunked_array(parts) if parts else pa.chunked_array([], type=kind)  # type: ignore[call-overload]


def _with_nanoseconds(seconds: Any, nanoseconds: Any) -> Any:
    """INT96 values in microseconds: at midnight exactly where they are, within the years that microseconds reach.

    Args:
        seconds: the values in seconds, rounded down.
        nanoseconds: the same, wrapped around where 64 bits don't hold them.
    """
    whole = seconds.cast(pa.int64()).fill_null(0).to_numpy()
    wrapped = nanoseconds.cast(pa.int64()).fill_null(0).to_numpy().view(np.uint64)
    rest = (wrapped - whole.view(np.uint64) * np.uint64(10**9)).astype(np.int64)  # both wrap around alike
    reach = 2**63 // 10**6 - 1
    micros = np.clip(whole, -reach, reach) * 10**6 + np.clip(np.maximum(rest // 1000, rest > 0), 0, 10**6 - 1)
    return pa.chunked_array([pa.array(micros, pa.timestamp("us"), mask=seconds.is_null().to_numpy())])
