"""What a build's tests mean: which block, which a person accepted, and what Dagster shows again of newer days."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from assets.dbt.build import DbtBuild, NodeResult
from assets.dbt.model_checks import ModelCheck, blocking_cause, dagster_result, model_checks, restated, unrun_nodes
from expectations.results import CheckResult, Severity
from planning.buildable import DayPlan
from storage.ledger.acceptances import Acceptance
from storage.ledger.recorded_checks import RecordedResult
from storage.warehouse.queries import DuckDBQueries

MAY_1, MAY_2, MAY_3 = (date(2026, 5, day) for day in (1, 2, 3))
PLAN = DayPlan(MAY_1, MAY_3, (MAY_1, MAY_2, MAY_3))
ACCEPTANCE = Acceptance("known", datetime(2026, 5, 4, tzinfo=UTC))
MANIFEST = {
    "nodes": {
        "test.sums": {"attached_node": "model.kpis"},
        "model.kpis": {"schema": "marts", "name": "kpis"},
    }
}
TWO_DAYS = "select * from (values (date '2026-05-01', 'a'), (date '2026-05-03', 'b')) as rows (as_of_date, partner_id)"
KEY = dg.AssetCheckKey(dg.AssetKey(["marts", "kpis"]), "sums")


def node(status: str, query: str = "", failures: int = 0, message: str = "") -> NodeResult:
    return NodeResult(
        unique_id="test.sums",
        name="sums",
        is_test=True,
        passed=status in ("pass", "warn"),
        warned=status == "warn",
        skipped=status == "skipped",
        failures=failures,
        message=message,
        seconds=0.1,
        query=query,
    )


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def checked(connection: duckdb.DuckDBPyConnection, result: NodeResult, *accepted: date) -> list[ModelCheck]:
    build = DbtBuild(success=False, nodes=(result,), error="", target=Path("runs"))
    return model_checks(DuckDBQueries(connection), build, MANIFEST, PLAN, {"sums": dict.fromkeys(accepted, ACCEPTANCE)})


def test_a_failure_names_its_days_and_rows(connection: duckdb.DuckDBPyConnection) -> None:
    (check,) = checked(connection, node("fail", TWO_DAYS, failures=2))
    assert check.blocks
    assert check.failed_days == (MAY_1, MAY_3)
    assert check.result.message == "2 rows on 2026-05-01, 2026-05-03"
    assert check.result.sample[0] == {"as_of_date": "2026-05-01", "partner_id": "a"}
    assert blocking_cause([check]) == (
        "check sums of marts/kpis failed: 2 rows on 2026-05-01, 2026-05-03; nothing was published; see its rows:"
        " portfolio dbt --from 2026-05-01 --to 2026-05-03 show --select sums; publish all the same: --accept sums"
        " --reason TEXT"
    )


def test_an_acceptance_has_to_be_of_each_day_that_failed(connection: duckdb.DuckDBPyConnection) -> None:
    failed = node("fail", TWO_DAYS, failures=2)
    (accepted,) = checked(connection, failed, MAY_1, MAY_3)
    (in_part,) = checked(connection, failed, MAY_1, MAY_2)
    assert (accepted.blocks, accepted.acceptance) == (False, ACCEPTANCE)
    assert in_part.blocks
    assert blocking_cause([accepted]) == ""


def test_rows_that_tell_no_day_are_of_all_days(connection: duckdb.DuckDBPyConnection) -> None:
    (check,) = checked(connection, node("fail", "select 1 as n", failures=1), MAY_1)
    assert check.failed_days == (MAY_1, MAY_2, MAY_3)
    assert check.blocks


def test_a_test_that_could_not_run_is_never_accepted(connection: duckdb.DuckDBPyConnection) -> None:
    (check,) = checked(connection, node("error", message="no such column"), MAY_1, MAY_2, MAY_3)
    assert check.blocks
    assert check.result.message == "no such column"


def test_warnings_and_passes_do_not_block_and_skipped_tests_say_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    (warned,) = checked(connection, node("warn", TWO_DAYS, failures=2))
    (passed,) = checked(connection, node("pass"))
    assert (warned.blocks, warned.result.severity, warned.result.passed) == (False, Severity.WARN, False)
    assert (passed.blocks, passed.result.passed, passed.failed_days) == (False, True, ())
    assert checked(connection, node("skipped")) == []


def newer(*, passed: bool) -> dict[tuple[str, str], RecordedResult]:
    day = date(2026, 6, 1)
    result = CheckResult("marts/kpis", "sums", day, day, Severity.ERROR, passed=passed)
    return {("marts/kpis", "sums"): RecordedResult(result, "", "newest", datetime(2026, 6, 2, tzinfo=UTC))}


def test_what_newer_days_said_is_restated_where_it_differs(connection: duckdb.DuckDBPyConnection) -> None:
    failed, passed = checked(connection, node("fail", TWO_DAYS, failures=2)), checked(connection, node("pass"))

    (shown,) = restated(newer(passed=True), failed, [KEY])
    assert (shown.asset_key, shown.check_name, shown.passed) == (KEY.asset_key, "sums", True)
    assert shown.metadata["as_of_range"] == dg.TextMetadataValue("2026-06-01…2026-06-01")
    (left_open,) = restated(newer(passed=True), [], [KEY])
    assert left_open.passed
    assert [again.passed for again in restated(newer(passed=False), passed, [KEY])] == [False]
    assert list(restated(newer(passed=True), passed, [KEY])) == []
    assert list(restated({}, failed, [KEY])) == []


def test_dagster_shows_an_accepted_failure_as_a_warning(connection: duckdb.DuckDBPyConnection) -> None:
    (accepted,) = checked(connection, node("fail", TWO_DAYS, failures=2), MAY_1, MAY_3)
    shown = dagster_result(KEY, accepted)
    assert (shown.passed, shown.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert shown.metadata["accepted"] == dg.BoolMetadataValue(True)
    assert "known" not in str(shown.metadata)


def built(*names: str, status: str = "pass") -> DbtBuild:
    return DbtBuild(True, tuple(replace(node(status), unique_id=name) for name in names), "", Path("runs"))


def test_a_build_that_left_a_test_out_is_not_whole() -> None:
    types = {"test.sums": "test", "test.grain": "test", "model.kpis": "model", "seed.x": "seed"}
    manifest = {"nodes": {name: {"name": name.partition(".")[2], "resource_type": of} for name, of in types.items()}}
    assert unrun_nodes(built("test.sums", "test.grain", "model.kpis"), manifest) == ""
    said = unrun_nodes(built("test.sums", "model.kpis"), manifest)
    assert said == "dbt ran 2 of 3 models and tests, not grain; nothing was published; its log: runs/dbt.log"
    assert "dbt ran 1 of 3" in unrun_nodes(built("model.kpis"), manifest)
    assert "dbt ran 0 of 3" in unrun_nodes(built("test.sums", "test.grain", "model.kpis", status="skipped"), manifest)
