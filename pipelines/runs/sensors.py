"""Late and corrected data, unattended: what changed in landing is ingested, what became stale is built again."""

import hashlib
from collections.abc import Iterator
from datetime import date

import dagster as dg

from assets.raw import raw_key
from assets.resources import Workspace
from expectations.contract import Dataset
from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.pending import changed_partitions, find_stale
from pipelines.runs.requests import build_requests, range_tags
from pipelines.settings import Settings
from storage import clock
from storage.publication.publication import published_days

INTERVAL_SECONDS = 300


def stale_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor of a home folder; one attempt at each state of inputs and rules, so that a failure is not repeated."""

    @dg.sensor(job=MATERIALIZE, name="stale_days", minimum_interval_seconds=INTERVAL_SECONDS)
    def stale_days(
        context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        newest = clock.last_complete_day()
        every = published_days(workspace.serving)
        published = {day for day in every if day <= newest}
        if not published:
            yield dg.SkipReason("no published day is over yet" if every else "nothing is published yet")
            return
        with workspace.ledger() as ledger:
            if changed := changed_partitions(workspace, ledger, published):
                yield _ingest_request(workspace, changed)
                return
            stale = find_stale(workspace, ledger, newest)
        if not stale:
            yield dg.SkipReason(f"{len(published)} published days are up to date")
            return
        context.log.info(f"{len(stale)} stale days; {min(stale)}: {stale[min(stale)]}")
        state = hashlib.sha256(repr(sorted(stale.items())).encode()).hexdigest()[:16]
        yield from build_requests(workspace, list(stale), settings.backfill_chunk_days, run_key=f"stale {state}")

    return stale_days


def _ingest_request(workspace: Workspace, changed: list[tuple[Dataset, date]]) -> dg.RunRequest:
    """A request to ingest the changed partitions; their landing files' facts and the rules make it a new one."""
    landing, rules = workspace.landing_folder, workspace.ingest_rules()
    facts = [
        f"{dataset.name} {day} {rules.digest(dataset)}"
        f" {found.signature() if (found := landing.partition(dataset.name, day)) else 'gone'}"
        for dataset, day in changed
    ]
    days = [day for _, day in changed]
    names = sorted({dataset.name for dataset, _ in changed})
    return dg.RunRequest(
        run_key=f"ingest {hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}",
        tags=range_tags(min(days), max(days)),
        asset_selection=[raw_key(name) for name in names],
        run_config={"ops": {raw_key(name).to_python_identifier(): {"config": {"look_back": False}} for name in names}},
    )
