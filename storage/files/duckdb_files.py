"""How DuckDB's files are begun, and what it keeps beside them.

It applies a write-ahead log to whatever file has the name that it was written for. So the log of a file goes before
another takes its name, while nobody can write to it.
"""

import shutil
from pathlib import Path
from typing import Any

_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
_SPILL = ".tmp"
_FORMAT = "v0.10.2"  # as DuckDB 1 does by itself; the file then names the format v1.0.0


def readable(**config: str) -> dict[str, Any]:
    """A connection's configuration with which it begins files that every driver from 1.0 on opens.

    DuckDB 2 by itself begins some that no 1.x does.
    """
    return {**config, "storage_compatibility_version": _FORMAT}


def remove_logs(path: Path) -> bool:
    """Remove what someone changed in a DuckDB file and what was not merged into it yet; whether there was anything."""
    logs = [log for suffix in _LOGS if (log := Path(f"{path}{suffix}")).exists()]
    for log in logs:
        log.unlink(missing_ok=True)
    return bool(logs)


def remove_beside(path: Path) -> None:
    """Remove all that DuckDB may have left beside a file: logs, and what a query put aside."""
    remove_logs(path)
    shutil.rmtree(f"{path}{_SPILL}", ignore_errors=True)
