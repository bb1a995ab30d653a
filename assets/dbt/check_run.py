"""The data tests of a build, run after its models: all that count over the rows of one model in one scan of them.

As nodes of dbt's own, 85 tests took 3.5 CPU s around their queries, and each read its model by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from assets.dbt.build import SKIPPED, DbtBuild, NodeResult
from assets.dbt.check_sql import CheckSql
from expectations.wording import one_line
from storage.warehouse.queries import Queries, QueryError


def with_checks(
    build: DbtBuild,
    manifest: Mapping[str, Any],
    warehouse: Queries,
    on_check: Callable[[str], None] = lambda name: None,
) -> DbtBuild:
    """The build with the results of its tests behind those of its models, in the order in which dbt would run them.

    Args:
        warehouse: as the models left it.
        on_check: told the name of each test that is done.
    """
    nodes = manifest["nodes"]
    runnable = {check.unique_id: check for check in _runnable(build, nodes)}
    counted: dict[str, Mapping[str, int]] = {}
    results = []
    for check in runnable.values():
        if check.suspects and check.rows not in counted:
            together = [other for other in runnable.values() if other.suspects and other.rows == check.rows]
            counted[check.rows] = _suspects(warehouse, check.rows, together)
        suspects = counted.get(check.rows, {}).get(check.unique_id)
        results.append(_result(warehouse, check, nodes[check.unique_id], suspects))
        on_check(results[-1].name)
    skipped = [
        _node_result(nodes[check.unique_id], SKIPPED) for check in build.checks if check.unique_id not in runnable
    ]
    return replace(build, nodes=(*build.nodes, *results, *skipped))


def _runnable(build: DbtBuild, nodes: Mapping[str, Any]) -> Iterator[CheckSql]:
    """The tests all of whose models were built: each when its last one was."""
    waiting = {
        check.unique_id: {name for name in nodes[check.unique_id]["depends_on"]["nodes"] if name.startswith("model.")}
        for check in build.checks
    }
    checks = {check.unique_id: check for check in build.checks}
    done: set[str] = set()
    for model in build.nodes:
        if not model.passed:
            continue
        done.add(model.unique_id)
        for unique_id in sorted(name for name, needed in waiting.items() if needed <= done):
            del waiting[unique_id]
            yield checks[unique_id]


def _suspects(warehouse: Queries, rows: str, checks: Sequence[CheckSql]) -> dict[str, int]:
    """By test, how many of a model's rows are suspect; empty where that can't be counted: each test then says why."""
    try:
        (found,) = warehouse.rows(f"select {', '.join(check.suspects for check in checks)} from {rows}")
    except QueryError:
        return {}
    return {check.unique_id: count for check, count in zip(checks, found, strict=True)}


def _result(warehouse: Queries, check: CheckSql, node: Mapping[str, Any], suspects: int | None) -> NodeResult:
    began = perf_counter()
    try:
        passes = suspects == 0 or _passes_at_first_look(warehouse, check)
        failures = 0 if passes else _failures(warehouse, check.query)
    except QueryError as error:
        return _node_result(node, "error", message=one_line(error), seconds=perf_counter() - began)
    status = "pass" if not failures else "warn" if node["config"]["severity"].lower() == "warn" else "fail"
    query = check.query if failures else ""
    return _node_result(node, status, failures=failures, query=query, seconds=perf_counter() - began)


def _passes_at_first_look(warehouse: Queries, check: CheckSql) -> bool:
    """Whether a first look finds nothing; where there is none, or it can't be taken, the test is to be asked itself."""
    if not check.first_look:
        return False
    try:
        ((found,),) = warehouse.rows(check.first_look)
    except QueryError:
        return False
    return bool(found == 0)


def _failures(warehouse: Queries, query: str) -> int:
    ((counted,),) = warehouse.rows(f"select count(*) from ({query}) as failing")
    return int(counted)


def _node_result(
    node: Mapping[str, Any], status: str, *, failures: int = 0, query: str = "", message: str = "", seconds: float = 0
) -> NodeResult:
    return NodeResult(
        unique_id=node["unique_id"],
        name=node["name"],
        is_test=True,
        passed=status in ("pass", "warn"),
        warned=status == "warn",
        skipped=status == SKIPPED,
        failures=failures,
        message=message,
        seconds=seconds,
        query=query,
    )
