"""Failed checks that a person accepts: which names there are, and what an acceptance holds for."""

import difflib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import dagster as dg

from assets.resources import Workspace
from expectations.results import RAW
from planning.buildable import DayPlan
from planning.inputs import input_hashes
from planning.look_back import looked_back_from
from storage.home import DbtFolder
from storage.ledger.acceptances import Acceptances, seen_hashes
from storage.ledger.check_results import CheckResults
from storage.ledger.ledger import Ledger
from storage.ledger.recorded_checks import RecordedResult
from storage.ledger.states import read_inputs


class UnknownCheckError(Exception):
    """No check has that name: one line with the nearest one."""


@dataclass(frozen=True)
class Accepted:
    """Checks whose failures do not block, and why."""

    checks: tuple[str, ...] = ()
    reason: str = ""


def refuse_unknown(checks: Iterable[str], known: Collection[str]) -> None:
    """Raise `UnknownCheckError` for the first name that no check has."""
    for check in checks:
        if check not in known:
            near = difflib.get_close_matches(check, known, n=1, cutoff=0)
            hint = f"; the nearest is {near[0]}" if near else ""
            raise UnknownCheckError(f"--accept: there is no check {check!r}{hint}")


def model_check_names(parsed: DbtFolder) -> set[str]:
    """The names of the tests of the dbt project that was parsed into a folder."""
    nodes = json.loads(parsed.manifest.read_text(encoding="utf-8"))["nodes"].values()
    return {node["name"] for node in nodes if node["resource_type"] == "test"}


def known_checks(definitions: dg.Definitions, ledger: Ledger) -> set[str]:
    """The names of all checks: those that Dagster knows, and those that left a result."""
    names = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    return names | {found.result.check_name for found in CheckResults(ledger).rows()}


def accept_partitions(ledger: Ledger, accepted: Accepted, models: Collection[str], days: Sequence[date]) -> None:
    """Accept what failed in lake partitions of the days; it holds while their content is the same."""
    for check in accepted.checks:
        if days and check not in models:
            CheckResults(ledger).accept(check, min(days), max(days), accepted.reason)


def accept_days(
    workspace: Workspace, ledger: Ledger, accepted: Accepted, models: Collection[str], plan: DayPlan
) -> None:
    """Accept what will fail in the marts of a plan's days; it holds while their inputs and rules are the same."""
    checks = [check for check in accepted.checks if check in models]
    if not checks:
        return
    max_age = workspace.max_snapshot_age_days
    published = workspace.published_where_pruned(ledger)
    inputs = read_inputs(ledger, looked_back_from(plan.first, max_age), plan.last, published)
    seen = seen_hashes(input_hashes(plan, inputs, max_age), workspace.rules.by_name())
    Acceptances(ledger).accept(checks, seen, accepted.reason)


def blocking_results(ledger: Ledger, run_id: str) -> list[RecordedResult]:
    """What a run's checks found that blocks, with sample rows."""
    return [
        found
        for found in CheckResults(ledger).rows()
        if found.run_id == run_id and found.result.blocks and found.status == "failed"
    ]


def accepted_results(ledger: Ledger, accepted: Accepted, days: Sequence[date]) -> list[RecordedResult]:
    """The failed results of these checks that stand accepted, of partitions or as-of days among the days."""
    if not days or not accepted.checks:
        return []
    return [
        found
        for found in CheckResults(ledger).rows()
        if found.status == "accepted"
        and found.result.check_name in accepted.checks
        and found.result.first_date <= max(days)
        and found.result.last_date >= min(days)
        and (not found.result.asset.startswith(RAW) or found.result.first_date >= min(days))
    ]
