"""Whether what was read can be worked on: DuckDB holds some thousand rows at once, whatever its memory limit."""

from typing import Any

import numpy as np

from expectations.delivery import DeliveredFile
from sources.readers.arrow_text import text_lengths
from sources.readers.errors import TooLargeError
from sources.readers.limits import BATCH_ROWS, ReadLimits, records_too_long


def check_batches(file: DeliveredFile, limits: ReadLimits) -> None:
    """Raise `TooLargeError` where `BATCH_ROWS` records in a row have more text than the limit."""
    largest = max(_largest(file.rows), _largest_list(file.malformed.column("fields")))
    if largest > limits.batch_size:
        raise TooLargeError(records_too_long(limits))


def _largest(rows: Any) -> int:
    """Bytes of text in the largest batch of rows."""
    if rows.num_rows == 0:
        return 0
    sizes = np.zeros(rows.num_rows, np.int64)
    for column in rows.columns:
        parts = [lengths for chunk in column.chunks if (lengths := text_lengths(chunk)) is not None]
        if parts:
            sizes += np.concatenate(parts)
    return int(np.add.reduceat(sizes, np.arange(0, len(sizes), BATCH_ROWS)).max())


def _largest_list(lists: Any) -> int:
    return max((lists.slice(start, BATCH_ROWS).nbytes for start in range(0, len(lists), BATCH_ROWS)), default=0)
