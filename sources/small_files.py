"""Small files that sources remember by: replaced as a whole, so that a killed process leaves the old or the new one."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any, TextIO

_SUFFIX = ".writing"


@contextmanager
def replacing_file(file: Path) -> Iterator[TextIO]:
    """A stream to write a text file with; when the block ends, it takes the place of the one that may be there.

    Its folder is made where it is missing, and what killed processes left beside it is removed. Two processes may write
    the same file: either one's is there afterwards.

    Raises:
        OSError: it can't be written. The file is then as it was, as it is when the block raises.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_leftovers(file)
    beside = file.with_name(f".{file.name}.{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}")
    try:
        with beside.open("w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def replacing_text(file: Path, text: str) -> None:
    """Write a text file as `replacing_file` does."""
    with replacing_file(file) as stream:
        stream.write(text)


def read_json(file: Path) -> dict[str, Any]:
    """The object in a file; empty where there is none, or none that can be read."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remove_leftovers(file: Path) -> None:
    for leftover in file.parent.glob(f".{escape(file.name)}.*{_SUFFIX}"):
        process = leftover.name.removeprefix(f".{file.name}.").partition("-")[0]
        if not process.isdecimal() or not _runs(int(process)):
            leftover.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OverflowError, PermissionError):
        return True
    return True
