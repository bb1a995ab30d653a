"""The partitions that every asset shares: one a UTC day."""

import warnings
from datetime import date

import dagster as dg

from planning.days import EARLIEST_PARTITION, RUN_DAYS

DAILY = dg.DailyPartitionsDefinition(start_date=EARLIEST_PARTITION.isoformat(), timezone="UTC")


def partition_window(context: dg.AssetExecutionContext) -> tuple[date, date]:
    """First and last day of the run's partition range; a single partition is a window of one day."""
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


# Beta in Dagster 1.13, used here alone: a backfill from the UI becomes a run a chunk, not a run a day.
warnings.filterwarnings("ignore", category=dg.BetaWarning, message=".*backfill_policy.*")
BACKFILL_POLICY = dg.BackfillPolicy.multi_run(max_partitions_per_run=RUN_DAYS)
