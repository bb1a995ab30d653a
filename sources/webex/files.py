"""Small files of the memory folder: replaced as a whole, so that a killed process leaves the old one or the new one."""

import json
import os
from pathlib import Path
from typing import Any


def replacing_text(file: Path, text: str) -> None:
    """Write a text file in place of the one that may be there; its folder is made where it is missing."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_name(f"{file.name}.new")
    with beside.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)


def read_json(file: Path) -> dict[str, Any]:
    """The object in a file; empty where there is none, or none that can be read."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
