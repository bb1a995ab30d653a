"""Partitions in which a check found something: those that it holds, and those that it only remarks on."""

from collections.abc import Iterable
from datetime import date

from expectations.results import RAW
from planning.records import PartitionRecord
from storage.ledger import partitions
from storage.ledger.check_results import CheckResults, failing_contents
from storage.ledger.file import LedgerFile
from storage.ledger.ledger import Ledger
from storage.ledger.recorded_checks import RecordedResult


def held_partitions(
    ledger: LedgerFile, first: date | None = None, last: date | None = None
) -> dict[tuple[str, date], str]:
    """The lake partitions whose present content failed a blocking check that nobody accepted, each with the cause."""
    failing = list(failing_contents(ledger.connection, first or date.min, last or date.max))
    if not failing:
        return {}
    days = [day for (_, day), *_ in failing]
    contents = partitions.content_hashes(ledger.connection, min(days), max(days))
    checks: dict[tuple[str, date], dict[str, None]] = {}
    messages: dict[tuple[str, date], str] = {}
    for partition, content_hash, check_name, message in failing:
        if contents.get(partition) == content_hash:
            checks.setdefault(partition, {})[check_name] = None
            messages[partition] = min(message, messages.get(partition, message))
    return {
        partition: f"check {','.join(checks[partition])} failed: {messages[partition]}" for partition in sorted(checks)
    }


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


def remarked_results(ledger: Ledger, first: date | None = None, last: date | None = None) -> list[RecordedResult]:
    """The failed results that hold no partition of first..last (inclusive): they warn, or only inform.

    Those of content that the lake no longer holds are left out.
    """
    contents = {(RAW + r.dataset, r.partition_date): r.content_hash for r in ledger.partitions(first=first, last=last)}
    return [
        recorded
        for recorded in CheckResults(ledger).rows(first, last)
        if recorded.status == "failed"
        and not recorded.result.blocks
        and recorded.content_hash == contents.get((recorded.result.asset, recorded.result.first_date))
    ]


def grouped(found: Iterable[RecordedResult]) -> list[list[RecordedResult]]:
    """The results of one check, dataset and severity together, each group in order of its days; warnings first."""
    groups: dict[tuple[str, str, str], list[RecordedResult]] = {}
    for recorded in sorted(found, key=lambda one: one.result.first_date):
        result = recorded.result
        groups.setdefault((result.severity.value, result.asset, result.check_name), []).append(recorded)
    return [group for _, group in sorted(groups.items(), key=lambda item: item[0], reverse=True)]


def counted_partitions(ledger: Ledger) -> list[PartitionRecord]:
    """The loaded partitions that as-of days are built from: without those that a failed check holds."""
    held = held_partitions(ledger)
    return [record for record in ledger.loaded_partitions() if (record.dataset, record.partition_date) not in held]
