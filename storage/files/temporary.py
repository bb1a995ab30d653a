"""Temporary folders that outlive no process for long: a killed one's are removed by the next that makes some."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import geteuid
from pathlib import Path

from storage.files.processes import is_alive, process_name

_PREFIX = "portfolio-"
_NAME = re.compile(_PREFIX + r"[a-z]+-(?P<process>[0-9]+-[0-9]+)-[^/]+")


@contextmanager
def temporary_folder(purpose: str) -> Iterator[Path]:
    """A folder for the block alone, of mode 0700, in the system's folder for such things.

    Args:
        purpose: a word of lower-case letters, to know it by.
    """
    sweep()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{purpose}-{process_name()}-") as folder:
        yield Path(folder)


def sweep() -> None:
    """Remove what this user's processes that no longer run left behind."""
    for folder in Path(tempfile.gettempdir()).iterdir():
        named = _NAME.fullmatch(folder.name)
        if named is None or is_alive(named["process"]):
            continue
        try:
            facts = folder.lstat()
        except OSError:
            continue  # another process swept it just now
        if facts.st_uid == geteuid() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
