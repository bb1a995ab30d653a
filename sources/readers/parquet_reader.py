"""Parquet landing files: typed columns become the text that a CSV file would hold, by the contract's rules."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from expectations.contract import ColumnType, Dataset
from expectations.delivery import MALFORMED_SCHEMA, RECORD_NUMBER, DeliveredFile, wrong_kind
from sources.readers.arrow_text import as_text
from sources.readers.errors import UnreadableFileError, check_header, wanted_columns
from sources.readers.limits import ReadLimits
from sources.readers.parquet_batches import read_columns

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions


def parse_parquet(name: str, content: bytes, dataset: Dataset, limits: ReadLimits | None = None) -> DeliveredFile:
    """Parse a Parquet file's bytes.

    Raises `UnreadableFileError` when it is no (whole) Parquet file, has a column name twice, lacks a required column,
    holds text that is not UTF-8, or is larger than the limits.
    """
    limits = limits or ReadLimits()
    try:
        # Seconds reach every date that INT96 can hold; nanoseconds, the usual reading, wrap around in 2262.
        file = pq.ParquetFile(pa.BufferReader(content), coerce_int96_timestamp_unit="s")
        header = file.schema_arrow.names
        unexpected = check_header(header, dataset, limits)
        columns = wanted_columns(header, dataset)
        delivered = read_columns(content, file, columns, limits)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last: a column's name is not UTF-8
        raise UnreadableFileError("is no valid Parquet file, or is truncated") from error
    types = {column.name: column.type for column in dataset.columns} | {dataset.date_column: ColumnType.DATE}
    rows: dict[str, Any] = {}
    for column in columns:
        text, right = as_text(delivered[column], types[column])
        rows[column] = text
        if pc.any(pc.invert(right)).as_py():
            rows[wrong_kind(column)] = pc.fill_null(pc.invert(right), False)
    numbers = np.arange(1, file.metadata.num_rows + 1, dtype=np.int64)
    rows[RECORD_NUMBER] = pa.array(numbers)
    return DeliveredFile(name, pa.table(rows), MALFORMED_SCHEMA.empty_table(), unexpected)
