"""Upgrading a home folder of an earlier version: what that would do, and doing it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from assets.resources import Progress, Workspace
from pipelines.commands.materialize import Materialization, command_turn, materialize
from pipelines.commands.partition_states import partitions
from pipelines.commands.postgres import dsn_of, publish_to_postgres
from pipelines.commands.session import Request
from pipelines.commands.status import read_published, stale_days
from pipelines.definitions import workspace_of
from pipelines.runs.dagster_storage import StorageRevision, existing_instance, migrate_storage, revisions
from pipelines.runs.durations import Measured, measured_build
from pipelines.runs.instance import prepare_home
from pipelines.runs.pending import read_by_other_rules
from pipelines.runs.running import open_instance
from pipelines.settings import Settings
from planning.buildable import closed_days
from planning.look_back import looked_back_on
from storage import clock, versions
from storage.files.atomic import StorageError
from storage.files.locks import exclusive
from storage.ledger.ledger import Ledger
from storage.postgres.connection import connect
from storage.postgres.errors import NewerDatabaseError
from storage.postgres.versions import found_version, refuse_newer
from storage.reading.opening import NothingPublishedError
from storage.upgrading import DatabaseState, databases, ledger_as_upgraded, upgrade_databases


@dataclass(frozen=True)
class UpgradePlan:
    """What an upgrade would do."""

    databases: Sequence[DatabaseState]
    dagster: Sequence[StorageRevision] = ()
    """Empty where there is no instance yet."""
    postgres: int | None = None
    """The version of what the database has; None where none is named, or nothing is published to it."""
    postgres_trouble: str = ""
    """Why that can't be said, in one line."""
    stale: Mapping[date, str] = field(default_factory=dict)
    """The published days that would be built again, each with its cause."""
    closed: Sequence[date] = ()
    """Stale days of a closed period, which stay as they are."""
    partitions: int = 0
    """Landing partitions that published days look back on and that would be read again."""
    measured: Measured | None = None
    """What the duration is told from."""

    @property
    def migrates(self) -> bool:
        """Whether a schema of the home folder is of an earlier version."""
        return any(one.is_older for one in self.databases) or any(one.is_older for one in self.dagster)

    @property
    def moves_postgres(self) -> bool:
        """Whether the database's schema is."""
        return self.postgres is not None and self.postgres < versions.POSTGRES

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do, as far as that is known."""
        return not (self.migrates or self.moves_postgres or self.stale)

    @property
    def seconds(self) -> float | None:
        """About how long building takes; None where no build was measured."""
        return self.measured.seconds_for(len(self.stale)) if self.measured is not None else None


def plan_upgrade(settings: Settings) -> UpgradePlan:
    """What an upgrade of the home folder would do; nothing is written.

    Raises:
        StorageError: a newer version wrote something, or it can't be read.
    """
    home, newest = settings.folders, clock.last_complete_day()
    with existing_instance(settings) as instance:
        dagster = revisions(instance) if instance is not None else []
        # Of an earlier schema runs may be unreadable until it is migrated.
        readable = instance is not None and not any(one.is_older for one in dagster)
        measured = measured_build(instance, settings.name or "") if instance is not None and readable else None
    postgres, trouble = _postgres(settings)
    with ledger_as_upgraded(home) as ledger:
        published = read_published(home.serving.path)
        stale = {day: why for day, why in stale_days(settings, ledger, published).items() if day <= newest}
        closed = closed_days(list(stale), settings.closed_before)
        days = published.days if published else frozenset()
        waiting = _to_read(workspace_of(settings), ledger, days, newest) if stale else 0
    return UpgradePlan(
        databases(home),
        dagster,
        postgres,
        trouble,
        {day: why for day, why in stale.items() if day not in closed},
        closed,
        waiting,
        measured,
    )


def _to_read(workspace: Workspace, ledger: Ledger, published: Collection[date], newest: date) -> int:
    """How many landing partitions that published days look back on are new, changed, or were read by other rules."""
    known, by_others = partitions(ledger, workspace.source, newest), read_by_other_rules(workspace, ledger)
    looked_at = looked_back_on(published, workspace.max_snapshot_age_days) if published else {}
    return sum(len((known.waiting(name) | by_others[name]).intersection(days)) for name, days in looked_at.items())


def _postgres(settings: Settings) -> tuple[int | None, str]:
    if settings.postgres_dsn is None:
        return None, ""
    try:
        with connect(dsn_of(settings)) as connection:
            refuse_newer(connection)
            return found_version(connection), ""
    except NewerDatabaseError:
        raise
    except StorageError as error:
        return None, str(error)


def migrate_home(settings: Settings, progress: Progress) -> None:
    """Bring the home folder's schemas to today's versions, while no run writes; what is so already is left alone.

    Raises:
        StorageError: a schema is as it was, and those before it are done: the same command goes on from there. Also
            where runs that servers began write to Dagster's storage, and it has to be migrated: commands are waited
            for.
    """
    home = settings.folders
    with command_turn(settings, progress.note), exclusive(home.pipeline_lock, progress.note):
        prepare_home(settings)
        with existing_instance(settings) as found:  # runs of an earlier schema may be unreadable until it is migrated
            older = found is not None and any(one.is_older for one in revisions(found))
        if older:
            shared = settings.instance is not None or settings.dagster_dsn is not None
            with open_instance(progress.note, alone=True) as instance:
                migrate_storage(instance, progress.note, shared=shared)
        upgrade_databases(home, progress.note)


def upgrade(settings: Settings, plan: UpgradePlan, progress: Progress) -> Materialization:
    """Migrate the schemas, then build the stale days; cut off, the same command does the rest.

    Raises:
        StorageError: in one line, why not; what was done stays done.
        SourceError: the source can't be used, and nothing is published.
    """
    migrate_home(settings, progress)
    if plan.stale:
        return materialize(settings, Request(clock.last_complete_day(), stale=True), progress)
    if plan.moves_postgres:
        try:
            publish_to_postgres(settings, progress)
        except NothingPublishedError as error:
            raise StorageError(
                f"PostgreSQL is of an earlier version until something is published to it: {error}; `portfolio"
                " materialize` publishes"
            ) from None
    return Materialization(up_to_date=True)
