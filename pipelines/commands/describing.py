"""What a run says of its inputs: what was refused, is missing, holds columns that nobody reads, or has another key."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from assets.ingest.other_keys import days_under_other_keys
from assets.resources import Workspace
from expectations.contract import LICENSE_USAGE
from planning.days import days_between
from planning.look_back import looked_back_on
from storage.ledger.ledger import Ledger

if TYPE_CHECKING:
    from pipelines.commands.materialize import Materialization


def describe_inputs(
    result: "Materialization", workspace: Workspace, ledger: Ledger, days: Sequence[date], newest: date
) -> None:
    """What is to be said of the partitions that the days look back on.

    None counts as missing before the first one, nor of a day that is not over.
    """
    for name, window in looked_back_on(days, workspace.max_snapshot_age_days).items():
        records = ledger.partitions(name, window[0], window[-1])
        refusals = ledger.refusals(name, window[0], window[-1])
        result.refused += refusals
        result.quarantined += sum(record.rows_quarantined for record in records)
        if columns := sorted({column for record in records for column in record.unexpected_columns}):
            result.unexpected_columns[name] = columns
        existing = {record.partition_date for record in records} | {refusal.partition_date for refusal in refusals}
        expected = days_between(min(existing), min(window[-1], newest)) if existing else ()
        if gaps := [day for day in expected if day not in existing]:
            result.missing[name] = gaps
        if name == LICENSE_USAGE.name:
            result.under_other_keys = days_under_other_keys(
                workspace.lake, ledger, workspace.key_in_force(), window[0], window[-1]
            )
