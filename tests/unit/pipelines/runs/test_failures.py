"""Which end of a run was an interrupt or a full disk, by whatever name a library handed it on."""

import errno
import sqlite3

import dagster as dg
import duckdb
import pytest
from sqlalchemy.exc import OperationalError

from pipelines.runs.failures import cause_of


def ended_with(error):
    """The result of a run whose only step ends with an error."""

    @dg.op
    def step():
        raise error

    @dg.job
    def whole():
        step()

    with dg.instance_for_test() as instance:
        return whole.execute_in_process(instance=instance, raise_on_error=False)


def chained(error, *, cause=None, context=None):
    error.__context__ = context
    if cause is not None:  # even None would have the context left out
        error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        chained(RuntimeError("Query interrupted"), cause=KeyboardInterrupt()),
        chained(ValueError("a wrong value"), context=KeyboardInterrupt()),
        duckdb.Error("KeyboardInterrupt: <EMPTY MESSAGE>"),
        duckdb.Error("DagsterExecutionInterruptedError: <EMPTY MESSAGE>"),
    ],
)
def test_an_interrupt_that_was_made_an_error_is_no_failure(error):
    with pytest.raises(KeyboardInterrupt):
        cause_of(ended_with(error))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (chained(ValueError("no day"), cause=KeyError("b")), "KeyError: 'b'"),
        (chained(ValueError("no day"), context=KeyError("b")), "ValueError: no day"),
        (ValueError("KeyboardInterrupt: so says a file"), "ValueError: KeyboardInterrupt: so says a file"),
    ],
)
def test_any_other_error_is_the_cause(error, cause):
    assert cause_of(ended_with(error)) == cause


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full")), "/srv/x/dagster"),
        (
            duckdb.TransactionException(
                'Failed to commit: Could not write file "/srv/x/warehouse.duckdb.wal": No space left on device'
            ),
            "/srv/x/warehouse.duckdb.wal",
        ),
        (
            dg.Failure('model m failed: IO Error: Could not write file "/srv/x/w.duckdb": No space left on device'),
            "/srv/x/w.duckdb",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "/srv/x/dbt/a"), "/srv/x/dbt/a"),
    ],
)
def test_of_a_full_disk_it_is_said_where_and_what_to_do(error, place, monkeypatch):
    result = ended_with(error)
    monkeypatch.setenv("DAGSTER_HOME", "/srv/x/dagster")
    assert cause_of(result) == f"{place} cannot be written: the disk is full; make room, and run again"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            dg.Failure('a@db:5432: could not extend file "base/1/2": No space left on device (Check free disk space.)'),
            'a@db:5432: could not extend file "base/1/2": No space left on device (Check free disk space.)',
        ),
        (dg.Failure("job aborted: java.io.IOException: No space left on device"), None),
        (OSError(errno.ENOSPC, "No space left on device"), "OSError: [Errno 28] No space left on device"),
    ],
)
def test_a_full_disk_that_nobody_names_is_not_said_to_be_a_folder_of_this_machine(error, said, monkeypatch):
    result = ended_with(error)
    monkeypatch.setenv("DAGSTER_HOME", "/srv/x/dagster")
    said = said or str(error.description)
    assert cause_of(result) == f"{said}: the disk is full; make room, and run again"
