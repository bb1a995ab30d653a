"""What a command, and a cluster meanwhile, take: processor seconds and memory of the processes below this one."""

import os
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

TICKS = os.sysconf("SC_CLK_TCK")
EVERY_SECONDS = 0.5


class Watch:
    """Looks at this process's descendants while a block runs; one that ends counts as it was last seen.

    Args:
        of_all: those that run already, too; otherwise the ones that begin within the block.
    """

    def __init__(self, *, of_all: bool) -> None:
        self.peak_mib = 0.0
        self._of_all = of_all
        self._before: dict[int, float] = {}
        self._seen: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def cpu(self) -> float:
        """Processor seconds that the descendants used within the block."""
        return sum(seconds - self._before.get(pid, 0) for pid, seconds in self._seen.items())

    def __enter__(self) -> Self:
        self._before = {pid: _cpu(pid) for pid in descendants(os.getpid())}
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._look()
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        memory = 0
        for pid in descendants(os.getpid()):
            if pid in self._before and not self._of_all:
                continue
            with suppress(OSError, ValueError, StopIteration):
                self._seen[pid] = _cpu(pid)
                memory += _memory(pid)
        self.peak_mib = max(self.peak_mib, memory / 1024)


def descendants(root: int) -> list[int]:
    """The process ids of all processes below one."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                children.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    found, waiting = [], [root]
    while waiting:
        waiting += (below := children.get(waiting.pop(), []))
        found += below
    return found


def _cpu(pid: int) -> float:
    with suppress(OSError):
        fields = _stat(pid)
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0


def _stat(pid: int) -> list[str]:
    """The fields behind the name: state, parent, …"""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def _memory(pid: int) -> int:
    """The memory of a process in KiB, what it shares with others in parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
