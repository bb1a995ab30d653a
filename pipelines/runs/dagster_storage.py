"""The schemas of Dagster's own storage: Dagster has their versions and migrates them, whatever database they are in."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from pipelines.runs.failures import instance_errors
from pipelines.settings import Settings
from storage.files.atomic import StorageError
from storage.instance import InstanceFolder

_SCRIPTS = Path(dg.__file__).parent / "_core" / "storage" / "alembic" / "versions"
"""Dagster's migrations: each file says which revision it brings about."""
_WRITING = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
_REVISION = re.compile(r"""^revision = ["'](\w+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class StorageRevision:
    """A part of the storage, with the revision that it has, and the one that this Dagster wants."""

    part: str
    found: str
    wanted: str

    @property
    def is_older(self) -> bool:
        """Whether Dagster has migrations for it."""
        return self.found != self.wanted


@contextmanager
def existing_instance(settings: Settings) -> Iterator[DagsterInstance | None]:
    """The instance of a home folder as it is, to look at: nothing is made, and no dead run ended. None without one.

    Raises:
        StorageError: it can't be read.
    """
    given = os.environ.get("DAGSTER_HOME")
    folder = Path(given) if given else settings.instance or settings.folders.dagster
    if not InstanceFolder(folder).config.is_file():
        yield None
        return
    os.environ["DAGSTER_HOME"] = str(folder)
    try:
        with instance_errors(folder), DagsterInstance.get() as instance:
            yield instance
    finally:
        if given is None:
            del os.environ["DAGSTER_HOME"]


def revisions(instance: DagsterInstance) -> list[StorageRevision]:
    """The parts of the storage.

    Raises:
        StorageError: a newer Dagster migrated one of them.
    """
    parts = {
        "runs": instance.run_storage,
        "events": instance.event_log_storage,
        "schedules": instance.schedule_storage,
    }
    found = []
    for part, storage in parts.items():
        versions = storage.alembic_version() if storage is not None else None
        if versions is None or not isinstance(versions[1], str):
            continue  # a storage without migrations
        one = StorageRevision(part, versions[0] or "none", versions[1])
        if one.is_older and versions[0] and versions[0] not in _known():
            raise StorageError(
                f"Dagster's storage of {part} is of a newer Dagster, with revision {one.found}; this is"
                f" {dg.__version__}, with {one.wanted}: install the newer one, or restore a backup of before that"
            )
        found.append(one)
    return found


def _known() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in _SCRIPTS.glob("*.py"))
    return {revision for text in texts for revision in _REVISION.findall(text)}


def migrate_storage(instance: DagsterInstance, told: Callable[[str], None], *, shared: bool = False) -> None:
    """Do what `dagster instance migrate` does, where a part of the storage is of an earlier Dagster.

    Cut off, it goes on from there the next time: each migration looks at what is there.

    Args:
        told: in one line, what was done.
        shared: other homes may run in the instance: the home's own locks do not keep their runs away.

    Raises:
        StorageError: a newer Dagster migrated a part already, or runs write to a storage that is shared.
    """
    older = [one for one in revisions(instance) if one.is_older]
    if not older:
        return
    if shared and (running := instance.get_run_ids(RunsFilter(statuses=_WRITING))):
        raise StorageError(
            f"Dagster's storage is of an earlier Dagster, and runs write to it, perhaps of other homes: {running[0]}"
            f"{f' and {len(running) - 1} more' if running[1:] else ''}; let them end, or end them in the web interface,"
            " stop the services, and run the same command again"
        )
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        instance.upgrade()
    for one in older:
        told(f"Dagster's storage of {one.part}: {one.found} -> {one.wanted}")
