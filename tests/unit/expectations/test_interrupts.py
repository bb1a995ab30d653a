"""Interrupts as libraries hand them on: a query's, a scan's, a parser's; and errors that are none."""

import duckdb
import pytest
from dagster import DagsterExecutionInterruptedError

from expectations.interrupts import interrupt_behind, quotes_interrupt, raise_interrupt
from tests.interrupted import hidden_interrupt


class Rows:
    """Rows of Arrow that are interrupted when they are asked for."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise KeyboardInterrupt


def of_a_scan() -> BaseException:
    """What DuckDB raises of Ctrl-C while it reads rows of Arrow."""
    with duckdb.connect() as con, pytest.raises(duckdb.Error) as caught:
        con.register("rows", Rows())
        con.execute("select * from rows").fetchall()
    return caught.value


def wrapped(error: BaseException, *, caused: bool) -> BaseException:
    """A library's error, raised while or because another was."""
    try:
        try:
            raise error
        except BaseException as first:
            if caused:
                raise ValueError("Field 'expect' has an invalid value") from first
            raise ValueError("Field 'expect' has an invalid value") from None
    except ValueError as second:
        return second


@pytest.mark.parametrize(
    "make",
    [
        hidden_interrupt,
        of_a_scan,
        KeyboardInterrupt,
        DagsterExecutionInterruptedError,
        lambda: wrapped(KeyboardInterrupt(), caused=True),
        lambda: wrapped(DagsterExecutionInterruptedError(), caused=False),
        lambda: wrapped(of_a_scan(), caused=True),
    ],
)
def test_an_interrupt_is_found_behind_what_was_made_of_it(make) -> None:
    error = make()
    found = interrupt_behind(error)
    assert isinstance(found, KeyboardInterrupt | DagsterExecutionInterruptedError)
    with pytest.raises(type(found)):
        raise_interrupt(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("KeyboardInterrupt: so says a file"),
        duckdb.Error("Binder Error: KeyboardInterrupt: is no column"),
        wrapped(TimeoutError(), caused=True),
        SystemExit(130),
        wrapped(GeneratorExit(), caused=False),
    ],
)
def test_any_other_error_is_none(error) -> None:
    assert interrupt_behind(error) is None
    assert raise_interrupt(error) is None


def test_a_chain_that_goes_in_circles_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert interrupt_behind(first) is None


@pytest.mark.parametrize(
    ("message", "is_one"),
    [
        ("_duckdb.Error: KeyboardInterrupt: <EMPTY MESSAGE>\n", True),
        ("_duckdb.Error: DagsterExecutionInterruptedError: <EMPTY MESSAGE>\n", True),
        ("KeyboardInterrupt: <EMPTY MESSAGE>\n\nAt:\n  judging.py(73): judge", True),
        ("ValueError: KeyboardInterrupt: so says a file", False),
    ],
)
def test_dagster_keeps_a_message_alone(message: str, is_one: bool) -> None:
    assert quotes_interrupt(message) is is_one
