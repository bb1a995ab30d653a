"""Landing files that were written anew with the same content: the ledger's facts of them follow, and nothing else."""

from collections.abc import Sequence

from planning.records import PartitionRecord, RefusalRecord
from storage.ledger import partitions, refusals
from storage.ledger.file import LedgerFile


def follow_landing(
    ledger: LedgerFile, record: PartitionRecord | RefusalRecord, signature: str, ignored_files: Sequence[str]
) -> None:
    """Remember the files' present stat facts, unless someone has ingested other ones since the record was read.

    Without that, each look would hash the files again, and they would count as touched forever.
    """
    with ledger.transaction() as connection:
        if isinstance(record, PartitionRecord):
            partitions.follow_landing(connection, record, signature, ignored_files)
        else:
            refusals.follow_landing(connection, record, signature)
