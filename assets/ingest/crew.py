"""Several partitions at a time: threads read, judge and store them, each with a connection to one DuckDB.

A partition is smaller than what DuckDB gives to more than one thread. Only what needs no ledger is done here; its
rows are written by whoever asked, in order.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import duckdb

from assets.ingest.decision import Assessment
from assets.ingest.rules import IngestRules
from assets.ingest.storing import Stored, TooLittleMemoryError, store_partition
from assets.ingest.workbench import another_bench, open_workbench
from expectations.contract import Dataset
from expectations.holder_keys import HolderKeys
from sources.landing.folder import LandingPartition, file_ending
from sources.readers.limits import size_in_bytes
from storage.lake.lake import Lake

_MOST_THREADS = 8
_EXPANDED = {".csv": 2, ".csv.gz": 16, ".parquet": 16}
"""Bytes in memory for each byte of a landing file, about: what is read is text, with a number for each record."""


class Job:
    """A partition that is being worked on."""

    def __init__(self, size: int, future: Future[Stored], alone: Callable[[], Stored], *, in_company: bool) -> None:
        self.size, self.future = size, future
        """Bytes that it takes in memory, about, and what came of it."""
        self.in_company = in_company
        """Whether others were worked on at the same time, and took memory that it may have lacked."""
        self._alone = alone

    @property
    def done(self) -> bool:
        """Whether its outcome is there."""
        return self.future.done()

    def outcome(self) -> Stored:
        """What came of the partition; waits for it, and raises what `store_partition` raises.

        What lacked memory while others were worked on is done once more, alone: no outcome depends on its neighbours.
        """
        try:
            stored = self.future.result()
        except TooLittleMemoryError:
            if not self.in_company:
                raise
        else:
            if not (stored.starved and self.in_company):
                return stored
        return self._alone()


class Crew:
    """Threads at work on partitions; used by one thread, within `crew`."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, lake: Lake, rules: IngestRules, pool: ThreadPoolExecutor, threads: int
    ) -> None:
        self._con, self._lake, self._rules, self._pool = con, lake, rules, pool
        self._budget = size_in_bytes(rules.memory_limit)
        self._most = 2 * threads  # one that waits for each: no thread is idle while a long one is waited for
        self._benches: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        self._connections = [another_bench(con, rules) for _ in range(threads)]
        for bench in self._connections:
            self._benches.put(bench)
        self._holders = HolderKeys()
        self._jobs: list[Job] = []

    def begin(self, dataset: Dataset, found: Assessment) -> Job:
        """Have a partition worked on; waits while those at work take too much memory for one more."""
        assert found.landed is not None  # noqa: S101  what READ means
        size = _size_in_memory(found.landed)
        while (busy := self._busy()) and (
            len(busy) == self._most or sum(job.size for job in busy) + size > self._budget
        ):
            wait([job.future for job in busy], return_when=FIRST_COMPLETED)
        future = self._pool.submit(self._store, dataset, found)
        job = Job(size, future, lambda: self._store_alone(dataset, found), in_company=bool(busy))
        for other in busy:
            other.in_company = True
        self._jobs = [*busy, job]
        return job

    def stop(self) -> None:
        """Begin nothing more, end the queries that run, and wait until nobody is at work."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for bench in self._connections:
            bench.interrupt()
        self._pool.shutdown(wait=True)
        for bench in self._connections:
            bench.close()

    def _busy(self) -> list[Job]:
        return [job for job in self._jobs if not job.done]

    def _store_alone(self, dataset: Dataset, found: Assessment) -> Stored:
        wait([job.future for job in self._jobs])
        return store_partition(self._con, self._lake, dataset, found, self._rules)

    def _store(self, dataset: Dataset, found: Assessment) -> Stored:
        bench = self._benches.get()
        try:
            return store_partition(bench, self._lake, dataset, found, self._rules, holders=self._holders)
        finally:
            self._benches.put(bench)


@contextmanager
def crew(lake: Lake, rules: IngestRules) -> Iterator[Crew]:
    """Threads for as long as the block; on leaving it, whatever is still at work is ended, and waited for."""
    threads = crew_size(rules)
    with open_workbench(lake, rules) as con, ThreadPoolExecutor(threads, "ingest") as pool:
        made = Crew(con, lake, rules, pool, threads)
        try:
            yield made
        finally:
            made.stop()


def crew_size(rules: IngestRules) -> int:
    """How many partitions are worked on at a time."""
    return min(rules.threads or len(os.sched_getaffinity(0)), _MOST_THREADS)


def _size_in_memory(landed: LandingPartition) -> int:
    return sum(_EXPANDED[file_ending(path.name)] * _size(path) for path in landed.files)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # reading it will say so
