"""One dbt build in this process: what dagster-dbt's subprocess would do, without importing dbt a second time.

Measured on 30 days of a small portfolio: 2.5 s of a 10 s build were the subprocess's start and dagster-dbt's
look at the adapter. A killed pipeline also leaves no dbt process behind that still holds the warehouse.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.dbt.check_sql import MACRO, CheckSql, logged_checks
from assets.dbt.environment import environment_of
from assets.dbt.parsing import parsed_manifest
from assets.dbt.running import invoke, rendering_first
from assets.dbt.templates import kept_templates
from expectations.wording import one_line
from storage.home import DbtFolder

ARGUMENTS = ["run", "--no-empty"]
# What a flag is decides which rows are built: none is left to a default that something may change.
_AS_BUILT = ["--no-defer", "--no-favor-state", "--no-fail-fast"]
_AS_BUILT += ["--indirect-selection", "eager", "--populate-cache", "--partial-parse", "--static-parser"]
_QUIET = ["--log-level", "none", "--log-level-file", "info", "--no-send-anonymous-usage-stats"]
# The manifest is in the folder that was parsed into; dbt would write it twice a build, for an eighth of its time.
_QUIET += ["--no-use-colors", "--no-use-colors-file", "--no-write-json"]
SKIPPED = "skipped"
ENGINE = "PORTFOLIO_ENGINE"
"""The variable that names the profile's target, where it is not DuckDB."""
KEPT_RUNS = 10
"""Builds whose compiled SQL, log and results stay."""


@dataclass(frozen=True)
class NodeResult:
    """How one model or test ended."""

    unique_id: str
    name: str
    is_test: bool
    passed: bool
    warned: bool
    skipped: bool
    """What it needs failed, so that it did not run."""
    failures: int = 0
    """A test's rows that failed."""
    message: str = ""
    seconds: float = 0
    query: str = ""
    """The SQL that finds a failed test's rows, or is a failed model's own; empty where it could not run."""


@dataclass(frozen=True)
class DbtBuild:
    """How a build ended: its nodes, in order of running, and where its artefacts are."""

    success: bool
    """Whether every model was built; tests do not decide on it."""
    nodes: tuple[NodeResult, ...]
    error: str
    target: Path
    checks: tuple[CheckSql, ...] = ()
    """The tests that are to run over what was built."""

    @property
    def cause(self) -> str:
        """Why it failed although no check did, in one line: the first failed model, and how many more."""
        failed = [node for node in self.nodes if not (node.passed or node.skipped or node.is_test)]
        if not failed:
            return f"dbt stopped: {self.error or 'no message'}; its log: {DbtFolder(self.target).log}"
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return f"model {failed[0].name} failed: {failed[0].message}{more}; dbt's log: {DbtFolder(self.target).log}"


def run_dbt(
    project: Path,
    parsed: Path,
    target: Path,
    environment: Mapping[str, str],
    on_node: Callable[[str], None] = lambda name: None,
) -> DbtBuild:
    """Build every model of the project; what its tests have to run comes with it (`assets.dbt.check_run`).

    Args:
        project: the dbt project's folder, which also holds profiles.yml.
        parsed: the folder with what dbt parsed, so that it does not parse the project again.
        target: the folder for this build's artefacts; older siblings beyond the last few are removed.
        environment: all that profile and models read; `DBT_*` variables of the user are out of it.
        on_node: told the name of each model that is done.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    _make_target(target)
    manifest = parsed_manifest(DbtFolder(parsed))
    checks: list[CheckSql] = []

    def on_event(event: Any) -> None:
        checks.extend(logged_checks(event))
        if event.info.name == "NodeFinished":
            on_node(event.data.node_info.node_name)

    flags = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)]
    flags += ["--log-path", str(target), "--target", environment.get(ENGINE, "duckdb"), *_QUIET, *_AS_BUILT]
    with environment_of(environment), kept_templates(DbtFolder(parsed).templates):
        try:
            if manifest is None:
                ended = invoke(["parse", "--no-partial-parse", *flags])
                if not ended.success:
                    return DbtBuild(False, (), _why(ended), target)
                manifest = ended.result
            with rendering_first(MACRO):
                ended = invoke([*ARGUMENTS, *flags], on_event, manifest)
            if ended.result is not None:
                ended.result.write(str(DbtFolder(target).results))
        finally:
            # dbt keeps the warehouse open for a next invocation; the publication opens it another way.
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    return DbtBuild(ended.success, _nodes(ended), _why(ended), target, tuple(checks))


def _nodes(ended: Any) -> tuple[NodeResult, ...]:
    return tuple(map(_node_result, getattr(ended.result, "results", None) or []))


def _node_result(result: Any) -> NodeResult:
    """How a model ended; `dbt run` has results of nothing else."""
    status = str(result.status)
    return NodeResult(
        unique_id=result.node.unique_id,
        name=result.node.name,
        is_test=False,
        passed=status == "success",
        warned=False,
        skipped=status == SKIPPED,
        message=one_line(result.message) if status == "error" else "",
        seconds=result.execution_time,
        query=(result.node.compiled_code or "") if status == "error" else "",
    )


def _why(ended: Any) -> str:
    """What dbt says of a command that failed as a whole, in one line."""
    results = getattr(ended.result, "results", None) or []
    return one_line(ended.exception or next((result.message for result in results if result.message), ""))


def _make_target(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    for old in sorted(target.parent.iterdir(), key=lambda folder: folder.stat().st_mtime)[: -KEPT_RUNS + 1]:
        shutil.rmtree(old)
    target.mkdir()
