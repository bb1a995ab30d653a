"""The partitions that every asset shares: one a UTC day."""

import warnings
from collections.abc import Iterable
from datetime import date

import dagster as dg

from planning.days import EARLIEST_PARTITION, RUN_DAYS


def daily_from(first: date) -> dg.DailyPartitionsDefinition:
    """A partition a UTC day, from a day on."""
    return dg.DailyPartitionsDefinition(start_date=first.isoformat(), timezone="UTC")


DAILY = daily_from(EARLIEST_PARTITION)
"""From the earliest day that there can be, so that assets need no settings to exist."""


def beginning(assets: Iterable[dg.AssetsDefinition], first: date) -> list[dg.AssetsDefinition]:
    """The assets with partitions from a day on: the web interface offers no day before it."""
    partitions = daily_from(first)
    return [asset.map_asset_specs(lambda spec: spec.replace_attributes(partitions_def=partitions)) for asset in assets]


def partition_window(context: dg.AssetExecutionContext) -> tuple[date, date]:
    """First and last day of the run's partition range; a single partition is a window of one day."""
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


# Beta in Dagster 1.13, used here alone: a backfill from the UI becomes a run a chunk, not a run a day.
warnings.filterwarnings("ignore", category=dg.BetaWarning, message=".*backfill_policy.*")
BACKFILL_POLICY = dg.BackfillPolicy.multi_run(max_partitions_per_run=RUN_DAYS)
