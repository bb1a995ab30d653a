"""The inbox: which files lie in it, which feeds take them, and which are still being written."""

import hashlib
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sources.errors import SourceError
from sources.mapping.model import Feed

SETTLED_SECONDS = 60
"""A file that changed within so many seconds may still be written."""
_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
_SET_ASIDE = (".", "_", "~$")


@dataclass(frozen=True)
class InboxFile:
    """A file of the inbox."""

    relative: str
    """Its path below the inbox, with `/`."""
    size: int
    mtime_ns: int
    inode: int

    @property
    def facts(self) -> str:
        """What changes when somebody writes to it."""
        return f"{self.size} {self.mtime_ns} {self.inode}"

    @property
    def age_order(self) -> tuple[int, str]:
        """Older files first."""
        return self.mtime_ns, self.relative


@dataclass(frozen=True)
class Listing:
    """What lies in the inbox, by what is to be done with it; each in the order of paths."""

    files: tuple[InboxFile, ...]
    waiting: tuple[InboxFile, ...]
    """Files that are still being written."""


def list_inbox(inbox: Path, *, waits: bool = True) -> Listing:
    """The files of the inbox; names that begin with `.`, `_` or `~$` are none.

    Args:
        waits: whether those that changed just now wait; those with an unfinished one's name do anyway.

    Raises:
        SourceError: it can't be listed.
    """
    moment = time.time()
    files: list[InboxFile] = []
    waiting: list[InboxFile] = []
    for found in sorted(_walk(inbox, ""), key=lambda file: file.relative):
        writing = found.relative.lower().endswith(_UNFINISHED)
        fresh = abs(moment - found.mtime_ns / 1e9) < SETTLED_SECONDS
        (waiting if writing or (fresh and waits) else files).append(found)
    return Listing(tuple(files), tuple(waiting))


def _walk(folder: Path, before: str) -> list[InboxFile]:
    found = []
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise SourceError(f"inbox {folder} cannot be listed: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith(_SET_ASIDE):
            continue
        if entry.is_dir(follow_symlinks=False):
            found += _walk(Path(entry.path), f"{before}{entry.name}/")
        elif entry.is_file():
            facts = entry.stat()
            found.append(InboxFile(before + entry.name, facts.st_size, facts.st_mtime_ns, facts.st_ino))
    return found


def takes(feed: Feed, relative: str) -> bool:
    """Whether a feed's pattern matches a path, in any case; `*` goes up to the next `/`, `**` beyond it."""
    return _expression(feed.files).fullmatch(relative) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(parts.get(piece, re.escape(piece)) for piece in pieces), re.IGNORECASE)


def untaken(files: Sequence[InboxFile], feeds: Sequence[Feed], lookups: Sequence[Path], inbox: Path) -> list[InboxFile]:
    """The files that no feed takes and that are no lookup's table."""
    tables = {path.resolve() for path in lookups}
    return [
        file
        for file in files
        if not any(takes(feed, file.relative) for feed in feeds) and (inbox / file.relative).resolve() not in tables
    ]


def content_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
