"""Late and corrected data, unattended: what is offered or changed is ingested, what became stale is built again."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from assets.raw import raw_key
from assets.resources import Workspace
from expectations.contract import Dataset
from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.pending import changed_partitions, find_stale, offers_looked_back_on
from pipelines.runs.requests import build_requests, range_tags
from pipelines.settings import Settings
from sources.source import Offer
from storage import clock
from storage.publication.publication import published_days

INTERVAL_SECONDS = 300


def stale_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor of a home folder; one attempt at each state of inputs and rules, so that a failure is not repeated."""

    @dg.sensor(
        job=MATERIALIZE,
        name="stale_days",
        minimum_interval_seconds=INTERVAL_SECONDS,
        description=(
            "Every five minutes: ingests landing files that came late or changed, and builds the published days again"
            " that would come out differently now. Each state is tried once; what fails is tried again when something"
            " changes (docs/operations.md, Late and corrected data)."
        ),
    )
    def stale_days(
        context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        newest = clock.last_complete_day()
        every = published_days(workspace.serving)
        published = {day for day in every if day <= workspace.source.newest_day(clock.today())}
        if not published:
            yield dg.SkipReason("no published day is over yet" if every else "nothing is published yet")
            return
        with workspace.ledger() as ledger:
            offers = offers_looked_back_on(workspace, ledger, published)
            changed = changed_partitions(workspace, ledger, published)
            offered = _digest(sorted(map(repr, offers))) if offers else ""
            # What could not be delivered holds up nothing else: it is tried again when the offer is another.
            if changed or offered not in ("", context.cursor):
                if offered:
                    context.update_cursor(offered)
                yield _ingest_request(workspace, changed, offers)
                return
            stale = find_stale(workspace, ledger, newest)
        if not stale:
            yield dg.SkipReason(f"{len(published)} published days are up to date")
            return
        context.log.info(f"{len(stale)} stale days; {min(stale)}: {stale[min(stale)]}")
        run_key = f"stale {_digest(sorted(stale.items()))}"
        yield from build_requests(workspace, list(stale), settings.backfill_chunk_days, run_key=run_key)

    return stale_days


def _ingest_request(workspace: Workspace, changed: list[tuple[Dataset, date]], offers: list[Offer]) -> dg.RunRequest:
    """A request to deliver what is offered, and to ingest that and the changed partitions.

    The offers, the landing files' facts and the rules make it a new one.
    """
    landing, rules = workspace.landing_folder, workspace.ingest_rules()
    facts = [
        f"{dataset.name} {day} {rules.digest(dataset)}"
        f" {found.signature() if (found := landing.partition(dataset.name, day)) else 'gone'}"
        for dataset, day in changed
    ]
    facts += [f"{offer.dataset} {offer.day} offered {offer.version}" for offer in offers]
    days = [day for _, day in changed] + [offer.day for offer in offers]
    names = sorted({dataset.name for dataset, _ in changed} | {offer.dataset for offer in offers})
    keys = [workspace.place.key(*raw_key(name).path) for name in names]
    return dg.RunRequest(
        run_key=f"ingest {_digest(facts)}",
        tags=range_tags(min(days), max(days)),
        asset_selection=keys,
        run_config={"ops": {key.to_python_identifier(): {"config": {"look_back": False}} for key in keys}},
    )


def _digest(facts: Sequence[object]) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
