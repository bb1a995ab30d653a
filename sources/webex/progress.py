"""How far the reading of a day's snapshots got: a file of the memory folder, a line an organisation.

It holds organisations and their licence lines, and nobody's name or address. A line that a killed process did not
finish is not there.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sources.small_files import replacing_text
from sources.webex.models import Licence, Organisation

_PREFIX, _SUFFIX = "snapshot-", ".jsonl"


@dataclass(frozen=True, slots=True)
class Read:
    """An organisation and its licence lines."""

    organisation: Organisation
    licences: tuple[Licence, ...]


@dataclass
class Progress:
    """What was read for the snapshots of a day, up to now."""

    folder: Path
    day: date
    partner: str = ""
    reads: dict[str, Read] = field(default_factory=dict)
    """By the organisation's UUID."""
    trials: Mapping[str, bool] = field(default_factory=dict)
    """Whether a subscription is a trial, of those that have tags."""
    carried: tuple[str, ...] = ()
    """Organisations whose newest landed rows are repeated."""
    is_complete: bool = False
    failed: Mapping[str, str] = field(default_factory=dict)
    """Why organisations (UUIDs) could not be read at the last attempt."""

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return self.folder / f"{_PREFIX}{self.day}{_SUFFIX}"

    @property
    def why_not_whole(self) -> str:
        """What keeps it from being complete, in a few words."""
        left = {uuid: why for uuid, why in self.failed.items() if uuid not in self.reads}
        return failing(left) if left else "the run did not end"

    def of_partner(self, partner: str) -> "Progress":
        """This, where it is the partner's; else an empty one, which takes its place."""
        if self.partner == partner:
            return self
        replacing_text(self.file, _line({"partner": partner}))
        return Progress(self.folder, self.day, partner)

    def add(self, read: Read) -> None:
        """Remember an organisation."""
        self.reads[read.organisation.uuid] = read
        self._append({"organisation": asdict(read.organisation), "licences": [asdict(one) for one in read.licences]})

    def fail(self, failed: Mapping[str, str]) -> None:
        """Remember which organisations could not be read."""
        self.failed = dict(failed)
        self._append({"failed": self.failed})

    def complete(self, listed: list[str], trials: Mapping[str, bool], carried: tuple[str, ...]) -> None:
        """Everything is there: the organisations that count, which subscriptions are trials, and what is repeated."""
        self.reads = {uuid: self.reads[uuid] for uuid in listed if uuid in self.reads}
        self.trials, self.carried, self.is_complete = dict(trials), carried, True
        self._append({"complete": list(self.reads), "trials": dict(trials), "carried": list(carried)})

    def _append(self, fields: Mapping[str, Any]) -> None:
        with self.file.open("a", encoding="utf-8") as stream:
            stream.write("\n" + _line(fields))  # on a line of its own, whatever a killed process left


def progress_of(folder: Path, day: date) -> Progress:
    """What is there of a day; empty where nothing is."""
    progress = Progress(folder, day)
    for line in _lines(progress.file):
        if "partner" in line:
            progress = Progress(folder, day, line["partner"])
        elif "organisation" in line:
            with suppress(TypeError):  # by another version, with other fields: it is read again
                organisation = Organisation(**line["organisation"])
                licences = tuple(Licence(**one) for one in line["licences"])
                progress.reads[organisation.uuid] = Read(organisation, licences)
        elif "failed" in line:
            progress.failed = line["failed"]
        elif "complete" in line:
            if not progress.reads.keys() >= set(line["complete"]):
                continue
            progress.reads = {uuid: progress.reads[uuid] for uuid in line["complete"]}
            progress.trials, progress.carried = line["trials"], tuple(line["carried"])
            progress.is_complete = True
    return progress


def failing(failed: Mapping[str, str], read: int | None = None) -> str:
    """How many organisations could not be read, out of these and so many that were, and the first with its cause."""
    of = f" of {len(failed) + read}" if read is not None else ""
    first = min(failed)
    return f"{len(failed)}{of} organisations could not be read ({first}: {failed[first]})"


def days_in_progress(folder: Path) -> list[date]:
    """The days of which there is something, in order."""
    names = [path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for path in folder.glob(f"{_PREFIX}*{_SUFFIX}")]
    return sorted(date.fromisoformat(name) for name in names)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """The file's lines; one that is not whole is left out."""
    if not file.exists():
        return
    with file.open(encoding="utf-8") as stream:
        for text in stream:
            with suppress(ValueError):
                yield json.loads(text)


def _line(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields) + "\n"
