"""Materialising as-of days: ingest what they look back on, then build and publish them chunk by chunk."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import dagster as dg
from dagster import DagsterInstance

from assets.postgres import POSTGRES_KEY
from assets.raw import raw_key
from assets.resources import BuildConfig, Progress, Workspace
from expectations.contract import DATASETS
from pipelines.commands.accepting import (
    Accepted,
    accept_days,
    accept_partitions,
    accepted_results,
    blocking_results,
    known_checks,
    model_check_names,
    refuse_unknown,
)
from pipelines.commands.describing import describe_inputs
from pipelines.commands.putting_right import put_right
from pipelines.commands.rechecking import recheck
from pipelines.commands.unread import find_unread, naming_unread
from pipelines.definitions import build_definitions, workspace_of
from pipelines.runs.instance import prepare_home
from pipelines.runs.pending import changed_partitions, find_stale, finishing, missing_days
from pipelines.runs.pending import provisional_day as provisional_day_of
from pipelines.runs.running import open_instance, run_materialize
from pipelines.settings import Settings
from planning.buildable import DayPlan, closed_days, plan_days
from planning.days import days_between, ranges
from planning.look_back import USAGE_LOOK_BACK_DAYS, looked_back_on, pruned_days
from planning.records import RefusalRecord
from planning.staleness import BEFORE_OVER
from sources.landing.folder import LandingError, LandingGoneError
from sources.landing.unread import UnreadPath
from storage.files.locks import exclusive
from storage.ledger.check_results import RecordedResult
from storage.ledger.holds import holding_results, remarked_results
from storage.ledger.horizons import horizons
from storage.ledger.states import partition_states
from storage.ledger.usage_windows import WithoutUsage, without_usage
from storage.publication.publication import published_days
from storage.reading.opening import open_publication


@dataclass(frozen=True)
class Request:
    """What to materialise: the days of a window, or else all that are missing up to the newest, or that are stale."""

    newest: date
    """The last day that is over. Later ones are built where they are asked for, and are provisional."""
    window: tuple[date, date] | None = None
    stale: bool = False
    reopen: bool = False
    """Also build days of a closed period."""
    ingest: bool = True
    """Read landing first; otherwise build from the lake as it is, where a provisional day stays one."""
    today: date | None = None
    """Beside the missing days, this one as well, published or not."""
    accepted: Accepted = field(default_factory=Accepted)
    """Checks of these days that a person waves through."""


@dataclass
class Materialization:
    """What came of a materialisation, for its report and exit code."""

    published: list[date] = field(default_factory=list)
    removed: list[date] = field(default_factory=list)
    """Days that were published and are no longer, since they are blocked or lost their snapshot."""
    blocked: dict[date, str] = field(default_factory=dict)
    without_snapshot: dict[date, str] = field(default_factory=dict)
    closed: list[date] = field(default_factory=list)
    pruned: dict[date, str] = field(default_factory=dict)
    """Days that can't be built, since what they look back on was pruned; published ones stay as they are."""
    stale: dict[date, str] = field(default_factory=dict)
    refused: list[RefusalRecord] = field(default_factory=list)
    missing: dict[str, list[date]] = field(default_factory=dict)
    under_other_keys: list[date] = field(default_factory=list)
    """Days of usage that was loaded under another hash key."""
    unexpected_columns: dict[str, list[str]] = field(default_factory=dict)
    unread: list[UnreadPath] = field(default_factory=list)
    """What lies in the landing folder and is not read."""
    quarantined: int = 0
    warnings: dict[str, int] = field(default_factory=dict)
    """Checks that warned, with their rows."""
    failed_checks: list[RecordedResult] = field(default_factory=list)
    """Checks that stopped the publication, with sample rows."""
    accepted_checks: list[RecordedResult] = field(default_factory=list)
    held: list[RecordedResult] = field(default_factory=list)
    """Checks that hold partitions which the days look back on."""
    remarks: list[RecordedResult] = field(default_factory=list)
    """Checks of the partitions that the days see which warn, or inform for want of history or rows."""
    without_usage: list[WithoutUsage] = field(default_factory=list)
    """Where used licences of published days are unknown, since the partner delivered no usage of the product."""
    up_to_date: bool = False
    without_landing: bool = False
    """The landing folder is gone: stale days were built from the lake as it is."""
    failure: str = ""
    postgres_failure: str = ""
    """Why PostgreSQL has not got what is published, in one line."""


def materialize(settings: Settings, request: Request, progress: Progress) -> Materialization:
    """Ingest what the requested days look back on, build them and publish them.

    Raises:
        SourceError: the source can't be used, or has nothing to start from. Stale days of which something is published
            need no landing folder: the lake has their rows.
        UnknownCheckError: a check that is to be accepted does not exist; nothing was done.
    """
    workspace = workspace_of(settings)
    without_landing = False
    try:
        workspace.source.check()
    except LandingGoneError:
        if not (request.stale and published_days(workspace.serving)):
            raise
        without_landing, request = True, replace(request, ingest=False)
    prepare_home(settings)
    with command_turn(settings, progress.note):
        put_right(workspace, progress.note)
        result = materialize_in_turn(settings, workspace, request, progress)
        result.without_landing = without_landing
        if settings.postgres_dsn is not None and (published := published_days(workspace.serving)):
            result.postgres_failure = _apply_to_postgres(settings, progress, result.published or [max(published)])
    return result


def command_turn(settings: Settings, on_wait: Callable[[str], None]) -> AbstractContextManager[None]:
    """Be the one command that runs the job in the home folder.

    Commands queue here, where Ctrl-C ends the wait; one that waits for Dagster's pool spins and is deaf to it.

    Args:
        on_wait: told, in one line, when another command has to be waited for.
    """
    return exclusive(settings.folders.command_lock, on_wait)


def materialize_in_turn(
    settings: Settings, workspace: Workspace, request: Request, progress: Progress
) -> Materialization:
    """What `materialize` does, for a command that holds the lock and has a prepared Dagster instance already."""
    result = Materialization()
    landing, today = workspace.landing_folder, request.newest + timedelta(days=1)
    try:
        days = _requested_days(workspace, settings, request)
    except LandingError as error:
        raise naming_unread(error, find_unread(landing, today, {})) from error
    if request.ingest:
        looked_at = looked_back_on(days, workspace.max_snapshot_age_days) if days else {}
        result.unread = find_unread(landing, max([today, *days]), {name: set(ds) for name, ds in looked_at.items()})
    with workspace.ledger() as ledger:
        pruned = pruned_days(days, horizons(ledger), workspace.max_snapshot_age_days)
    days = [day for day in days if day not in pruned]
    if request.window is not None:
        result.pruned = pruned
    if not days:
        result.up_to_date = not result.pruned
        return result
    definitions = build_definitions(settings, progress)
    if request.accepted.checks:
        with workspace.ledger() as ledger:
            refuse_unknown(request.accepted.checks, known_checks(definitions, ledger))
    with open_instance() as instance:
        if request.ingest:
            result.failure = _ingest(definitions, instance, workspace, days, narrow=request.stale)
        recheck(workspace, progress)
        with workspace.ledger() as ledger:
            describe_inputs(result, workspace, ledger, days, request.newest)
            if request.stale:
                result.stale = find_stale(workspace, ledger, request.newest if request.ingest else None)
                days = list(result.stale)
            elif (day := provisional_day_of(workspace)) in days and day <= request.newest:
                result.stale = {day: BEFORE_OVER}
        if not request.reopen:
            result.closed = closed_days(days, settings.closed_before)
            days = [day for day in days if day not in result.closed]
        result.up_to_date = request.stale and not days
        if not result.failure:
            chunks = ranges(days, settings.backfill_chunk_days)
            _build_all(definitions, instance, workspace, chunks, result, request, progress)
    if result.published:
        with open_publication(workspace.serving) as published:
            result.without_usage = without_usage(published.connection, result.published)
    return result


def _requested_days(workspace: Workspace, settings: Settings, request: Request) -> list[date]:
    """The days to look at; those of `--stale` are known only after ingesting, so all that are published."""
    if request.stale:
        return sorted(day for day in published_days(workspace.serving) if day <= request.newest or not request.ingest)
    days = set(days_between(*request.window)) if request.window is not None else set()
    if request.window is None:
        days = {*missing_days(workspace, settings.first_date, request.newest), *filter(None, [request.today])}
    return finishing(workspace, days, request.newest)


def _ingest(
    definitions: dg.Definitions, instance: DagsterInstance, workspace: Workspace, days: Sequence[date], *, narrow: bool
) -> str:
    """Ingest the partitions that the days look back on and that changed; why it failed, in one line, or nothing.

    A narrow run spans the changed partitions instead of the days: those may be years, and a run logs each of its days.
    """
    with workspace.ledger() as ledger:
        changed = changed_partitions(workspace, ledger, days)
    if not changed:
        return ""
    dates = [day for _, day in changed] if narrow else days
    keys = [raw_key(name) for name in DATASETS if any(dataset.name == name for dataset, _ in changed)]
    return run_materialize(definitions, instance, min(dates), max(dates), assets=keys, look_back=not narrow).cause


def _build_all(
    definitions: dg.Definitions,
    instance: DagsterInstance,
    workspace: Workspace,
    chunks: Sequence[tuple[date, date]],
    result: Materialization,
    request: Request,
    progress: Progress,
) -> None:
    """Build and publish chunk by chunk, until one fails.

    A chunk of blocked days alone comes last: it only takes rows away, which needs something to stay published.
    """
    models = model_check_names(workspace.home) if request.accepted.checks else set()
    days = [day for first, last in chunks for day in days_between(first, last)]
    with workspace.ledger() as ledger:
        accept_partitions(ledger, request.accepted, models, days)
    if request.accepted.checks:
        recheck(workspace, progress)  # what was accepted counts as history of later days from now on
    if days:
        with workspace.ledger() as ledger:
            result.held = holding_results(ledger, min(days) - timedelta(days=USAGE_LOOK_BACK_DAYS), max(days))
            seen_from = min(days) - timedelta(days=workspace.max_snapshot_age_days)
            result.remarks = remarked_results(ledger, seen_from, max(days))
    plans = [_plan(workspace, first, last) for first, last in chunks]
    for plan in plans:
        result.blocked |= plan.blocked
        result.without_snapshot |= plan.without_snapshot
    built = [key for key in definitions.resolve_all_asset_keys() if key.path[0] != "raw" and key != POSTGRES_KEY]
    for plan in sorted(plans, key=lambda plan: not plan.days):
        lost = sorted({*plan.blocked, *plan.without_snapshot} & published_days(workspace.serving))
        if not plan.days and not (lost and result.published):
            continue
        with workspace.ledger() as ledger:
            accept_days(workspace, ledger, request.accepted, models, plan)
        build = BuildConfig(
            reopen=request.reopen, allow_empty=True, provisional=_provisional(workspace, request, plan.days)
        )
        outcome = run_materialize(definitions, instance, plan.first, plan.last, assets=built, build=build)
        with workspace.ledger() as ledger:
            result.failed_checks += blocking_results(ledger, outcome.run_id)
            result.accepted_checks = accepted_results(ledger, request.accepted, days)
        if not outcome.success:
            result.failure = outcome.cause
            return
        for check, rows in outcome.warnings:
            result.warnings[check] = result.warnings.get(check, 0) + rows
        result.published += plan.days
        result.removed += lost


def _apply_to_postgres(settings: Settings, progress: Progress, days: Sequence[date]) -> str:
    """Apply what is published to PostgreSQL, in a run of its own: its failure, which is returned, undoes nothing.

    Also when nothing was published just now: the server may have been away the last time.
    """
    definitions = build_definitions(settings, progress)
    with open_instance() as instance:
        return run_materialize(definitions, instance, min(days), max(days), assets=[POSTGRES_KEY]).cause


def _provisional(workspace: Workspace, request: Request, days: Sequence[date]) -> list[str]:
    """Those of the days that landing was read for before they were over."""
    kept = None if request.ingest else provisional_day_of(workspace)
    return [day.isoformat() for day in days if day > request.newest or day == kept]


def _plan(workspace: Workspace, first: date, last: date) -> DayPlan:
    with workspace.ledger() as ledger:
        states = partition_states(ledger, first - timedelta(days=USAGE_LOOK_BACK_DAYS), last)
    return plan_days(first, last, states, workspace.max_snapshot_age_days)
