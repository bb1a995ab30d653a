"""The executors of a cluster, to be killed while they work."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

from .cluster import Cluster

_HANG_SECONDS = 300


class Killer:
    """Kills all executors of a cluster as soon as one has written what a stage hands to the next one."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._thread: threading.Thread | None = None
        self.killed: list[int] = []

    def begin(self) -> None:
        """Wait for the next shuffle file beside what goes on; the second call does nothing."""
        if self._thread is None:
            known = self._shuffled()
            self._thread = threading.Thread(target=self._run, args=(known,), daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Wait until they were killed."""
        assert self._thread is not None, "nothing was started"
        self._thread.join(_HANG_SECONDS)

    def _run(self, known: set[Path]) -> None:
        deadline = time.monotonic() + _HANG_SECONDS
        while time.monotonic() < deadline and not self._shuffled() - known:
            time.sleep(0.005)
        self.killed = executors(self._cluster)
        for pid in self.killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _shuffled(self) -> set[Path]:
        return set(self._cluster.folder.glob("**/blockmgr-*/*/shuffle_*.data"))


def executors(cluster: Cluster) -> list[int]:
    """The process ids of the cluster's executors: they are children of its workers."""
    parents = set(cluster.workers)
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if parent in parents and b"ExecutorBackend" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
    return found
