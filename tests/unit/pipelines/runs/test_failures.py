"""Which end of a run was an interrupt, by whatever name a library handed it on."""

import dagster as dg
import duckdb
import pytest

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
