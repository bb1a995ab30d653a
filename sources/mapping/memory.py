"""What the mapping remembers between runs, in two files of the home folder.

`delivered.json` says what lies in landing, and is written by whoever delivers. `looks.json` says what was seen in the
inbox, so that a look is cheap; whoever looks writes it, and it may be lost.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sources.errors import SourceError
from sources.small_files import replacing_text

_VERSION = 1
NO_FILE = -1
"""Rows of a day of which nothing came that could be landed."""


@dataclass(frozen=True)
class Landed:
    """A file in landing: which inbox file it came from, and how."""

    relative: str
    content: str
    """SHA-256 of the inbox file."""
    fingerprint: str
    """Of the feed that mapped it."""
    mtime_ns: int
    carried_from: str = ""
    """The day (ISO) of the snapshot that was carried; empty where the file is of the day itself."""
    rows: int = 0


Key = tuple[str, str, str]
"""Feed, day (ISO) and name of a landing file."""


@dataclass
class Delivered:
    """The landing files that feeds have delivered."""

    landed: dict[Key, Landed] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    """The dataset of each feed that ever delivered."""
    replaced: set[Key] = field(default_factory=set)
    """Feed, day (ISO) and content of inbox files that a correction replaced: a copy of them is nothing new."""
    changed: bool = False
    """Whether there is something that was not saved yet."""

    def put(self, feed: str, dataset: str, day: str, name: str, landed: Landed) -> None:
        """A landing file that was written."""
        before = self.landed.get((feed, day, name))
        if before is not None and before.content != landed.content and not before.carried_from:
            self.replaced.add((feed, day, before.content))
        self.landed[feed, day, name] = landed
        self.datasets[feed] = dataset
        self.changed = True

    def of(self, feed: str) -> dict[tuple[str, str], Landed]:
        """Those of a feed, by day and name."""
        return {(day, name): landed for (key, day, name), landed in self.landed.items() if key == feed}


@dataclass
class Look:
    """What is known of an inbox file, as long as its facts are these."""

    facts: str
    content: str
    days: dict[str, list[str] | str] = field(default_factory=dict)
    """Its days (ISO) by a feed's fingerprint and the limits, or why it has none."""


def load_delivered(folder: Path) -> Delivered:
    """What was delivered; nothing where there is no such file.

    Raises:
        SourceError: the file is damaged.
    """
    path = folder / "delivered.json"
    try:
        given = json.loads(path.read_bytes())
        found = {(feed, day, name): Landed(**landed) for feed, day, name, landed in given["landed"]}
        return Delivered(found, dict(given["datasets"]), {(feed, day, name) for feed, day, name in given["replaced"]})
    except FileNotFoundError:
        return Delivered()
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{path} is damaged; take it away: what lies in the inbox is then delivered anew") from error


def save_delivered(folder: Path, delivered: Delivered) -> None:
    """Write what was delivered; the file is whole at every moment."""
    landed = [[*key, asdict(entry)] for key, entry in sorted(delivered.landed.items())]
    others = {"version": _VERSION, "datasets": delivered.datasets, "replaced": sorted(delivered.replaced)}
    _write(folder / "delivered.json", {**others, "landed": landed})
    delivered.changed = False


def load_looks(folder: Path) -> dict[str, Look]:
    """What is known of the inbox's files; nothing where that can't be read."""
    try:
        return {name: Look(**look) for name, look in json.loads((folder / "looks.json").read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def save_looks(folder: Path, looks: dict[str, Look]) -> None:
    """Write what is known of the inbox's files."""
    _write(folder / "looks.json", {name: asdict(look) for name, look in sorted(looks.items())})


def _write(path: Path, content: Any) -> None:
    replacing_text(path, json.dumps(content, ensure_ascii=False, indent=1))


def as_date(text: str) -> date:
    """A day as it is remembered."""
    return date.fromisoformat(text)
