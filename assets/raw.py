"""Raw assets: one a dataset, each a daily partition of the lake, checked against the raw contract."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import dagster as dg

from assets.checks.asset_checks import check_specs, evaluations
from assets.checks.control_totals import update_control_totals
from assets.checks.partition_checks import CheckRun, check_partitions
from assets.checks.reconciliation import reconcile_unchecked
from assets.ingest.delivery import deliver, waiting_offers
from assets.ingest.ingestion import IngestOutcome, ingest_partitions
from assets.ingest.reader_log import reader_tracebacks
from assets.partitions import BACKFILL_POLICY, DAILY, partition_window
from assets.place import Place
from assets.resources import Progress, Workspace, logged_together
from expectations.contract import DATASETS, Dataset
from expectations.wording import LONGEST_LINE, shortened
from planning.days import EARLIEST_PARTITION, days_between
from planning.look_back import partitions_of
from sources.source import Source
from storage.ledger.ledger import Ledger

OWNERS = ["team:data-platform"]


class IngestConfig(dg.Config):
    """How far an ingest run goes beyond its own partitions."""

    look_back: bool = True
    """Also ingest what as-of days of the range look back on, where the lake lacks it or it changed."""
    reread: bool = False
    """Read partitions again that have not changed."""
    deliver: bool = True
    """First have the source bring what it offers. A command has had it do so already."""


def raw_key(dataset: str) -> dg.AssetKey:
    """What the asset of a dataset's lake partitions is called within its home."""
    return dg.AssetKey(["raw", dataset])


def ingest_days(dataset: str, first: date, last: date, config: IngestConfig, max_snapshot_age_days: int) -> list[date]:
    """The partitions that an ingest run of first..last visits, look-back first."""
    if not config.look_back:
        return list(days_between(max(first, EARLIEST_PARTITION), last))
    return partitions_of(dataset, first, last, max_snapshot_age_days, earliest=EARLIEST_PARTITION)


def partition_metadata(outcome: IngestOutcome) -> dict[str, dg.MetadataValue | str | int]:
    """What a partition's materialisation shows in the UI."""
    shown: dict[str, dg.MetadataValue | str | int] = {"state": outcome.status}
    if outcome.record is not None:
        record = outcome.record
        shown |= {
            "dagster/partition_row_count": record.rows_accepted,
            "rows_read": record.rows_read,
            "rows_quarantined": record.rows_quarantined,
            "rows_duplicate": record.rows_duplicate,
            "files": record.files,
            "partners": len(record.partners),
        }
        if record.reasons:
            shown["quarantine_reasons"] = dg.MetadataValue.md(_reasons_table(record.reasons))
        if record.unexpected_columns:
            shown["unexpected_columns"] = shortened(", ".join(record.unexpected_columns), LONGEST_LINE)
    if outcome.refusal is not None:
        shown["cause"] = outcome.refusal.cause
    return shown


def raw_asset(dataset: Dataset, place: Place) -> dg.AssetsDefinition:
    """The asset of one dataset: reads landing partitions, writes lake partitions and quarantine."""
    key = place.key(*raw_key(dataset.name).path)

    @dg.asset(
        key=key,
        partitions_def=DAILY,
        group_name="raw",
        owners=OWNERS,
        kinds={"duckdb", "parquet"},
        description=f"{dataset.meaning} {dataset.grain}, in the lake as accepted by the raw contract.",
        metadata={"dagster/column_schema": _column_schema(dataset), "key": ", ".join(dataset.key)},
        check_specs=check_specs(dataset, key),
        backfill_policy=BACKFILL_POLICY,
        pool=place.pool("lake"),
    )
    def ingest(
        context: dg.AssetExecutionContext,
        config: IngestConfig,
        workspace: dg.ResourceParam[Workspace],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:  # type: ignore[type-arg]
        first, last = partition_window(context)
        days = ingest_days(dataset.name, first, last, config, workspace.max_snapshot_age_days)
        rules = workspace.ingest_rules()
        lake, landing = workspace.lake, workspace.landing_folder
        workspace.source.check()
        progress.start(dataset.name, len(days))
        totals: dict[str, int] = {}
        with workspace.writing(context), workspace.ledger() as ledger, reader_tracebacks(context.log):
            undelivered = _deliver(context, workspace.source, ledger, {dataset.name: days}) if config.deliver else 0
            partitions = [(dataset, day) for day in days]
            outcomes = ingest_partitions(landing, lake, ledger, partitions, rules, reread=config.reread)
            for day, outcome in zip(days, outcomes, strict=True):
                totals[outcome.status] = totals.get(outcome.status, 0) + 1
                _report(context, outcome, day, in_range=first <= day <= last)
                progress.advance(dataset.name, str(day))
            checked = reconcile_unchecked(lake, ledger, dataset, days, context.run.run_id)
            thresholds = workspace.anomaly_thresholds
            checked += check_partitions(CheckRun(lake, ledger, dataset, rules, thresholds, context.run.run_id))
            totals_severity = workspace.control_totals_severity
            checked += update_control_totals(landing, lake, ledger, rules, totals_severity, context.run.run_id)
            evaluated = list(evaluations(ledger, dataset, context.asset_key, checked))
        if undelivered:
            totals["not_delivered"] = undelivered
        with logged_together(context.instance):
            yield dg.MaterializeResult(metadata={f"partitions_{status}": count for status, count in totals.items()})
            yield from evaluated

    return ingest


def _deliver(
    context: dg.AssetExecutionContext, source: Source, ledger: Ledger, partitions: Mapping[str, Sequence[date]]
) -> int:
    """Have the source bring what it offers of the partitions, a line in the log for each; how many did not come."""
    undelivered = 0
    for delivery in deliver(source, waiting_offers(source, ledger, partitions), context.log.info):
        what = f"{delivery.dataset} {delivery.day}"
        if delivery.problem:
            context.log.warning(f"not delivered: {what}: {delivery.problem}")
            undelivered += 1
        elif delivery.nothing:
            context.log.info(f"nothing to deliver: {what}: {delivery.nothing}")
        else:
            context.log.info(f"delivered: {what}: {delivery.came}")
    return undelivered


def _report(context: dg.AssetExecutionContext, outcome: IngestOutcome, day: date, *, in_range: bool) -> None:
    """Tell Dagster of one partition: metadata within the run's range, an event of its own outside."""
    if outcome.refusal is not None:
        context.log.warning(outcome.refusal.cause)
    if in_range:
        context.add_asset_metadata(partition_metadata(outcome), partition_key=day.isoformat())
    elif outcome.status in ("loaded", "refused"):
        context.log_event(
            dg.AssetMaterialization(context.asset_key, partition=day.isoformat(), metadata=partition_metadata(outcome))
        )


def _column_schema(dataset: Dataset) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.lake_type,
                description=column.meaning,
                constraints=dg.TableColumnConstraints(nullable=column.nullable),
            )
            for column in dataset.columns
        ]
        + [dg.TableColumn(dataset.date_column, "date", description="the partition's day (UTC)")]
    )


def _reasons_table(reasons: dict[str, int]) -> str:
    rows = "".join(f"| {reason} | {count} |\n" for reason, count in sorted(reasons.items()))
    return f"| reason | rows |\n| --- | ---: |\n{rows}"


def raw_assets(place: Place) -> list[dg.AssetsDefinition]:
    """The assets of all datasets."""
    return [raw_asset(dataset, place) for dataset in DATASETS.values()]


RAW_ASSETS = raw_assets(Place())
"""Those of a home folder that has Dagster's instance to itself."""
