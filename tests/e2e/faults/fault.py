"""What a fault is: the files of one partition, and what has to become of it, stated by hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ...reference.contract import Dataset
from .feed import ROWS

Content = bytes | Callable[[Path], None]
"""A file's bytes, or what puts something else in the file's place."""
Reasons = dict[int | tuple[str, int], set[str]]
"""Record number -> reasons; with the file's name where the partition has several."""


@dataclass(frozen=True)
class Fault:
    """One bad (or odd) feed: a partition's files, its fate and its counts."""

    name: str
    dataset: Dataset
    files: Mapping[str, Content] = field(repr=False)
    fate: Literal["loaded", "refused", "missing"]
    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: Reasons = field(default_factory=dict)
    cause: str = ""
    """Part of the line that tells why the partition is refused."""
    unexpected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    held_by: str = ""
    """The check that holds a loaded partition: its rows are fine one by one, and too many are gone."""

    @property
    def withheld(self) -> bool:
        """Whether the partition does not count, and takes its days with it."""
        return self.fate == "refused" or bool(self.held_by)

    def quarantined_records(self) -> dict[tuple[str, int], set[str]]:
        """The reasons by file and record number."""
        (only, *more) = self.files
        assert not more or all(isinstance(record, tuple) for record in self.quarantined), "say which file"
        return {
            record if isinstance(record, tuple) else (only, record): reasons
            for record, reasons in self.quarantined.items()
        }


def refused(
    name: str, dataset: Dataset, content: Content, cause: str, *, file: str = "export.csv", read: int = 0
) -> Fault:
    """A partition of one file that is turned down whole; `read` counts rows where the file itself could be read."""
    return Fault(name, dataset, {file: content}, "refused", read=read, cause=cause)


def loaded(
    name: str,
    dataset: Dataset,
    content: Content | Mapping[str, Content],
    quarantined: Reasons | None = None,
    *,
    file: str = "export.csv",
    read: int = ROWS,
    accepted: int | None = None,
    duplicates: int = 0,
    unexpected: tuple[str, ...] = (),
    ignored: tuple[str, ...] = (),
    held_by: str = "",
) -> Fault:
    """A partition that is loaded without its quarantined rows; what is accepted is stated, or all the rest."""
    files = content if isinstance(content, Mapping) else {file: content}
    held = quarantined or {}
    rest = read - len(held) - duplicates if accepted is None else accepted
    return Fault(
        name,
        dataset,
        files,
        "loaded",
        read,
        rest,
        duplicates,
        held,
        unexpected=unexpected,
        ignored=ignored,
        held_by=held_by,
    )


def missing(name: str, dataset: Dataset, files: Mapping[str, Content]) -> Fault:
    """A partition that counts as not delivered."""
    return Fault(name, dataset, files, "missing")
