"""Writes landing partitions, each of one file."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from expectations.contract import CONTROL_TOTALS, DATASETS
from sources.landing.writing import replacing_partition

_COLUMNS = {dataset.name: list(dataset.column_names) for dataset in (*DATASETS.values(), CONTROL_TOTALS)}
FORMATS = ("csv", "csv.gz", "parquet")

# Usage, nearly all of the bytes, has ids and numbers only; Arrow refuses to write what would need its quotes.
_PLAIN = pyarrow.csv.WriteOptions(quoting_style="none")


def write_partition(landing: Path, dataset: str, day: date, rows: pa.Table, file_format: str) -> int:
    """Write `<landing>/<dataset>/<day>/<dataset>.<file_format>`, in place of the folder that may be there.

    The columns are put in the contract's order. Returns the file's size in bytes; raises OSError, and then leaves
    the partition as it was.
    """
    with replacing_partition(landing, dataset, day) as folder:
        file = folder / f"{dataset}.{file_format}"
        _write(rows.select(_COLUMNS[dataset]), dataset, file, file_format)
        return file.stat().st_size


def _write(rows: pa.Table, dataset: str, file: Path, file_format: str) -> None:
    if file_format == "parquet":
        # store_schema=False: readers see text, not the dictionaries that it was written from. A day names each holder
        # about once, so that a dictionary of them would only be in the way.
        repeating: Any = [
            name for name in rows.column_names if name != "user_id"
        ]  # the stubs know True and False alone
        pa.parquet.write_table(rows, file, compression="zstd", store_schema=False, use_dictionary=repeating)
        return
    with pa.output_stream(file) as stream:
        pa.csv.write_csv(rows, stream, _PLAIN if dataset == "license_usage" else None)
