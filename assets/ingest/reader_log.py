"""Tracebacks of readers in a run's log: the line that refuses a partition says only what failed and where."""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sources.readers.reading import LOG


class _Into(logging.Handler):
    """Passes on what readers say, in the thread that made it: a run's log is a database that one thread writes."""

    def __init__(self, log: logging.Logger) -> None:
        super().__init__()
        self._log = log
        self._thread = threading.get_ident()
        self._waiting: deque[str] = deque()

    def emit(self, record: logging.LogRecord) -> None:
        self._waiting.append(self.format(record))
        if threading.get_ident() == self._thread:
            self.pass_on()

    def pass_on(self) -> None:
        """Write what other threads said."""
        while self._waiting:
            self._log.error(self._waiting.popleft())


@contextmanager
def reader_tracebacks(log: logging.Logger) -> Iterator[None]:
    """While readers work, in whatever threads, what they log goes to a run's log too, at the latest in the end."""
    handler = _Into(log)
    LOG.addHandler(handler)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        handler.pass_on()
