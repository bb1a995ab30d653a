"""A build's tests, run together: in which order, which are left out, and what one of them has to say by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.dbt.build import DbtBuild, NodeResult
from assets.dbt.check_run import with_checks
from assets.dbt.check_sql import CheckSql
from storage.warehouse.queries import DuckDBQueries

GRAIN = "count(*) - count(distinct day)"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("create table kpis as from (values (1, 2), (1, 3), (2, -1)) as rows (day, seats)")
        yield opened


def check(name: str, query: str, suspects: str = "", rows: str = "kpis", first_look: str = "") -> CheckSql:
    return CheckSql(f"test.{name}", query, rows, suspects, first_look)


TWICE = check("twice", "select day from kpis group by day having count(*) > 1", GRAIN)
BELOW_0 = check("below_0", "select * from kpis where seats < 0", "count(case when seats < 0 then 1 end)")
ABOVE_9 = check("above_9", "select * from kpis where seats > 9", "count(case when seats > 9 then 1 end)")
COLLIDES = check("collides", "select * from kpis where false", "3")
JOINS = check("joins", "select * from kpis where seats = 3")
WRONG = check("wrong", "select nothing from kpis", "count(nothing)")


def model(name: str, *, passed: bool = True) -> NodeResult:
    return NodeResult(f"model.{name}", name, False, passed, False, False, 0, "", 0)


def run(connection: Any, *checks: CheckSql, models: tuple[NodeResult, ...] = (model("kpis"),), **changed: Any) -> Any:
    """The tests' results by name."""
    nodes = {one.unique_id: node(one.unique_id, **changed) for one in checks}
    build = with_checks(DbtBuild(True, models, "", Path("runs"), checks), {"nodes": nodes}, DuckDBQueries(connection))
    assert build.nodes[: len(models)] == models
    return {one.name: one for one in build.nodes[len(models) :]}


def node(unique_id: str, severity: str = "ERROR", needs: tuple[str, ...] = ("model.kpis", "source.raw")) -> Any:
    return {
        "unique_id": unique_id,
        "name": unique_id.partition(".")[2],
        "config": {"severity": severity},
        "depends_on": {"nodes": list(needs)},
    }


def test_each_is_counted_and_brings_the_query_of_its_rows(connection: duckdb.DuckDBPyConnection) -> None:
    found = run(connection, TWICE, BELOW_0, ABOVE_9, COLLIDES, JOINS)
    assert {name: one.failures for name, one in found.items()} == {
        "above_9": 0,
        "below_0": 1,
        "collides": 0,
        "joins": 1,
        "twice": 1,
    }
    assert {one.query for one in found.values()} == {TWICE.query, BELOW_0.query, JOINS.query, ""}
    assert [name for name, one in found.items() if one.passed] == ["above_9", "collides"]


def test_a_first_look_that_finds_nothing_is_the_last(connection: duckdb.DuckDBPyConnection) -> None:
    """One that finds something, or can't be taken, decides nothing: the test's own query does."""
    found = run(
        connection,
        check("passed", "select nothing from kpis", first_look="select 0"),
        check("asked", "select * from kpis where seats > 2", first_look="select count(*) from kpis"),
        check("fine", "select * from kpis where seats > 9", first_look="select count(*) from kpis"),
        check("refused", "select * from kpis where seats > 2", first_look="select nothing from kpis"),
    )
    assert {name: (one.passed, one.failures) for name, one in found.items()} == {
        "passed": (True, 0),
        "asked": (False, 1),
        "fine": (True, 0),
        "refused": (False, 1),
    }
    assert "kpis where seats > 2" in found["asked"].query
    assert found["refused"].query == found["asked"].query


def test_a_warning_passes(connection: duckdb.DuckDBPyConnection) -> None:
    found = run(connection, BELOW_0, ABOVE_9, severity="warn")
    assert {name: (one.passed, one.warned, one.failures) for name, one in found.items()} == {
        "above_9": (True, False, 0),
        "below_0": (True, True, 1),
    }


def test_one_that_cannot_run_says_why_and_the_others_are_counted(connection: duckdb.DuckDBPyConnection) -> None:
    found = run(connection, BELOW_0, WRONG, ABOVE_9)
    assert {name: one.failures for name, one in found.items()} == {"above_9": 0, "below_0": 1, "wrong": 0}
    assert not found["wrong"].passed
    assert "nothing" in found["wrong"].message
    assert "\n" not in found["wrong"].message


def test_one_whose_model_was_not_built_is_skipped(connection: duckdb.DuckDBPyConnection) -> None:
    models = (model("kpis"), model("positions", passed=False))
    found = run(connection, BELOW_0, models=models, needs=("model.kpis", "model.positions"))
    assert (found["below_0"].skipped, found["below_0"].passed, found["below_0"].failures) == (True, False, 0)


def test_they_run_in_the_order_in_which_their_models_were_built(connection: duckdb.DuckDBPyConnection) -> None:
    needs = {"z": ["model.first"], "y": ["model.first", "model.last"], "x": ["model.last"], "w": ["model.first"]}
    nodes = {f"test.{name}": node(f"test.{name}", needs=tuple(models)) for name, models in needs.items()}
    build = DbtBuild(
        True,
        (model("first"), model("last")),
        "",
        Path("runs"),
        tuple(check(name, "select 1 where false") for name in needs),
    )
    done: list[str] = []
    ended = with_checks(build, {"nodes": nodes}, DuckDBQueries(connection), done.append)
    assert [one.name for one in ended.nodes] == ["first", "last", "w", "z", "x", "y"]
    assert done == ["w", "z", "x", "y"]


def test_tests_of_the_same_rows_read_them_once(connection: duckdb.DuckDBPyConnection) -> None:
    class Counting:
        """The connection, with the statements that it ran."""

        def __init__(self) -> None:
            self.statements: list[str] = []

        def execute(self, statement: str) -> duckdb.DuckDBPyConnection:
            self.statements.append(statement)
            return connection.execute(statement)

    counting = Counting()
    other = check("other", "select 1 where false", "count(*)", "(select * from kpis where day = 2) as in_scope")
    connection.execute("delete from kpis")
    found = run(counting, TWICE, BELOW_0, other, ABOVE_9)
    assert all(one.passed for one in found.values())
    assert len(counting.statements) == 2
