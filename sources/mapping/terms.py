"""Subscriptions of exports as a contract file: what a source that knows no terms takes from a mapping's feeds."""

import csv
import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from expectations.contract import STATUSES, SUBSCRIPTIONS
from sources.errors import SourceError
from sources.mapping.identity import KnownFeed
from sources.mapping.inbox import InboxFile, taken
from sources.mapping.mapper import map_file
from sources.mapping.surroundings import Surroundings
from sources.readers.errors import UnreadableFileError
from sources.readers.reading import attempt
from sources.small_files import replacing_file

COLUMNS = ("subscription_id", "start_date", "end_date", "auto_renew", "status")
CONTRACT_FILE = "contract.csv"
"""Its name in the mapping's folder of the home folder."""
_TRUE, _FALSE = ("true", "1"), ("false", "0")


def delivers_terms(feed: KnownFeed) -> bool:
    """Whether a feed's rows have terms."""
    return feed.feed.dataset == SUBSCRIPTIONS.name


def write_terms(
    feeds: Sequence[KnownFeed],
    files: Sequence[InboxFile],
    near: Surroundings,
    scratch: Callable[[], AbstractContextManager[Path]],
    path: Path,
) -> None:
    """Write the terms of each feed's newest export; nothing is done where the file has them already.

    A value that is none is empty, which is unknown; of a subscription that stands twice the last row counts.

    Raises:
        SourceError: an export can't be mapped; the file stays as it was.
    """
    newest = [
        (feed, max(own, key=lambda file: file.age_order))
        for feed in feeds
        if delivers_terms(feed) and (own := taken(feed.feed, files))
    ]
    facts = "\n".join(f"{feed.key} {feed.fingerprint} {file.relative} {file.facts}" for feed, file in newest)
    stamp = path.with_suffix(".stamp")
    digest = hashlib.sha256(facts.encode()).hexdigest()
    if path.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    found: dict[str, dict[str, str]] = {}
    for feed, file in newest:
        with scratch() as folder:
            mapped, problem = attempt(partial(_rows, feed, file, replace(near, scratch=folder)), file.relative)
        if mapped is None:
            raise SourceError(f"{file.relative} {problem}")
        found |= mapped
    with replacing_file(path) as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found[key] for key in sorted(found))
    stamp.write_text(digest, encoding="utf-8")


def _rows(feed: KnownFeed, file: InboxFile, near: Surroundings) -> dict[str, dict[str, str]]:
    """The terms of an export's newest day, by subscription."""
    mapped = map_file(feed.feed, file.relative, near, near.today)
    if not mapped.files:
        raise UnreadableFileError("has no row")
    found = {}
    with mapped.files[max(mapped.files)].open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            terms = _terms(row)
            if terms["subscription_id"]:
                found[terms["subscription_id"]] = terms
    return found


def _terms(row: dict[str, str]) -> dict[str, str]:
    values = {name: (row.get(name) or "").strip() for name in COLUMNS}
    start, end = (_day(values[name]) for name in ("start_date", "end_date"))
    if start and end and end < start:
        start = end = ""
    renews = values["auto_renew"].lower()
    status = values["status"]
    return {
        "subscription_id": values["subscription_id"],
        "start_date": start,
        "end_date": end,
        "auto_renew": "true" if renews in _TRUE else "false" if renews in _FALSE else "",
        "status": status if status in STATUSES else "",
    }


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if len(text) == len("2026-03-01") else ""
    except ValueError:
        return ""
