"""The DuckDB in memory that partitions are checked in."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from assets.ingest.rules import IngestRules
from expectations.quarantine import use_holder_key
from storage.files.atomic import storage_errors
from storage.lake.lake import Lake


@contextmanager
def open_workbench(lake: Lake, rules: IngestRules) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that checks partitions one after the other; opening it costs more than a small partition."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": rules.memory_limit,
        "temp_directory": str(lake.spill_folder),
    }
    if rules.threads is not None:
        config["threads"] = rules.threads
    with storage_errors(lake.spill_folder):  # DuckDB makes the folder itself, but not the one above
        lake.spill_folder.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config=config) as con:
        use_holder_key(con, rules.holder_key)
        yield con


def another_bench(con: duckdb.DuckDBPyConnection, rules: IngestRules) -> duckdb.DuckDBPyConnection:
    """A second connection to a workbench's DuckDB, for another thread: its tables are its own, memory is shared."""
    bench = con.cursor()
    use_holder_key(bench, rules.holder_key)
    return bench
