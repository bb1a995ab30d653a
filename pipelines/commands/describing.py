"""What a run says of its inputs: what was refused, is missing, holds columns that nobody reads, or has another key."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from assets.ingest.other_keys import days_under_other_keys
from assets.resources import Workspace
from expectations.contract import DATASETS, LICENSE_USAGE
from planning.look_back import looked_back_on, needed_look_back_days
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

    None counts as missing before the first one, between the windows that a day looks back on, nor of a day that is not
    over, nor where nothing hinges on it. The first one of an optional dataset may lie before all that the days look
    back on: nothing else tells that its feed has ended.
    """
    windows = looked_back_on(days, workspace.max_snapshot_age_days)
    records = {name: ledger.partitions(name, window[0], window[-1]) for name, window in windows.items()}
    refusals = {name: ledger.refusals(name, window[0], window[-1]) for name, window in windows.items()}
    columns = {name: _unexpected(found) for name, found in records.items()}
    missing = {}
    for name, window in windows.items():
        existing = {record.partition_date for record in records[name]}
        existing |= {refusal.partition_date for refusal in refusals[name]}
        start = min(days) - timedelta(days=needed_look_back_days(name, workspace.max_snapshot_age_days))
        first = min((day for day in existing if day >= start), default=None)
        if not DATASETS[name].serves.required_for_days:
            first = _first_delivered(workspace, ledger, name)
        missing[name] = _gaps([day for day in window if start <= day <= newest], existing, first)
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


def _first_delivered(workspace: Workspace, ledger: Ledger, dataset: str) -> date | None:
    """The first day that landing or ledger know of."""
    loaded = [record.partition_date for record in ledger.partitions(dataset)]
    refused = [refusal.partition_date for refusal in ledger.refusals(dataset)]
    return min((*loaded, *refused, *workspace.landing_folder.days(dataset)), default=None)


def _gaps(asked: Sequence[date], existing: Collection[date], first: date | None) -> list[date]:
    """Those of the days that were asked for without a partition, none of them before the first one."""
    return [day for day in asked if first is not None and day >= first and day not in existing]
