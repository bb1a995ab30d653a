"""What a run says of its inputs: what was refused, is missing, holds columns that nobody reads, or has another key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from assets.ingest.other_keys import days_under_other_keys
from assets.resources import Workspace
from expectations.contract import LICENSE_USAGE
from planning.days import days_between
from planning.look_back import looked_back_on
from planning.records import PartitionRecord, RefusalRecord
from storage.ledger.ledger import Ledger


@dataclass(frozen=True)
class InputsReport:
    """What is to be said of partitions that days look back on; by dataset where it is of one."""

    refused: Sequence[RefusalRecord] = ()
    missing: Mapping[str, Sequence[date]] = field(default_factory=dict)
    unexpected_columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quarantined: int = 0
    """Rows."""
    under_other_keys: Sequence[date] = ()
    """Days of usage that was loaded under another hash key."""


def describe_inputs(workspace: Workspace, ledger: Ledger, days: Sequence[date], newest: date) -> InputsReport:
    """What is to be said of the partitions that the days look back on.

    None counts as missing before the first one, nor of a day that is not over.
    """
    windows = looked_back_on(days, workspace.max_snapshot_age_days)
    records = {name: ledger.partitions(name, window[0], window[-1]) for name, window in windows.items()}
    refusals = {name: ledger.refusals(name, window[0], window[-1]) for name, window in windows.items()}
    columns = {name: _unexpected(found) for name, found in records.items()}
    missing = {name: _gaps(records[name], refusals[name], min(ds[-1], newest)) for name, ds in windows.items()}
    usage = windows[LICENSE_USAGE.name]
    return InputsReport(
        refused=[refusal for found in refusals.values() for refusal in found],
        missing={name: gaps for name, gaps in missing.items() if gaps},
        unexpected_columns={name: found for name, found in columns.items() if found},
        quarantined=sum(record.rows_quarantined for found in records.values() for record in found),
        under_other_keys=days_under_other_keys(workspace.lake, ledger, workspace.key_in_force(), usage[0], usage[-1]),
    )


def _unexpected(records: Sequence[PartitionRecord]) -> list[str]:
    return sorted({column for record in records for column in record.unexpected_columns})


def _gaps(records: Sequence[PartitionRecord], refusals: Sequence[RefusalRecord], last: date) -> list[date]:
    """The days without a partition between the first one and the last day."""
    existing = {record.partition_date for record in records} | {refusal.partition_date for refusal in refusals}
    return [day for day in days_between(min(existing), last) if day not in existing] if existing else []
