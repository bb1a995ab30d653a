"""Warehouse assets: every dbt model, built in one dbt invocation for the as-of days of a window."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtCliResource, DbtProject, dbt_assets

from assets.partitions import BACKFILL_POLICY, DAILY, partition_window
from assets.raw import OWNERS, raw_key
from assets.resources import Progress, Workspace, environment
from expectations.contract import DATASETS
from storage.as_of_days import AsOfDays
from storage.staleness import (
    USAGE_LOOK_BACK_DAYS,
    DayPlan,
    PartitionStates,
    look_back_days,
    partition_states,
    plan_days,
)
from storage.warehouse import open_warehouse

DBT_ARGUMENTS = ["build", "--exclude-resource-types", "unit_test", "exposure"]
MARTS_SCHEMA = "marts"
KEPT_DBT_RUNS = 10
"""Runs whose compiled SQL, log and results stay in `<home>/dbt/runs`."""


class PortfolioTranslator(DagsterDbtTranslator):
    """Names dbt nodes as assets: `raw/<dataset>` for sources, `<schema>/<model>` for models."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The node's asset: its key, the dashboard section as its group, and its description."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["sources" if unique_id.startswith("source.") else "nodes"][unique_id]
        if node["resource_type"] == "source":
            return spec.replace_attributes(key=raw_key(node["name"]))
        return spec.replace_attributes(
            key=dg.AssetKey([node["schema"], node["name"]]),
            group_name=node["fqn"][-2],
            owners=OWNERS,
            kinds={"dbt", "duckdb"},
            description=node["description"],
        )


def mart_names(manifest: Mapping[str, Any]) -> list[str]:
    """The models of schema `marts`, in alphabetical order."""
    nodes = manifest["nodes"].values()
    return sorted(node["name"] for node in nodes if node["resource_type"] == "model" and node["schema"] == MARTS_SCHEMA)


def window_environment(plan: DayPlan) -> dict[str, str]:
    """The window of a build as the environment variables that the dbt project reads."""
    return {
        "PORTFOLIO_WINDOW_START": plan.first.isoformat(),
        "PORTFOLIO_WINDOW_END": plan.last.isoformat(),
        "PORTFOLIO_BLOCKED_DAYS": ",".join(day.isoformat() for day in plan.blocked_days),
    }


def warehouse_assets(manifest_path: Path) -> dg.AssetsDefinition:
    """The assets of a prepared dbt manifest.

    Whatever part of them a run selects, dbt builds the project whole: intermediate models hold the window of
    the last build alone, so that a mart built by itself would read another window's.
    """
    manifest = json.loads(manifest_path.read_text())
    translator = PortfolioTranslator()

    @dbt_assets(
        manifest=manifest,
        name="warehouse",
        partitions_def=DAILY,
        dagster_dbt_translator=translator,
        backfill_policy=BACKFILL_POLICY,
        pool="warehouse",
    )
    def warehouse(
        context: dg.AssetExecutionContext,
        dbt: DbtCliResource,
        workspace: Workspace,
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[Any]:
        first, last = partition_window(context)
        with workspace.writing(context), workspace.ledger() as ledger:
            states = partition_states(ledger, first - timedelta(days=USAGE_LOOK_BACK_DAYS), last)
            plan = plan_days(first, last, states, workspace.max_snapshot_age_days)
            report_plan(context, plan)
            days = AsOfDays(ledger)
            days.clear(plan)
            with open_warehouse(workspace.warehouse_path) as connection:
                workspace.lake.create_views(connection, _seen_partitions(plan, states, workspace))
            target = _target_folder(Path(workspace.home) / "dbt" / "runs", context.run_id)
            # dbt goes on from what the manifest's parse left, and does not parse the project again.
            shutil.copy(manifest_path.with_name("partial_parse.msgpack"), target)
            with environment(workspace.dbt_environment() | window_environment(plan)):
                invocation = dbt.cli(
                    DBT_ARGUMENTS,
                    manifest=manifest,
                    dagster_dbt_translator=translator,
                    target_path=target,
                    raise_on_error=False,
                )
            yield from _asset_events(context, invocation, manifest, translator, progress)
            if not invocation.is_successful():
                raise dg.Failure(failure_cause(invocation), allow_retries=False)
            days.record(plan, context.run_id)

    return warehouse


def report_plan(context: dg.AssetExecutionContext, plan: DayPlan) -> None:
    """Log the days of a plan that are not built; fail when none is left."""
    for day, cause in plan.blocked.items():
        context.log.warning(f"{day} is blocked: {cause} was refused")
    for day, cause in plan.without_snapshot.items():
        context.log.warning(f"{day} can't be built: {cause}")
    if not plan.days:
        reasons = [*plan.blocked.items(), *plan.without_snapshot.items()]
        day, cause = min(reasons)
        raise dg.Failure(f"no day of {plan.first}…{plan.last} can be built; {day}: {cause}", allow_retries=False)


def failure_cause(invocation: DbtCliInvocation) -> str:
    """Why dbt failed, in one line: the first failed test or model, and how many more."""
    try:
        results = invocation.get_artifact("run_results.json")["results"]
    except (OSError, ValueError):
        return f"dbt stopped before it built anything: {_last_message(invocation)}"
    failed = [result for result in results if result["status"] in ("error", "fail")]
    if not failed:
        return f"dbt stopped: {_last_message(invocation)}"
    first = failed[0]
    name = first["unique_id"].split(".")[2]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    message = " ".join(str(first["message"]).split())
    kind = "check" if first["unique_id"].startswith("test.") else "model"
    return f"{kind} {name} failed: {message}{more}; dbt's log: {invocation.target_path / 'dbt.log'}"


def _target_folder(runs: Path, run_id: str) -> Path:
    """A folder for dbt's artefacts of one run; those of the oldest runs go."""
    runs.mkdir(parents=True, exist_ok=True)
    for old in sorted(runs.iterdir(), key=lambda folder: folder.stat().st_mtime)[: -KEPT_DBT_RUNS + 1]:
        shutil.rmtree(old)
    target = runs / run_id
    target.mkdir()
    return target


def _last_message(invocation: DbtCliInvocation) -> str:
    error = invocation.get_error()
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] if error else []
    return lines[-1] if lines else f"see {invocation.target_path / 'dbt.log'}"


def _seen_partitions(plan: DayPlan, states: PartitionStates, workspace: Workspace) -> dict[str, Sequence[date]]:
    """The loaded partitions that the window looks back on, by dataset."""
    return {
        name: states.loaded_days(
            name, plan.first - timedelta(days=look_back_days(name, workspace.max_snapshot_age_days)), plan.last
        )
        for name in DATASETS
    }


def _asset_events(
    context: dg.AssetExecutionContext,
    invocation: DbtCliInvocation,
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
    progress: Progress,
) -> Iterator[Any]:
    """dbt's results as Dagster events, of the selected assets and checks alone."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "test")]
    progress.start("warehouse", len(nodes))
    for message in invocation.stream_raw_events():
        for event in message.to_default_asset_events(manifest, translator, context, invocation.target_path):
            if isinstance(event, dg.Output):
                progress.advance("warehouse", event.output_name)
                if event.output_name in context.op_execution_context.selected_output_names:
                    yield event
            elif isinstance(event, dg.AssetCheckResult):
                progress.advance("warehouse", str(event.check_name))
                yield event
