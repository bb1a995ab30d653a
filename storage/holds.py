"""Partitions that a failed check holds: what was found, and which partitions count without them."""

from datetime import date

from storage.check_results import RAW, CheckResults, RecordedResult, held_partitions
from storage.ledger import Ledger
from storage.records import PartitionRecord


def holding_results(ledger: Ledger, first: date | None = None, last: date | None = None) -> list[RecordedResult]:
    """The failed blocking results, accepted by nobody, that hold partitions of first..last (inclusive)."""
    held = held_partitions(ledger, first, last)
    if not held:
        return []
    days = [day for _, day in held]
    contents = {
        (r.dataset, r.partition_date): r.content_hash for r in ledger.partitions(first=min(days), last=max(days))
    }
    return [
        recorded
        for recorded in CheckResults(ledger).rows(min(days), max(days))
        if recorded.result.blocks
        and recorded.status == "failed"
        and (key := (recorded.result.asset.removeprefix(RAW), recorded.result.first_date)) in held
        and recorded.content_hash == contents[key]
    ]


def counted_partitions(ledger: Ledger) -> list[PartitionRecord]:
    """The loaded partitions that as-of days are built from: without those that a failed check holds."""
    held = held_partitions(ledger)
    return [record for record in ledger.loaded_partitions() if (record.dataset, record.partition_date) not in held]
