"""The partitions that every asset shares: one a UTC day."""

from datetime import date, timedelta

import dagster as dg

from storage.staleness import EARLIEST_AS_OF_DATE

# Fixed, so that assets need no settings to exist; early enough for what the first as-of date looks back on.
EARLIEST_PARTITION = EARLIEST_AS_OF_DATE - timedelta(days=92)
DAILY = dg.DailyPartitionsDefinition(start_date=EARLIEST_PARTITION.isoformat(), timezone="UTC")


def partition_window(context: dg.AssetExecutionContext) -> tuple[date, date]:
    """First and last day of the run's partition range; a single partition is a window of one day."""
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)
