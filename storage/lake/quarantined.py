"""Reading quarantined rows of the lake."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from expectations.sql_text import sql_files
from storage.files.atomic import StorageError

QuarantinedRow = Mapping[str, Any]
"""One row: file, record_number, reasons and raw_row."""


def quarantined_rows(file: Path, limit: int | None = None) -> Sequence[QuarantinedRow]:
    """The rows of a quarantine file, in order of reading; the first `limit`.

    Raises:
        StorageError: the file is gone or can't be read.
    """
    try:
        with duckdb.connect() as connection:
            result = connection.execute(
                "select file, record_number, reasons, raw_row"
                f" from read_parquet({sql_files(file)}, hive_partitioning = false)"
                f" order by file, record_number {f'limit {limit}' if limit is not None else ''}"
            )
            columns = [column[0] for column in result.description]
            return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    except duckdb.Error as error:
        raise StorageError(f"{file} cannot be read: {str(error).splitlines()[0]}") from error
