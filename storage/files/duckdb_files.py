"""What DuckDB keeps beside its files.

It applies a write-ahead log to whatever file has the name that it was written for. So the log of a file goes before
another takes its name, while nobody can write to it.
"""

import shutil
from pathlib import Path

_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
_SPILL = ".tmp"


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
