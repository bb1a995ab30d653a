"""Processes by a name that a reused process id does not share."""

import os
from pathlib import Path


def process_name(pid: int | None = None) -> str:
    """A running process, this one unless told, as `<pid>-<start time>`.

    Raises:
        OSError: no such process runs.
    """
    pid = os.getpid() if pid is None else pid
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    return f"{pid}-{stat.rpartition(')')[2].split()[19]}"


def is_alive(name: str) -> bool:
    """Whether the process of that name still runs."""
    try:
        return process_name(int(name.partition("-")[0])) == name
    except (OSError, ValueError):
        return False
