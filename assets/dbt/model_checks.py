"""dbt's tests as results of checks: what they found on which days, what of it is accepted, and what Dagster is told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from assets.dbt.build import DbtBuild, NodeResult
from assets.dbt.nodes import dbt_schema
from expectations.results import CheckResult, Severity
from planning.buildable import DayPlan
from planning.days import days_between
from storage.home import DbtFolder
from storage.ledger.acceptances import Acceptance, Acceptances, window_hash
from storage.ledger.check_results import CheckResults
from storage.ledger.ledger import Ledger
from storage.ledger.recorded_checks import RecordedResult
from storage.ledger.superseded_checks import forget_superseded
from storage.warehouse.failing_rows import failing_rows
from storage.warehouse.queries import Queries

MOST_NAMED = 3


@dataclass(frozen=True)
class ModelCheck:
    """A test that ran: its result over the build's window, and on which days of it rows failed."""

    result: CheckResult
    failed_days: tuple[date, ...] = ()
    acceptance: Acceptance | None = None
    """Why it does not block, where it would."""

    @property
    def blocks(self) -> bool:
        """Whether nothing may be published."""
        return self.result.blocks and self.acceptance is None


def model_checks(
    warehouse: Queries,
    build: DbtBuild,
    manifest: Mapping[str, Any],
    plan: DayPlan,
    accepted: Mapping[str, Mapping[date, Acceptance]],
) -> list[ModelCheck]:
    """The tests of a build that ran, in order of running.

    Args:
        warehouse: as the build left it: rows of failed tests are looked up there.
        accepted: the acceptances in force, by test and day.
    """
    return [
        _model_check(warehouse, node, tested_model(manifest, node.unique_id), plan, accepted.get(node.name, {}))
        for node in build.nodes
        if node.is_test and not node.skipped
    ]


def unrun_nodes(build: DbtBuild, manifest: Mapping[str, Any]) -> str:
    """What a build that dbt calls a success left out, in one line: models and tests without a result of it; or nothing.

    A variable, a flag or a selector can make dbt leave out tests, and it then reports no failure.
    """
    wanted = {name for name, node in manifest["nodes"].items() if node["resource_type"] in ("model", "test")}
    left_out = sorted(wanted - {node.unique_id for node in build.nodes if not node.skipped})
    if not left_out:
        return ""
    named = ", ".join(manifest["nodes"][node]["name"] for node in left_out[:MOST_NAMED])
    more = f" and {len(left_out) - MOST_NAMED} more" if len(left_out) > MOST_NAMED else ""
    done = f"{len(wanted) - len(left_out)} of {len(wanted)} models and tests"
    return f"dbt ran {done}, not {named}{more}; nothing was published; its log: {DbtFolder(build.target).log}"


def tested_model(manifest: Mapping[str, Any], test_id: str) -> str:
    """The asset key, with slashes, of the model that a test is declared on."""
    model = manifest["nodes"][manifest["nodes"][test_id]["attached_node"]]
    return f"{dbt_schema(model)}/{model['name']}"


def blocking_cause(checks: Sequence[ModelCheck]) -> str:
    """Why nothing is published, in one line: the first blocking check, on which days, and how to go on; or nothing."""
    blocking = [check for check in checks if check.blocks]
    if not blocking:
        return ""
    first = blocking[0].result
    more = f" (and {len(blocking) - 1} more checks)" if len(blocking) > 1 else ""
    look = f"portfolio dbt --from {first.first_date} --to {first.last_date} show --select {first.check_name}"
    return (
        f"check {first.check_name} of {first.asset} failed: {first.message}{more}; nothing was published;"
        f" see its rows: {look}; publish all the same: --accept {first.check_name} --reason TEXT"
    )


def record_checks(
    ledger: Ledger, checks: Sequence[ModelCheck], plan: DayPlan, seen: Mapping[date, str], run_id: str
) -> None:
    """Store the results with what was accepted of them, and let go of what they supersede.

    Args:
        seen: a hash of what each day of the plan was made from.
    """
    results = CheckResults(ledger)
    window = window_hash(seen)
    content_hashes = {(check.result.asset, plan.first): window for check in checks}
    results.record([check.result for check in checks], run_id, content_hashes=content_hashes)
    for check in checks:
        name, given = check.result.check_name, check.acceptance
        if given is not None:
            results.accept(name, plan.first, plan.last, given.reason, given.accepted_at)
        Acceptances(ledger).keep_failed(name, days_between(plan.first, plan.last), check.failed_days)
    forget_superseded(ledger)


def dagster_result(key: dg.AssetCheckKey, check: ModelCheck) -> dg.AssetCheckResult:
    """The result as Dagster shows it, with the days that were checked."""
    result = check.result
    warns = result.severity is not Severity.ERROR or check.acceptance is not None
    metadata: dict[str, Any] = {"failures": result.failures, "as_of_range": f"{result.first_date}…{result.last_date}"}
    if result.message:
        metadata["message"] = result.message
    if check.acceptance is not None:
        metadata["accepted"] = True
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
    )


def restated(
    newest: Mapping[tuple[str, str], RecordedResult], checks: Sequence[ModelCheck], keys: Sequence[dg.AssetCheckKey]
) -> Iterator[dg.AssetCheckEvaluation]:
    """Evaluations that say again what newer days said, where a build of older ones says, or leaves open, another thing.

    Dagster shows the last evaluation of a check, whatever days it was of.
    """
    just_now = {
        (check.result.asset, check.result.check_name): _status(check.result, check.acceptance) for check in checks
    }
    for key in keys:
        asset = "/".join(key.asset_key.path)
        found = newest.get((asset, key.name))
        if found is None or just_now.get((asset, key.name)) == _status(found.result, found.accepted_reason):
            continue
        check = ModelCheck(
            found.result,
            acceptance=Acceptance("", found.checked_at) if found.status == "accepted" else None,
        )
        shown = dagster_result(key, check)
        yield dg.AssetCheckEvaluation(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=shown.passed,
            severity=shown.severity,
            metadata={**shown.metadata, "from_run": found.run_id},
        )


def _status(result: CheckResult, acceptance: object) -> tuple[bool, Severity, bool]:
    return result.passed, result.severity, not result.passed and acceptance is not None


def _model_check(
    warehouse: Queries,
    node: NodeResult,
    asset: str,
    plan: DayPlan,
    accepted: Mapping[date, Acceptance],
) -> ModelCheck:
    passed = node.passed and not node.warned
    severity = Severity.WARN if node.warned else Severity.ERROR
    window = tuple(days_between(plan.first, plan.last))
    found = failing_rows(warehouse, node.query) if node.query else None
    days = () if passed else (found.days if found else ()) or window
    result = CheckResult(
        asset=asset,
        check_name=node.name,
        first_date=plan.first,
        last_date=plan.last,
        severity=severity,
        passed=passed,
        message="" if passed else f"{_rows(node.failures)} on {_some(days)}" if found else node.message,
        failures=0 if passed else node.failures,
        sample=found.sample if found else (),
    )
    waved = [accepted[day] for day in days if day in accepted]
    holds = found is not None and result.blocks and len(waved) == len(days)
    return ModelCheck(result, days, max(waved, key=lambda one: one.accepted_at) if holds else None)


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


def _some(days: Sequence[date]) -> str:
    named = ", ".join(day.isoformat() for day in days[:MOST_NAMED])
    more = len(days) - MOST_NAMED
    return f"{named} and {more} more day{'s' if more > 1 else ''}" if more > 0 else named
