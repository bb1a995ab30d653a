"""The publication asset: what readers see, switched only when everything before it succeeded."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path

import dagster as dg

from assets.partitions import BACKFILL_POLICY, DAILY, partition_window
from assets.place import Place
from assets.raw import OWNERS
from assets.resources import BuildConfig, Progress, Workspace
from assets.warehouse import mart_names
from planning.buildable import partners_with_snapshots
from planning.look_back import compared_from, looked_back_from
from planning.records import DayRecord
from planning.staleness import current_days
from storage.files.atomic import StorageError
from storage.home import Serving
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.check_results import CheckResults
from storage.ledger.holds import counted_partitions
from storage.ledger.ledger import Ledger
from storage.ledger.states import read_inputs
from storage.ledger.usage_windows import UsageWindows
from storage.publication.described import Publication
from storage.publication.mart_tables import Window
from storage.publication.publication import (
    PublicationRequest,
    publish,
    published_days,
    read_publication,
)
from storage.publication.published_file import hold_as_published
from storage.warehouse.mart_rows import MARTS_SCHEMA

PUBLICATION_KEY = dg.AssetKey(["serving", "portfolio"])


def publication_asset(manifest_path: Path, place: Place | None = None) -> dg.AssetsDefinition:
    """The asset that publishes every mart of a prepared dbt manifest; `place` as of `warehouse_assets`."""
    place = place or Place()
    marts = mart_names(json.loads(manifest_path.read_text(encoding="utf-8")))

    @dg.asset(
        key=place.key(*PUBLICATION_KEY.path),
        deps=[place.key(MARTS_SCHEMA, mart) for mart in marts],
        partitions_def=DAILY,
        group_name="serving",
        owners=OWNERS,
        kinds={"duckdb", "parquet"},
        description=(
            "serving/portfolio.duckdb and serving/parquet: the marts that passed every blocking check, in schemas"
            " `marts`, `marts_latest` and `meta`. Replaced whole; open readers go on with what they opened."
        ),
        backfill_policy=BACKFILL_POLICY,
        output_required=False,  # of closed days nothing is published, and what comes after is skipped
        pool=place.pool("warehouse"),
    )
    def portfolio(
        context: dg.AssetExecutionContext,
        config: BuildConfig,
        workspace: dg.ResourceParam[Workspace],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        window = workspace.open_window(*partition_window(context), reopen=config.reopen)
        if window is None:
            context.log.info(f"nothing to publish: {workspace.closed(*partition_window(context))}")
            return
        first, last = window
        with workspace.writing(context), workspace.ledger() as ledger:
            recorded = AsOfDays(ledger).records()
            built = [day for day, record in recorded.items() if record.outcome == "built"]
            replaced = [day for day in recorded if first <= day <= last]
            days = [day for day in built if first <= day <= last]
            if not days and not (config.allow_empty and replaced):
                message = f"no day of {first}…{last} has been built and checked: build the marts first"
                raise dg.Failure(message, allow_retries=False)
            request = PublicationRequest(
                warehouse=workspace.warehouse_path,
                serving=workspace.serving,
                marts=marts,
                window=Window(replaced, days),
                built_days=built,
                ingestion=counted_partitions(ledger),
                git_revision=workspace.git_revision or None,
                keep=workspace.keep_publications,
                memory_limit=workspace.memory_limit,
                freshness_limits=workspace.freshness_limits,
                check_results=list(CheckResults(ledger).rows()),
                usage_windows=UsageWindows(ledger).read(built),
                partners=_partners_of(ledger, {day: recorded[day] for day in days}, workspace),
                provisional_days=[day for day, record in recorded.items() if record.provisional],
            )
            progress.start("publication", 5)
            try:
                clear_unpublished(ledger, workspace.serving, replaced)
                publication = publish(request, lambda step: progress.advance("publication", step))
            except StorageError as error:
                raise dg.Failure(str(error), allow_retries=False) from error
        yield dg.MaterializeResult(metadata=_metadata(publication, days, workspace.serving))

    return portfolio


def _partners_of(ledger: Ledger, days: Mapping[date, DayRecord], workspace: Workspace) -> dict[date, frozenset[str]]:
    """The partners of which each day has rows; a day is left out when its inputs changed since it was built."""
    if not days:
        return {}
    max_age = workspace.max_snapshot_age_days
    looked_at = looked_back_from(compared_from(min(days)), max_age)
    inputs = read_inputs(ledger, looked_at, max(days), workspace.published_where_pruned(ledger))
    current = current_days(days, inputs, workspace.rules.by_name(), max_age)
    return {day: partners_with_snapshots(day, inputs.states, max_age) for day in current}


def clear_unpublished(ledger: Ledger, serving: Path, replaced: Collection[date]) -> None:
    """Have days that were built again, and that a publication of the `replaced` ones leaves as they were, be stale.

    Raises:
        PublicationError: another process holds the published file open for writing.
    """
    hold_as_published(serving)
    published = published_days(serving)
    publication = read_publication(serving)
    AsOfDays(ledger).clear_unpublished(published, publication.published_at if publication else None, replaced)


def _metadata(publication: Publication, days: list, serving: Path) -> dict[str, dg.MetadataValue | str | int]:  # type: ignore[type-arg]
    return {
        "publication_id": publication.publication_id,
        "as_of_range": f"{publication.first_as_of_date}…{publication.last_as_of_date}",
        "days_published": len(days),
        "path": dg.MetadataValue.path(str(Serving(serving).file)),
    }
