"""Why a model failed: what is asked again, and what is said where that finds nothing. tests/dbt asks engines."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.dbt.build import DbtBuild, NodeResult
from assets.dbt.diagnosis import _first, broken_promise, cause_in_data
from planning.buildable import DayPlan
from storage.warehouse.queries import QueryError

D = date(2026, 3, 10)
PLAN = DayPlan(D, D, (D,))
OVERFLOW = "Out of Range Error: Overflow in multiplication of INT64"
NODES = {
    "model.a": {
        "name": "a",
        "columns": {"n": {"data_type": "bigint", "constraints": [{"type": "not_null"}]}, "m": {}},
        "config": {"materialized": "incremental", "contract": {"enforced": True}},
        "depends_on": {"nodes": ["source.raw"]},
    }
}


class Answers:
    """A warehouse that fails where a query names something."""

    def __init__(self, columns: Sequence[str], fails_at: str = "", error: str = OVERFLOW) -> None:
        self.made, self.fails_at, self.error = list(columns), fails_at, error
        self.asked: list[str] = []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.asked.append(sql)
        if self.fails_at and self.fails_at in sql:
            raise QueryError(self.error)
        return []

    def columns(self, sql: str) -> list[str]:
        return self.made

    def table(self, schema: str, name: str) -> str:
        return f"{schema}.{name}"

    def quoted(self, column: str) -> str:
        return f"<{column}>"


def failed(message: str = OVERFLOW, name: str = "a") -> NodeResult:
    return NodeResult(f"model.{name}", name, False, False, False, False, message=message, query="select 1")


def test_memory_and_disk_are_not_asked_again() -> None:
    for message in ("Out of Memory Error: could not allocate", "IO Error: no space left", "[FAILED_READ_FILE]"):
        answers = Answers(["n"], fails_at="<n>")
        assert broken_promise(failed(message), NODES, PLAN, answers) == ""
        assert answers.asked == []


def test_a_day_that_can_t_be_told_is_the_window() -> None:
    without_day = broken_promise(failed(), NODES, PLAN, Answers(["m", "n"], fails_at="<n>"))
    assert without_day == f"model a: column n is beyond bigint on {D}…{D}"
    on_every_day = broken_promise(failed(), NODES, PLAN, Answers(["as_of_date", "n"], fails_at="<n>"))
    assert on_every_day == without_day


def test_what_is_no_column_s_is_not_told() -> None:
    assert broken_promise(failed(), NODES, PLAN, Answers(["as_of_date", "n", "m"])) == ""


def test_a_build_s_cause_names_how_many_more_failed_and_the_log(tmp_path: Path) -> None:
    answers = Answers(["n"], fails_at="<n>")
    build = DbtBuild(False, (failed(), failed("no", "b")), "", tmp_path)
    cause = cause_in_data(build, {"nodes": NODES}, PLAN, answers)
    assert cause.startswith(
        f"model a: column n is beyond bigint on {D}…{D} (and 1 more); nothing was published; dbt's log: "
    )
    assert cause_in_data(build, {"nodes": NODES}, PLAN, Answers([])) == ""


@pytest.mark.parametrize("success", [True, False])
def test_a_build_without_a_failed_model_is_not_looked_at(tmp_path: Path, success: bool) -> None:
    assert cause_in_data(DbtBuild(success, (), "no project", tmp_path), {"nodes": NODES}, PLAN, Answers([])) == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("| n | | BIGINT | missing in definition |", "makes no column n, which its contract names"),
        ("| n | DOUBLE | BIGINT | data type mismatch |", "makes column n as double, and its contract says bigint"),
        ("| n | DOUBLE | | missing in contract |", "makes column n, which its contract does not name"),
    ],
)
def test_a_line_of_dbt_s_table_is_said_in_words(line: str, said: str) -> None:
    head = "| column_name | definition_type | contract_type | mismatch_reason | | ----- | ----- | ----- | ----- |"
    message = f"This model has an enforced contract that failed. {head} {line} > in macro x"
    assert broken_promise(failed(message), NODES, PLAN, Answers([])) == f"model a {said} ({D}…{D})"


@given(st.lists(st.integers(0, 3), max_size=40))
def test_the_first_that_fails_is_found(items: list[int]) -> None:
    found = _first(items, lambda some: 3 in some)
    assert found == (3 if 3 in items else None)
    numbered = list(enumerate(items))
    place = _first(numbered, lambda some: any(item == 3 for _, item in some))
    assert place == next((pair for pair in numbered if pair[1] == 3), None)
