"""Landing files that were written anew with the same content: the ledger's facts of them follow, and nothing else."""

import json
from collections.abc import Sequence

from planning.records import PartitionRecord, RefusalRecord
from storage.ledger.ledger import Ledger


def follow_landing(
    ledger: Ledger, record: PartitionRecord | RefusalRecord, signature: str, ignored_files: Sequence[str]
) -> None:
    """Remember the files' present stat facts, unless someone has ingested other ones since the record was read.

    Without that, each look would hash the files again, and they would count as touched for ever.
    """
    facts = {"landing_signature": signature}
    if isinstance(record, PartitionRecord):
        facts["ignored_files"] = json.dumps(ignored_files, ensure_ascii=False)
    table = "partitions" if isinstance(record, PartitionRecord) else "refusals"
    with ledger.transaction() as connection:
        connection.execute(
            f"update {table} set {', '.join(f'{name} = ?' for name in facts)}"
            " where dataset = ? and partition_date = ? and landing_signature = ? and landing_hash = ?",
            [
                *facts.values(),
                record.dataset,
                record.partition_date.isoformat(),
                record.landing_signature,
                record.landing_hash,
            ],
        )
