"""Ours in DuckDB: bit words, as the pipeline's macro."""

from .. import duckdb_sql
from ..bit_words import bit_words
from ..task import Rows, Task


def solve(task: Task) -> Rows:
    """Two aggregations for all days."""
    return duckdb_sql.solve_as_usage(task, bit_words(len(task.days)))
