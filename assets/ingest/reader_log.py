"""Tracebacks of readers in a run's log: the line that refuses a partition says only what failed and where."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sources.readers.reading import LOG


class _Into(logging.Handler):
    def __init__(self, log: logging.Logger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.error(self.format(record))


@contextmanager
def reader_tracebacks(log: logging.Logger) -> Iterator[None]:
    """While readers work, what they log goes to a run's log too."""
    handler = _Into(log)
    LOG.addHandler(handler)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
