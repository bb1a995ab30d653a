"""Building and publishing as-of days, chunk by chunk: each is published when it is done."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from assets.postgres import POSTGRES_KEY
from assets.resources import BuildConfig, Workspace
from pipelines.commands.accepting import (
    accept_days,
    accept_partitions,
    accepted_results,
    blocking_results,
    model_check_names,
)
from pipelines.commands.rechecking import recheck
from pipelines.commands.session import Request, Session
from pipelines.runs.pending import provisional_day
from planning.buildable import DayPlan, plan_days
from planning.days import ranges
from planning.look_back import looked_back_from
from storage.ledger.holds import holding_results, remarked_results
from storage.ledger.recorded_checks import RecordedResult
from storage.ledger.states import partition_states
from storage.publication.publication import published_days


@dataclass(frozen=True)
class ChunkReport:
    """What came of one chunk's build."""

    published: Sequence[date] = ()
    removed: Sequence[date] = ()
    warnings: Mapping[str, int] = field(default_factory=dict)
    failed_checks: Sequence[RecordedResult] = ()
    failure: str = ""


@dataclass(frozen=True)
class BuildReport:
    """What came of the days that were to be built."""

    published: Sequence[date] = ()
    removed: Sequence[date] = ()
    """Days that were published and are no longer, since they are blocked or lost their snapshot."""
    blocked: Mapping[date, str] = field(default_factory=dict)
    without_snapshot: Mapping[date, str] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    """Checks that warned, with their rows."""
    failed_checks: Sequence[RecordedResult] = ()
    """Checks that stopped the publication, with sample rows."""
    accepted_checks: Sequence[RecordedResult] = ()
    held: Sequence[RecordedResult] = ()
    """Checks that hold partitions which the days look back on."""
    remarks: Sequence[RecordedResult] = ()
    """Checks of the partitions that the days see which warn, or inform for want of history or rows."""
    failure: str = ""
    """Why a chunk was not published, in one line; the ones after it were not built."""


def build_days(session: Session, days: Sequence[date]) -> BuildReport:
    """Build and publish the days, in order, until a chunk of them fails.

    A chunk of blocked days alone comes last: it only takes rows away, which needs something to stay published.
    """
    workspace, accepted = session.workspace, session.request.accepted
    models = model_check_names(workspace.parsed) if accepted.checks else set()
    with workspace.ledger() as ledger:
        accept_partitions(ledger, accepted, models, days)
    if accepted.checks:
        recheck(workspace, session.progress)  # what was accepted counts as history of later days from now on
    held, remarks = _found_in_partitions(workspace, days)
    plans = [_plan(workspace, first, last) for first, last in ranges(days, session.settings.backfill_chunk_days)]
    chunks: list[ChunkReport] = []
    for plan in sorted(plans, key=lambda plan: not plan.days):
        lost = sorted({*plan.blocked, *plan.without_snapshot} & published_days(workspace.serving))
        if not plan.days and not (lost and any(chunk.published for chunk in chunks)):
            continue
        chunks.append(_build_chunk(session, plan, lost, models))
        if chunks[-1].failure:
            break
    with workspace.ledger() as ledger:
        accepted_checks = accepted_results(ledger, accepted, days) if chunks else []
    warnings: Counter[str] = Counter()
    for chunk in chunks:
        warnings.update(chunk.warnings)
    return BuildReport(
        published=[day for chunk in chunks for day in chunk.published],
        removed=[day for chunk in chunks for day in chunk.removed],
        blocked={day: cause for plan in plans for day, cause in plan.blocked.items()},
        without_snapshot={day: cause for plan in plans for day, cause in plan.without_snapshot.items()},
        warnings=warnings,
        failed_checks=[found for chunk in chunks for found in chunk.failed_checks],
        accepted_checks=accepted_checks,
        held=held,
        remarks=remarks,
        failure=chunks[-1].failure if chunks else "",
    )


def _build_chunk(session: Session, plan: DayPlan, lost: Sequence[date], models: Collection[str]) -> ChunkReport:
    """Build and publish a plan's days; `lost` ones, which are published and can't be built, go."""
    workspace, request = session.workspace, session.request
    with workspace.ledger() as ledger:
        accept_days(workspace, ledger, request.accepted, models, plan)
    keys = map(workspace.place.within, session.definitions.resolve_all_asset_keys())
    build = BuildConfig(
        reopen=request.reopen, allow_empty=True, provisional=_provisional(workspace, request, plan.days)
    )
    outcome = session.run(
        plan.first, plan.last, [key for key in keys if key.path[0] != "raw" and key != POSTGRES_KEY], build=build
    )
    with workspace.ledger() as ledger:
        failed = blocking_results(ledger, outcome.run_id)
    if not outcome.success:
        return ChunkReport(failed_checks=failed, failure=outcome.cause)
    warnings: Counter[str] = Counter()
    for check, rows in outcome.warnings:
        warnings[check] += rows
    return ChunkReport(plan.days, lost, warnings, failed)


def _found_in_partitions(
    workspace: Workspace, days: Sequence[date]
) -> tuple[list[RecordedResult], list[RecordedResult]]:
    """What holds partitions that the days look back on, and what checks remark on in those that they see."""
    if not days:
        return [], []
    with workspace.ledger() as ledger:
        held = holding_results(ledger, looked_back_from(min(days), workspace.max_snapshot_age_days), max(days))
        seen_from = min(days) - timedelta(days=workspace.max_snapshot_age_days)
        return held, remarked_results(ledger, seen_from, max(days))


def _provisional(workspace: Workspace, request: Request, days: Sequence[date]) -> list[str]:
    """Those of the days that landing was read for before they were over."""
    kept = None if request.ingest else provisional_day(workspace)
    return [day.isoformat() for day in days if day > request.newest or day == kept]


def _plan(workspace: Workspace, first: date, last: date) -> DayPlan:
    with workspace.ledger() as ledger:
        looked_at = looked_back_from(first, workspace.max_snapshot_age_days)
        states = partition_states(ledger, looked_at, last, workspace.published_where_pruned(ledger))
    return plan_days(first, last, states, workspace.max_snapshot_age_days)
