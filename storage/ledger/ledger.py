"""The ledger: the state, hash and counts of every partition, in one SQLite file that can be read while a run writes.

Each table belongs to one module, which has its statements; here they are put together.
"""

from datetime import date
from pathlib import Path
from typing import Literal

from planning.records import PartitionRecord, RefusalRecord
from storage import versions
from storage.files.schemas import Opening, Schema
from storage.ledger import (
    acceptances,
    accounts,
    as_of_days,
    check_results,
    horizons,
    open_erasures,
    partition_profiles,
    partitions,
    refusals,
    rewrites,
    schema_versions,
    usage_windows,
)
from storage.ledger.file import LedgerFile

VERSION = versions.LEDGER
_SCHEMAS = (
    partitions.SCHEMA,
    rewrites.SCHEMA,
    open_erasures.SCHEMA,
    refusals.SCHEMA,
    accounts.SCHEMA,
    as_of_days.SCHEMA,
    horizons.SCHEMA,
    check_results.SCHEMA,
    acceptances.SCHEMA,
    usage_windows.SCHEMA,
    partition_profiles.SCHEMA,
    schema_versions.SCHEMA,
)
"""In the order in which earlier versions made them."""
SCHEMA = Schema(VERSION, ";\n".join(_SCHEMAS), note=schema_versions.note)

State = Literal["loaded", "refused", "missing"]


class Ledger(LedgerFile):
    """The ledger of a home folder, and partition states. Each method is one transaction.

    `transaction` groups statements of the tables' modules.
    """

    def __init__(self, path: Path, opening: Opening = "write") -> None:
        super().__init__(path, SCHEMA, opening)

    def record_loaded(self, record: PartitionRecord) -> None:
        """The lake now holds this; a refusal of the partition is over."""
        with self.transaction() as connection:
            partitions.upsert(connection, record)
            refusals.delete(connection, record.dataset, record.partition_date)

    def record_refused(self, refusal: RefusalRecord) -> None:
        """The landing files were refused; what the lake holds of the partition stays recorded."""
        with self.transaction() as connection:
            refusals.upsert(connection, refusal)

    def drop_refusal(self, dataset: str, day: date) -> None:
        """The refused landing files are gone."""
        with self.transaction() as connection:
            refusals.delete(connection, dataset, day)

    def drop_partition(self, dataset: str, day: date) -> None:
        """The lake no longer holds the partition."""
        with self.transaction() as connection:
            partitions.delete(connection, dataset, day)

    def partition(self, dataset: str, day: date) -> PartitionRecord | None:
        """What the lake holds of the partition; None when nothing."""
        return next(iter(self.partitions(dataset, day, day)), None)

    def partitions(
        self, dataset: str | None = None, first: date | None = None, last: date | None = None
    ) -> list[PartitionRecord]:
        """What the lake holds, by dataset and date; bounds are inclusive."""
        return list(partitions.select(self.connection, dataset, first, last))

    def newest_partition(self) -> date | None:
        """The newest day of which the lake holds a partition of any dataset; None when it holds nothing."""
        return partitions.newest(self.connection)

    def oldest_partition(self) -> date | None:
        """The oldest day of which a partition of any dataset is loaded or refused; None when there is none."""
        found = partitions.oldest(self.connection), refusals.oldest(self.connection)
        return min((day for day in found if day is not None), default=None)

    def loaded_partitions(self) -> list[PartitionRecord]:
        """The partitions whose state is loaded: without those whose newest landing files were refused."""
        refused = {(refusal.dataset, refusal.partition_date) for refusal in self.refusals()}
        return [record for record in self.partitions() if (record.dataset, record.partition_date) not in refused]

    def rewrites(self) -> list[PartitionRecord]:
        """Partitions that an erasure began to rewrite, as they will be."""
        return list(rewrites.select(self.connection))

    def refusal(self, dataset: str, day: date) -> RefusalRecord | None:
        """The refusal of the partition's landing files; None when they are not refused."""
        return next(iter(self.refusals(dataset, day, day)), None)

    def refusals(
        self, dataset: str | None = None, first: date | None = None, last: date | None = None
    ) -> list[RefusalRecord]:
        """The refusals that stand, by dataset and date; bounds are inclusive."""
        return list(refusals.select(self.connection, dataset, first, last))

    def state(self, dataset: str, day: date) -> State:
        """The partition's state; a refused one may still be in the lake as it was before."""
        if self.refusal(dataset, day):
            return "refused"
        return "loaded" if self.partition(dataset, day) else "missing"
