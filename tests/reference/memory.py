"""Partitions that are in no landing folder: rows as they would be accepted, or a refused one."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from .contract import Dataset
from .raw import LOADED, REFUSED, Landing, Partition, Row


class MemoryLanding(Landing):
    """A landing of given rows by dataset and day; None is a refused partition."""

    def __init__(self, delivered: Mapping[tuple[str, date], list[Row] | None]) -> None:
        super().__init__(Path())
        for (dataset, day), rows in delivered.items():
            state = REFUSED if rows is None else LOADED
            self._read[dataset, day] = Partition(dataset, day, state, rows or [])

    def partition(self, dataset: Dataset, day: date) -> Partition:
        """Return one partition, missing ones too."""
        return self._read.get((dataset.name, day), Partition(dataset.name, day))
