"""`backup.json`: what a backup holds, file by file. It is written last, so that a folder without it is none.

It is read as what anybody may have written: a path in it that leads out of the backup makes the backup an altered one.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.version import program_version
from storage import versions
from storage.backup.contents import FILES, FOLDERS
from storage.backup.reading import NotInsideError, read_inside
from storage.files.atomic import StorageError
from storage.files.names import shown

FORMAT = 1
NAME = "backup.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_SECONDS = 2**63
"""Times of change that a system knows, on both sides of 1970."""
_NAME = re.compile(r"[0-9A-Za-z-]+")
_SEAL = "digest"


@dataclass(frozen=True)
class BackedUp:
    """A file of a backup: its path from the home folder, what it holds, and its time of change."""

    path: str
    size: int
    sha256: str
    mtime_ns: int


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    created_at: datetime
    program: str
    """Version of partner-portfolio that made it."""
    home: str
    ledger_version: int
    publication_id: str | None
    key_fingerprint: str | None
    """Tells the hash key apart from others, and nothing about it; None where the home folder had none."""
    files: tuple[BackedUp, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def manifest_text(manifest: Manifest) -> str:
    """The manifest as JSON, with its own checksum."""
    described = {"format": FORMAT, **asdict(manifest)}
    described["created_at"] = manifest.created_at.astimezone(UTC).isoformat()
    return json.dumps(described | {_SEAL: _digest(described)}, indent=1) + "\n"


def is_finished(folder: Path) -> bool:
    """Whether a folder holds a backup that was finished."""
    return (folder / NAME).is_file()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        StorageError: it is unfinished, altered, or of a newer version.
    """
    if not is_finished(folder):
        raise StorageError(f"{folder} holds no finished backup: there is no {NAME} in it; name another folder")
    try:
        described = json.loads(read_inside(folder, NAME))
        if not isinstance(described, dict):
            raise ValueError("no object")
        if isinstance(described.get("format"), int) and described["format"] > FORMAT:
            raise made_by_newer(folder, described.get("program"))
        if isinstance(described.get("ledger_version"), int) and described["ledger_version"] > versions.LEDGER:
            raise made_by_newer(folder, described.get("program"))  # which may know files that this one does not
        return _manifest(described)
    except PermissionError as error:
        raise StorageError(f"{folder} cannot be read: {error.strerror}; its owner or root can") from error
    except (NotInsideError, OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise altered(folder, NAME) from error


def made_by_newer(folder: Path, program: object) -> StorageError:
    """What is said of a backup of a home folder that this version does not know."""
    by = f"{shown(program)}, and this is {program_version()}"
    return StorageError(
        f"{folder} was made by a newer version of partner-portfolio; upgrade to restore it (it is of {by})"
    )


def altered(folder: Path, path: str) -> StorageError:
    """What is said of a backup that is not as it was made."""
    return StorageError(f"{folder}: {shown(path)} is not as it was backed up; nothing was restored: use another backup")


def _manifest(described: Mapping[str, Any]) -> Manifest:
    rest = {name: value for name, value in described.items() if name != _SEAL}
    if rest.pop("format") != FORMAT or described[_SEAL] != _digest({"format": FORMAT, **rest}):
        raise ValueError(_SEAL)
    files = tuple(_backed_up(**file) for file in rest.pop("files"))
    if len({file.path for file in files}) != len(files):
        raise ValueError("a file twice")
    created_at = datetime.fromisoformat(rest.pop("created_at"))
    if created_at.tzinfo is None:
        raise ValueError("a time without its zone")
    found = Manifest(created_at=created_at, files=files, **rest)
    if not isinstance(found.ledger_version, int) or not all(
        isinstance(text, str) for text in (found.home, found.program)
    ):
        raise ValueError("a field of another type")
    names = (found.publication_id, found.key_fingerprint)
    if not all(name is None or _NAME.fullmatch(name) for name in names):
        raise ValueError("a name")
    return found


def _backed_up(path: str, size: int, sha256: str, mtime_ns: int) -> BackedUp:
    if not (isinstance(size, int) and isinstance(mtime_ns, int) and size >= 0 and _SHA256.fullmatch(sha256)):
        raise ValueError(path)
    if not (isinstance(path, str) and -_MOST_SECONDS <= mtime_ns // 10**9 < _MOST_SECONDS):
        raise ValueError(path)
    os.fsencode(path)  # a surrogate is no name of a file, and a ValueError
    first, *rest = path.split("/")
    inside = first in FOLDERS if rest else first in FILES
    if not inside or any(part in ("", ".", "..") for part in rest) or "\0" in path:
        raise ValueError(path)
    return BackedUp(path, size, sha256, mtime_ns)


def _digest(described: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
