"""Locks on files that the system frees when their holder dies."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(lock_file: Path, on_wait: Callable[[str], None] = lambda message: None) -> Iterator[None]:
    """Hold the pipeline's lock, waiting for whoever has it; the system frees it when the process dies.

    Args:
        lock_file: made when absent; its content names the holder.
        on_wait: told once, in one line, when there is something to wait for.
    """
    with _held(lock_file, fcntl.LOCK_EX, on_wait):
        yield


@contextmanager
def together(lock_file: Path, on_wait: Callable[[str], None] = lambda message: None) -> Iterator[None]:
    """Hold a lock with others that hold it so, while nobody holds it exclusively; otherwise as `exclusive`."""
    with _held(lock_file, fcntl.LOCK_SH, on_wait):
        yield


@contextmanager
def _held(lock_file: Path, how: int, on_wait: Callable[[str], None]) -> Iterator[None]:
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait(f"waiting for another run that is writing ({lock_file})")
            fcntl.flock(handle, how)
        yield
