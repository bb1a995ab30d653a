"""Materialising as-of days: ingest what they look back on, then build and publish them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from assets.place import Place
from assets.postgres import POSTGRES_KEY
from assets.raw import raw_key
from assets.resources import Progress, Workspace
from expectations.contract import DATASETS
from pipelines.commands.accepting import known_checks, refuse_unknown
from pipelines.commands.building import BuildReport, build_days
from pipelines.commands.delivering import deliver_looked_back_on
from pipelines.commands.describing import InputsReport, describe_inputs
from pipelines.commands.putting_right import put_right
from pipelines.commands.rechecking import recheck
from pipelines.commands.session import Request, Session
from pipelines.commands.unread import find_unread, left_in_inbox, naming_unread
from pipelines.definitions import build_definitions, workspace_of
from pipelines.lineage.telling import telling_lineage
from pipelines.runs.instance import prepare_home
from pipelines.runs.pending import changed_partitions, find_stale, finishing, missing_days, provisional_day
from pipelines.runs.running import open_instance, run_materialize
from pipelines.settings import Settings
from planning.buildable import closed_days
from planning.days import days_between
from planning.look_back import looked_back_on, pruned_days
from planning.staleness import BEFORE_OVER
from sources.landing.folder import LandingError, LandingGoneError
from sources.landing.unread import UnreadPath
from sources.source import Delivery
from storage.files.locks import exclusive
from storage.ledger.horizons import horizons
from storage.ledger.ledger import Ledger
from storage.publication.publication import published_days
from storage.reading.known_usage import WithoutUsage, without_usage
from storage.reading.opening import open_publication


@dataclass(frozen=True)
class Materialization:
    """What came of a materialisation, for its report and exit code."""

    unread: Sequence[UnreadPath] = ()
    """What lies in the landing folder or the inbox and is not read."""
    deliveries: Sequence[Delivery] = ()
    """What the source brought into landing for these days, and what did not come."""
    pruned: Mapping[date, str] = field(default_factory=dict)
    """Days that can't be built, since what they look back on was pruned; published ones stay as they are."""
    inputs: InputsReport = field(default_factory=InputsReport)
    stale: Mapping[date, str] = field(default_factory=dict)
    closed: Sequence[date] = ()
    build: BuildReport = field(default_factory=BuildReport)
    without_usage: Sequence[WithoutUsage] = ()
    """Where used licences of published days are unknown, since the partner delivered no usage of the product."""
    up_to_date: bool = False
    without_landing: bool = False
    """The landing folder is gone: stale days were built from the lake as it is."""
    failure: str = ""
    """Why reading landing failed, or else the build, in one line."""
    postgres_failure: str = ""
    """Why PostgreSQL has not got what is published, in one line."""


def materialize(settings: Settings, request: Request, progress: Progress) -> Materialization:
    """Ingest what the requested days look back on, build them and publish them.

    Raises:
        SourceError: the source can't be used, or has nothing to start from. Stale days of which something is published
            need no landing folder: the lake has their rows.
        UnknownCheckError: a check that is to be accepted does not exist; nothing was done.
        StorageError: the engine can't be used.
    """
    workspace = workspace_of(settings)
    without_landing = False
    try:
        workspace.source.check()
    except LandingGoneError:
        if not (request.stale and published_days(workspace.serving)):
            raise
        without_landing, request = True, replace(request, ingest=False)
    workspace.engine.check()
    prepare_home(settings)
    postgres_failure = ""
    with command_turn(settings, progress.note):
        put_right(workspace, progress.note)
        result = materialize_in_turn(settings, workspace, request, progress)
        if settings.postgres_dsn is not None and (published := published_days(workspace.serving)):
            postgres_failure = _apply_to_postgres(settings, progress, result.build.published or [max(published)])
    return replace(result, without_landing=without_landing, postgres_failure=postgres_failure)


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
    days, unread = _days_to_look_at(settings, workspace, request)
    with workspace.ledger() as ledger:
        published = workspace.published_where_pruned(ledger)
        pruned = pruned_days(days, horizons(ledger), workspace.max_snapshot_age_days, published)
    days = [day for day in days if day not in pruned]
    told = Materialization(unread=unread, pruned=pruned if request.window is not None else {})
    if not days:
        return replace(told, up_to_date=not told.pruned)
    definitions = build_definitions(settings, progress)
    if request.accepted.checks:
        with workspace.ledger() as ledger:
            refuse_unknown(request.accepted.checks, known_checks(definitions, ledger))
    with open_instance(progress.note) as instance, telling_lineage(settings, progress.note) as lineage:
        session = Session(request, settings, workspace, definitions, instance, progress, lineage)
        deliveries = deliver_looked_back_on(workspace, days, progress) if request.ingest else ()
        failure = _ingest(session, days) if request.ingest else ""
        recheck(workspace, progress)
        with workspace.ledger() as ledger:
            inputs = describe_inputs(workspace, ledger, days, request.newest)
            stale = _stale_days(workspace, ledger, request, days)
        days = list(stale) if request.stale else days
        closed = [] if request.reopen else closed_days(days, settings.closed_before)
        days = [day for day in days if day not in closed]
        build = BuildReport() if failure else build_days(session, days)
    return replace(
        told,
        deliveries=deliveries,
        inputs=inputs,
        stale=stale,
        closed=closed,
        build=build,
        without_usage=_without_usage(workspace, build.published),
        up_to_date=request.stale and not days,
        failure=failure or build.failure,
    )


def _days_to_look_at(
    settings: Settings, workspace: Workspace, request: Request
) -> tuple[list[date], Sequence[UnreadPath]]:
    """The requested days, and what lies in landing beside what is read for them.

    Raises:
        LandingError: landing holds nothing to start from; what lies there in its place is named.
    """
    landing, today = workspace.landing_folder, request.newest + timedelta(days=1)
    try:
        days = _requested_days(settings, workspace, request)
    except LandingError as error:
        raise naming_unread(error, [*left_in_inbox(settings), *find_unread(landing, today, {})]) from error
    if not request.ingest:
        return days, ()
    looked_at = looked_back_on(days, workspace.max_snapshot_age_days) if days else {}
    unread = find_unread(landing, max([today, *days]), {name: set(ds) for name, ds in looked_at.items()})
    return days, [*left_in_inbox(settings), *unread]


def _requested_days(settings: Settings, workspace: Workspace, request: Request) -> list[date]:
    """The days to look at; those of `--stale` are known only after ingesting, so all that are published."""
    if request.stale:
        return sorted(day for day in published_days(workspace.serving) if day <= request.newest or not request.ingest)
    days = set(days_between(*request.window)) if request.window is not None else set()
    if request.window is None:
        days = {*missing_days(workspace, settings.first_date, request.newest), *filter(None, [request.today])}
    return finishing(workspace, days, request.newest)


def _ingest(session: Session, days: Sequence[date]) -> str:
    """Ingest the partitions that the days look back on and that changed; why it failed, in one line, or nothing.

    For stale days the run spans the changed partitions instead of the days: those may be years, and a run logs each of
    its days.
    """
    with session.workspace.ledger() as ledger:
        changed = changed_partitions(session.workspace, ledger, days)
    if not changed:
        return ""
    narrow = session.request.stale
    dates = [day for _, day in changed] if narrow else days
    keys = [raw_key(name) for name in DATASETS if any(dataset.name == name for dataset, _ in changed)]
    return session.run(min(dates), max(dates), keys, look_back=not narrow).cause


def _stale_days(workspace: Workspace, ledger: Ledger, request: Request, days: Sequence[date]) -> dict[date, str]:
    """The days that are stale, as far as the request is about them, each with its cause."""
    if request.stale:
        return find_stale(workspace, ledger, request.newest if request.ingest else None)
    day = provisional_day(workspace)
    return {day: BEFORE_OVER} if day is not None and day in days and day <= request.newest else {}


def _without_usage(workspace: Workspace, published: Sequence[date]) -> Sequence[WithoutUsage]:
    if not published:
        return ()
    with open_publication(workspace.serving) as marts:
        return without_usage(marts.connection, published)


def _apply_to_postgres(settings: Settings, progress: Progress, days: Sequence[date]) -> str:
    """Apply what is published to PostgreSQL, in a run of its own: its failure, which is returned, undoes nothing.

    Also when nothing was published just now: the server may have been away the last time.
    """
    definitions = build_definitions(settings, progress)
    with open_instance(progress.note) as instance:
        place = Place(settings.name or "")
        return run_materialize(definitions, instance, min(days), max(days), assets=[POSTGRES_KEY], place=place).cause
