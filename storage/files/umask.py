"""Files are made for their owner alone, but for those that the user asked for elsewhere."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_PRIVATE_UMASK = 0o077
_users_umask: list[int] = []


def write_privately() -> None:
    """From now on this process and its children make files that their owner alone may read."""
    before = os.umask(_PRIVATE_UMASK)
    if not _users_umask:
        _users_umask.append(before)


@contextmanager
def users_umask() -> Iterator[None]:
    """In the block files are made as the user's own commands make them: for what the user asked for elsewhere."""
    before = os.umask(_users_umask[0]) if _users_umask else None
    try:
        yield
    finally:
        if before is not None:
            os.umask(before)
