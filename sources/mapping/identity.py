"""What a feed is known by: its key, a fingerprint of all that decides its rows, and the names of its landing files."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources.landing.folder import MAPPED
from sources.mapping.columns import Column
from sources.mapping.inbox import content_of
from sources.mapping.lookups import lookup_path
from sources.mapping.model import Feed

_VERSION = 1
"""Raised when the same file comes out otherwise."""
_LONGEST = 40


@dataclass(frozen=True)
class KnownFeed:
    """A feed with its key and its fingerprint."""

    feed: Feed
    key: str
    fingerprint: str

    def target(self, relative: str) -> str:
        """The name of the landing file of an inbox file: the same for all where they replace each other."""
        whole = self.key if self.feed.replaces else f"{self.key}\n{relative}"
        shown = self.feed.files if self.feed.replaces else relative
        slug = re.sub(r"[^a-z0-9]+", "-", shown.lower()).strip("-")[:_LONGEST].strip("-") or self.feed.dataset
        return f"{MAPPED}{slug}-{_digest(whole)[:8]}.csv"


def rows_mark(feed: Feed, relative: str, content: str) -> str:
    """What two files of a feed have in common where they give the same rows: their content, and perhaps their path."""
    return _digest(f"{content}\n{relative}") if feed.needs_the_path() else content


def known_feeds(feeds: Sequence[Feed], folder: Path) -> list[KnownFeed]:
    """The feeds of a mapping, each with what it is known by.

    Args:
        folder: the mapping file's, from which lookups' paths go on.
    """
    found, times = [], dict[str, int]()
    for feed in feeds:
        base = f"{feed.dataset} {feed.files}"
        times[base] = times.get(base, 0) + 1
        key = base if times[base] == 1 else f"{base} #{times[base]}"
        found.append(KnownFeed(feed, key, _fingerprint(feed, folder)))
    return found


def _fingerprint(feed: Feed, folder: Path) -> str:
    declared = feed.model_dump(mode="json", by_alias=True, exclude={"files"})
    orders = [list(_orders(column)) for column in feed.all_columns()]
    return _digest(json.dumps([_VERSION, declared, orders, _tables(feed, folder)], sort_keys=True))[:16]


def _orders(column: Column) -> list[Any]:
    return [column.operations, *(_orders(part) for part in column.parts())]


def _tables(feed: Feed, folder: Path) -> list[str]:
    """The contents of the tables that the feed looks into; one that can't be read is told of when it is needed."""
    contents = []
    for column in feed.all_columns():
        for lookup in column.lookups():
            if (path := lookup_path(lookup, folder)) is not None:
                try:
                    contents.append(content_of(path))
                except OSError:
                    contents.append("")
    return contents


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
