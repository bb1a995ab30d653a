"""Small files that sources remember by: replaced as a whole, so that a killed process leaves the old or the new one."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO


@contextmanager
def replacing_file(file: Path) -> Iterator[TextIO]:
    """A stream to write a text file with; when the block ends, it takes the place of the one that may be there.

    Its folder is made where it is missing. Two processes may write the same file: either one's is there afterwards.

    Raises:
        OSError: it can't be written. The file is then as it was, as it is when the block raises.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}.writing")
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
