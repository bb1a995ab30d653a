"""Opening the warehouse: one process at a time, waiting for one that is about to let go."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from storage.files.atomic import StorageError
from storage.files.damage import damage, warehouse_remedy
from storage.files.duckdb_files import remove_beside

_HELD = re.compile(r"Conflicting lock is held in (.*?)\(PID (\d+)\)")


class WarehouseBusyError(Exception):
    """Another process keeps the warehouse open: one line naming it."""


class DamagedWarehouseError(StorageError):
    """The file was cut off or overwritten: one line with the remedy."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(warehouse_remedy(path, found))
        self.found = found


@contextmanager
def open_warehouse(
    path: Path, *, read_only: bool = False, wait_seconds: float = 30, settings: Mapping[str, str | int] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Connect to the warehouse file.

    Another process that looks into the file is waited for: DuckDB lets no one write meanwhile.

    Args:
        settings: DuckDB's, such as its memory limit.

    Raises:
        WarehouseBusyError: another process still has the file after `wait_seconds`.
        DamagedWarehouseError: the file was cut off or overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        remove_beside(path)  # a log of a file that is gone
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            connection = duckdb.connect(str(path), read_only=read_only, config=dict(settings or {}))
            break
        except duckdb.IOException as error:
            held = _HELD.search(str(error))
            if held is None:
                if found := damage(error):
                    raise DamagedWarehouseError(path, found) from error
                raise
            if time.monotonic() > deadline:
                holder, pid = held.groups()
                message = f"{path} is open in process {pid} ({Path(holder.strip()).name}): close it and run again"
                raise WarehouseBusyError(message) from None
            time.sleep(0.2)
    try:
        yield connection
    finally:
        connection.close()
