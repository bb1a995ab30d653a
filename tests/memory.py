"""Files of tests in memory: homes are synced to disk at every commit, which no test looks at."""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  where Linux has a file system in memory
ENOUGH = 6 * 2**30  # bytes: a test that fails for want of room is worse than a slow one


def keep_files_in_memory() -> None:
    """Have temporary files in memory, unless TMPDIR says where, or memory has no room for them or runs no programs.

    A sync took 17 ms on a disk where this was measured, and a command has some hundreds.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    room = os.statvfs(MEMORY)
    if room.f_bavail * room.f_frsize >= ENOUGH and not room.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # looked up before
