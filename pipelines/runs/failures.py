"""Why a run failed, in one line: what our own floors say, or else the error at the bottom."""

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType
from dagster_shared.error import SerializableErrorInfo
from sqlalchemy.exc import DBAPIError

from expectations.interrupts import INTERRUPTS, quotes_interrupt
from expectations.wording import one_line
from sources.errors import SourceError
from sources.landing.folder import LandingError, LandingGoneError
from storage.files.atomic import DISK_FULL, StorageError, is_full, says_full, says_sqlite_full
from storage.files.damage import damage
from storage.files.sqlite import sqlite_reason
from storage.spark.errors import SparkError
from storage.warehouse.opening import WarehouseBusyError

_OWN_ERRORS = {
    error.__name__
    for error in (SourceError, LandingError, LandingGoneError, StorageError, SparkError, WarehouseBusyError)
}

_NAMED_FILE = re.compile(r"""(?:file |\[Errno \d+\] [\w ]+: )["'](/[^"']+)["']""")
"""How DuckDB and Python name the file that could not be written."""


@contextmanager
def instance_errors(instance: Path) -> Iterator[None]:
    """A full disk, and any other failure of Dagster's own storage, becomes a `StorageError`."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise StorageError(f"{instance} cannot be written: {DISK_FULL}") from error
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise _database_error(error) from error
        reason = sqlite_reason(error.orig, instance / "history")
        if damage(reason):
            reason += "; it holds the history of runs alone: delete this folder, and run again"
        raise StorageError(f"{instance} cannot be written: {reason}") from error
    except Exception as error:
        # Of dagster-postgres, which is not there where nothing is kept in PostgreSQL: it gave up after some attempts.
        if type(error).__name__ != "DagsterPostgresException":
            raise
        raise _database_error(error.__cause__ or error) from error


def _database_error(error: BaseException) -> StorageError:
    """The server's or libpq's first words, which name no secret; what follows them quotes what was asked."""
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    what = "the database of Dagster's runs (PORTFOLIO_DAGSTER_DSN)"
    return StorageError(f"{what} cannot be used: {one_line(said)}; run again when it can")


def cause_of(result: dg.ExecuteInProcessResult) -> str:
    """Why the run failed.

    Raises:
        KeyboardInterrupt: the run was interrupted.
    """
    cause = cause_of_events(result.all_events)
    if cause is None:
        raise KeyboardInterrupt
    return cause or "the run failed before its first step"


def cause_of_events(events: Iterable[dg.DagsterEvent]) -> str | None:
    """The first failed step's message; a failure or an error of ours, which name their remedy, stand as they are.

    Empty where no step failed; None where the run was interrupted.
    """
    for event in events:
        if event.event_type != DagsterEventType.STEP_FAILURE:
            continue
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            said = str(data.user_failure_data.description)
            return _of_full_disk(said) or said
        if any(_is_interrupt(error) for error in _chain(data.error, with_context=True)):
            return None
        errors = _chain(data.error)
        for error in errors:
            if error.cls_name in _OWN_ERRORS:
                return one_line(error.message).partition(": ")[2]
        if errors:
            return _of_full_disk(errors[-1].message) or one_line(errors[-1].message)
    return ""


def _of_full_disk(message: str) -> str:
    """What the system, DuckDB or SQLite says of a full disk (our own say it themselves), as we say it.

    SQLite names no file: Dagster's are meant, since ours do. Where none is named it may be a server's disk.
    """
    if not says_full(message):
        return ""
    named = _NAMED_FILE.search(message)
    place = named[1] if named else os.environ.get("DAGSTER_HOME") if says_sqlite_full(message) else None
    return f"{place} cannot be written: {DISK_FULL}" if place else f"{one_line(message)}: {DISK_FULL}"


def _is_interrupt(error: SerializableErrorInfo) -> bool:
    return error.cls_name in INTERRUPTS or quotes_interrupt(error.message)


def _chain(error: SerializableErrorInfo | None, with_context: bool = False) -> list[SerializableErrorInfo]:
    """The error, its cause, the cause's cause; with context also what was raised before it and named no cause."""
    chain = []
    while error is not None:
        chain.append(error)
        error = error.cause or (error.context if with_context else None)
    return chain
