"""Materialising a range of as-of days: ingest what it looks back on, then build and publish it chunk by chunk."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import dagster as dg
from dagster import DagsterInstance

from assets.ingestion import needs_ingest
from assets.partitions import EARLIEST_PARTITION
from assets.raw import raw_key
from assets.resources import Progress, Workspace
from expectations.contract import DATASETS
from pipelines.definitions import build_definitions, workspace_of
from pipelines.instance import prepare_instance
from pipelines.runs import RunOutcome, open_instance, run_materialize
from pipelines.settings import Settings
from sources.files import LandingError
from storage.ledger import Ledger, RefusalRecord
from storage.publication import published_days
from storage.staleness import (
    SNAPSHOT_DATASETS,
    USAGE_LOOK_BACK_DAYS,
    days_between,
    look_back_days,
    partition_states,
    plan_days,
    ranges,
)


@dataclass
class Materialization:
    """What came of a materialisation, for its report and exit code."""

    published: list[date] = field(default_factory=list)
    blocked: dict[date, str] = field(default_factory=dict)
    without_snapshot: dict[date, str] = field(default_factory=dict)
    refused: list[RefusalRecord] = field(default_factory=list)
    missing: dict[str, list[date]] = field(default_factory=dict)
    quarantined: int = 0
    up_to_date: bool = False
    failure: str = ""


def materialize(
    settings: Settings, window: tuple[date, date] | None, newest: date, progress: Progress
) -> Materialization:
    """Materialise the as-of days of `window`, or every day up to `newest` that is not published.

    Raises:
        LandingError: the landing folder is missing, or holds nothing to start from.
    """
    workspace = workspace_of(settings)
    workspace.landing_folder.check()
    days = list(days_between(*window)) if window else missing_days(workspace, settings.first_date, newest)
    if not days:
        return Materialization(up_to_date=True)
    prepare_instance(settings.home)
    definitions = build_definitions(settings, progress)
    result = Materialization()
    with open_instance() as instance:
        ingested = _ingest(definitions, instance, workspace, days)
        with workspace.ledger() as ledger:
            _describe_inputs(result, ledger, days, workspace.max_snapshot_age_days)
        if ingested is not None and not ingested.success:
            result.failure = ingested.cause
            return result
        for first, last in ranges(days, settings.backfill_chunk_days):
            if not _build(definitions, instance, workspace, first, last, result):
                break
    return result


def missing_days(workspace: Workspace, first_date: date, newest: date) -> list[date]:
    """The days up to `newest` that are not published, from the first day with a snapshot in landing or lake."""
    landing = workspace.landing_folder
    with workspace.ledger() as ledger:
        starts = [day for name in SNAPSHOT_DATASETS for day in landing.days(name)[:1]]
        starts += [record.partition_date for name in SNAPSHOT_DATASETS for record in ledger.partitions(name)[:1]]
    if not starts:
        raise LandingError(
            f"{landing.root} holds no snapshot partition (<dataset>/<YYYY-MM-DD>/<file>.csv);"
            " deliver some, then run again"
        )
    published = published_days(workspace.serving)
    return [day for day in days_between(max(min(starts), first_date), newest) if day not in published]


def _ingest(
    definitions: dg.Definitions, instance: DagsterInstance, workspace: Workspace, days: list[date]
) -> RunOutcome | None:
    """Ingest what the days look back on; None when the lake holds all of it as it lies in landing."""
    landing, lake, rules = workspace.landing_folder, workspace.lake, workspace.ingest_rules()
    with workspace.ledger() as ledger:
        needed = any(
            needs_ingest(landing, lake, ledger, dataset, day, rules)
            for name, dataset in DATASETS.items()
            for day in _looked_back_on(name, days, workspace.max_snapshot_age_days)
        )
    if not needed:
        return None
    return run_materialize(definitions, instance, days[0], days[-1], assets=[raw_key(name) for name in DATASETS])


def _build(
    definitions: dg.Definitions,
    instance: DagsterInstance,
    workspace: Workspace,
    first: date,
    last: date,
    result: Materialization,
) -> bool:
    """Build and publish one chunk; whether the next one may follow."""
    with workspace.ledger() as ledger:
        states = partition_states(ledger, first - timedelta(days=USAGE_LOOK_BACK_DAYS), last)
    plan = plan_days(first, last, states, workspace.max_snapshot_age_days)
    result.blocked |= plan.blocked
    result.without_snapshot |= plan.without_snapshot
    if not plan.days:
        return True
    built = [key for key in definitions.resolve_all_asset_keys() if key.path[0] != "raw"]
    outcome = run_materialize(definitions, instance, first, last, assets=built)
    if outcome.success:
        result.published += plan.days
    else:
        result.failure = outcome.cause
    return outcome.success


def _looked_back_on(dataset: str, days: list[date], max_snapshot_age_days: int) -> list[date]:
    first = days[0] - timedelta(days=look_back_days(dataset, max_snapshot_age_days))
    return list(days_between(max(first, EARLIEST_PARTITION), days[-1]))


def _describe_inputs(result: Materialization, ledger: Ledger, days: list[date], max_snapshot_age_days: int) -> None:
    """Refused, missing and quarantined among what the days look back on; nothing counts as missing before the first."""
    for name in DATASETS:
        window = _looked_back_on(name, days, max_snapshot_age_days)
        records = ledger.partitions(name, window[0], window[-1])
        refusals = ledger.refusals(name, window[0], window[-1])
        result.refused += refusals
        result.quarantined += sum(record.rows_quarantined for record in records)
        existing = {record.partition_date for record in records} | {refusal.partition_date for refusal in refusals}
        if existing and (gaps := [day for day in days_between(min(existing), window[-1]) if day not in existing]):
            result.missing[name] = gaps
