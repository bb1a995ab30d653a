"""The Great Expectations suites over the temporary lake of a landing check, batch by batch."""

from collections.abc import Iterator, Sequence
from datetime import date

import duckdb

from expectations.contract import Dataset
from expectations.results import CheckResult

_BATCH_DAYS = 30
"""Partitions that one validation covers: GX costs a second each time, and rows have to fit in memory."""


def suite_results(con: duckdb.DuckDBPyConnection, dataset: Dataset, days: Sequence[date]) -> Iterator[CheckResult]:
    """The results for a dataset's loaded partitions, over the view `raw.<dataset>`."""
    from expectations.suites.contract_suite import needed_columns
    from expectations.validation import validate_accepted

    columns = ", ".join(needed_columns(dataset))
    for start in range(0, len(days), _BATCH_DAYS):
        batch = list(days[start : start + _BATCH_DAYS])
        rows = con.execute(
            f"select {columns} from raw.{dataset.name}"
            f" where {dataset.date_column} between date '{batch[0]}' and date '{batch[-1]}'"
        ).to_arrow_table()
        yield from validate_accepted(dataset, rows, batch)
