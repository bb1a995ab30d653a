"""The inbox: which files lie in it, which feeds take them, and which are still being written."""

import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute

from sources.errors import SourceError
from sources.mapping.model import Feed

pc: Any = pyarrow.compute  # made at run time; its stubs miss functions

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
    unusable: tuple[tuple[str, str], ...] = ()
    """What is never read, by its path, with the cause."""


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
    unusable: list[tuple[str, str]] = []
    found = list(_walk(inbox, "", inbox.resolve()))
    for one in sorted(found, key=lambda one: one[0] if isinstance(one, tuple) else one.relative):
        if isinstance(one, tuple):
            unusable.append(one)
            continue
        writing = one.relative.lower().endswith(_UNFINISHED)
        fresh = abs(moment - one.mtime_ns / 1e9) < SETTLED_SECONDS
        (waiting if writing or (fresh and waits) else files).append(one)
    return Listing(tuple(files), tuple(waiting), tuple(unusable))


def _walk(folder: Path, before: str, inbox: Path) -> Iterator[InboxFile | tuple[str, str]]:
    """The files below a folder; of what is not to be read its path, and why."""
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise SourceError(f"inbox {folder} cannot be listed: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith(_SET_ASIDE):
            continue
        problem = _unusable(entry, inbox)
        if problem is not None:
            yield os.fsencode(before + entry.name).decode("utf-8", "replace"), problem
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{before}{entry.name}/", inbox)
        elif entry.is_file():
            facts = entry.stat()
            yield InboxFile(before + entry.name, facts.st_size, facts.st_mtime_ns, facts.st_ino)


def _unusable(entry: "os.DirEntry[str]", inbox: Path) -> str | None:
    """Why an entry is never read: whoever may write to the inbox may read no other file through it."""
    if os.fsencode(entry.name).decode("utf-8", "ignore") != entry.name:
        return "has a name that is not UTF-8; rename it"
    if not entry.is_symlink():
        return None
    if not entry.is_file():
        return "is a link to a folder, or to nothing; links to files of the inbox are followed"
    if not Path(entry.path).resolve().is_relative_to(inbox):
        return "is a link to a file outside the inbox; put the file itself there"
    return None


def taken(feed: Feed, files: Sequence[InboxFile]) -> list[InboxFile]:
    """The files that a feed's pattern matches, in any case; `*` goes up to the next `/`, `**` beyond it."""
    names = taken_names(feed, [file.relative for file in files])
    return [file for file in files if file.relative in names]


def taken_names(feed: Feed, names: Sequence[str]) -> frozenset[str]:
    """Those of some paths below the inbox that a feed's pattern matches, as `taken` does."""
    paths: Any = pa.array(names, pa.string())
    matches = pc.match_substring_regex(paths, _expression(feed.files))  # in time linear in paths, whatever the pattern
    return frozenset(name for name, match in zip(names, matches.to_pylist(), strict=True) if match)


@cache
def _expression(pattern: str) -> str:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return r"(?is)\A(?:" + "".join(parts.get(piece, re.escape(piece)) for piece in pieces) + r")\z"


def untaken(files: Sequence[InboxFile], feeds: Sequence[Feed], lookups: Sequence[Path], inbox: Path) -> list[InboxFile]:
    """The files that no feed takes and that are no lookup's table."""
    tables = {path.resolve() for path in lookups}
    of_feeds = {file for feed in feeds for file in taken(feed, files)}
    return [file for file in files if file not in of_feeds and (inbox / file.relative).resolve() not in tables]


def content_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
