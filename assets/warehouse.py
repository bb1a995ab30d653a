"""Warehouse assets: every dbt model, built in one dbt invocation for the as-of days of a window."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt.asset_decorator import dbt_assets
from dagster_dbt.dagster_dbt_translator import DagsterDbtTranslator
from dagster_dbt.dbt_project import DbtProject

from assets.dbt.build import DbtBuild, run_dbt
from assets.dbt.check_run import with_checks
from assets.dbt.diagnosis import cause_in_data
from assets.dbt.mart_metadata import mart_metadata
from assets.dbt.model_checks import (
    ModelCheck,
    blocking_cause,
    dagster_result,
    model_checks,
    record_checks,
    restated,
    unrun_nodes,
)
from assets.dbt.nodes import dbt_schema
from assets.dbt.window import seen_partitions, stored_days, window_environment
from assets.partitions import BACKFILL_POLICY, DAILY, partition_window
from assets.place import Place
from assets.raw import OWNERS, raw_key
from assets.resources import BuildConfig, Progress, Workspace, logged_together
from planning.buildable import DayPlan, partners_with_snapshots, plan_days
from planning.days import ranges
from planning.inputs import Inputs, input_hashes
from planning.look_back import compared_from, looked_back_from
from storage.files.damage import damage, warehouse_remedy
from storage.ledger.acceptances import Acceptances, seen_hashes
from storage.ledger.as_of_days import AsOfDays
from storage.ledger.check_results import CheckResults
from storage.ledger.states import read_inputs
from storage.ledger.usage_windows import UsageWindows
from storage.warehouse.kpi_rows import wrong_kpi_rows
from storage.warehouse.mart_rows import MARTS_SCHEMA
from storage.warehouse.usage_windows import read_usage_windows

MOST_DAYS = 10_000


class PortfolioTranslator(DagsterDbtTranslator):
    """Names dbt nodes as assets: `raw/<dataset>` for sources, `<schema>/<model>` for models."""

    def __init__(self, engine: str, place: Place) -> None:
        super().__init__()
        self._engine = engine
        self._place = place

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The node's asset: its key, the dashboard section as its group, and its description."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["sources" if unique_id.startswith("source.") else "nodes"][unique_id]
        if node["resource_type"] == "source":
            return spec.replace_attributes(key=self._place.key(*raw_key(node["name"]).path))
        return spec.replace_attributes(
            key=self._place.key(dbt_schema(node), node["name"]),
            group_name=node["fqn"][-2],
            owners=OWNERS,
            kinds={"dbt", self._engine},
            description=node["description"],
        )

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """The test's check, with its description: dagster-dbt looks for that in `meta`, where dbt has none."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=manifest["nodes"][unique_id]["description"].strip())


def mart_names(manifest: Mapping[str, Any]) -> list[str]:
    """The models of schema `marts`, in alphabetical order."""
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return sorted(node["name"] for node in models if dbt_schema(node) == MARTS_SCHEMA)


def warehouse_assets(
    manifest_path: Path, project: Path, engine: str = "duckdb", place: Place | None = None
) -> dg.AssetsDefinition:
    """The assets of a prepared dbt manifest.

    Whatever part of them a run selects, dbt builds the project whole: intermediate models hold the window of
    the last build alone, so that a mart built by itself would read another window's.

    Args:
        engine: the one that builds, as a kind of the assets.
        place: the home among others; None where it has Dagster's instance to itself.
    """
    manifest, place = json.loads(manifest_path.read_text(encoding="utf-8")), place or Place()

    @dbt_assets(
        manifest=manifest,
        name="warehouse",
        partitions_def=DAILY,
        dagster_dbt_translator=PortfolioTranslator(engine, place),
        backfill_policy=BACKFILL_POLICY,
        pool=place.pool("warehouse"),
    )
    def warehouse(
        context: dg.AssetExecutionContext,
        config: BuildConfig,
        workspace: dg.ResourceParam[Workspace],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:  # type: ignore[type-arg]
        window = workspace.open_window(*partition_window(context), reopen=config.reopen)
        if window is None:
            context.log.info(f"nothing to build: {workspace.closed(*partition_window(context))}")
            return
        first, last = window
        with workspace.writing(context), workspace.ledger() as ledger, ExitStack() as stack:
            max_age = workspace.max_snapshot_age_days
            looked_at = looked_back_from(compared_from(first), max_age)
            inputs = read_inputs(ledger, looked_at, last, workspace.published_where_pruned(ledger))
            plan = plan_days(first, last, inputs.states, max_age)
            if not report_plan(context, plan, config):
                return
            warehouse = stack.enter_context(workspace.engine.opened())
            days = AsOfDays(ledger)
            for begun, ended in ranges(warehouse.lost(days.records()), MOST_DAYS):
                days.clear(begun, ended)
            days.clear(plan.first, plan.last)
            stored = stored_days(ledger, plan, inputs, workspace)
            hashes = input_hashes(plan, inputs, max_age)
            seen = seen_hashes(hashes, workspace.rules.by_name())
            accepted = Acceptances(ledger).in_force(seen)
            warehouse.show_raw(seen_partitions(plan, inputs.states, max_age))
            progress.start(
                "warehouse", sum(node["resource_type"] in ("model", "test") for node in manifest["nodes"].values())
            )
            build = run_dbt(
                project,
                parsed=manifest_path.parent,
                target=workspace.home.dbt_runs / context.run.run_id,
                environment=workspace.dbt_environment() | window_environment(plan, stored),
                on_node=lambda name: progress.advance("warehouse", name),
            )
            metadata, usage_windows = {}, []
            with warehouse.asking() as queries:
                build = with_checks(build, manifest, queries, lambda name: progress.advance("warehouse", name))
                checks = model_checks(queries, build, manifest, plan, accepted)
                cause = (
                    cause_in_data(build, manifest, plan, queries)
                    or blocking_cause(checks)
                    or ("" if build.success else build.cause)
                    or unrun_nodes(build, manifest)
                )
                if not cause:
                    with warehouse.marts(queries, plan) as connection:
                        cause = _lost_rows(connection, plan, inputs, max_age)
                        metadata = {} if cause else mart_metadata(connection, mart_names(manifest), plan)
                    usage_windows = [] if cause else read_usage_windows(queries, plan.days)
            record_checks(ledger, checks, plan, seen, context.run.run_id)
            newest = CheckResults(ledger).newest_of_models(plan.last)
            with logged_together(context.instance):
                yield from _results(context, build, manifest, checks, metadata, place)
                for evaluation in restated(newest, checks, list(context.selected_asset_check_keys)):
                    context.instance.report_runless_asset_event(evaluation)
            if found := damage(cause):
                cause = warehouse_remedy(workspace.warehouse_path, found)
            if cause:
                raise dg.Failure(cause, allow_retries=False)
            UsageWindows(ledger).record(plan.first, plan.last, usage_windows)
            provisional = config.provisional_days(plan.days)
            days.record(plan, hashes, workspace.rules.by_name(), context.run.run_id, provisional)

    return warehouse


def report_plan(context: dg.AssetExecutionContext, plan: DayPlan, config: BuildConfig) -> bool:
    """Log the days of a plan that are not built; whether there is anything to do.

    Raises:
        dagster.Failure: no day is left, and refused partitions block some; or days that keep their rows, since what
            they look back on was pruned, lie among days that can be built.
    """
    for day, cause in plan.blocked.items():
        context.log.warning(f"{day} is blocked: {cause} was refused")
    for day, cause in plan.without_snapshot.items():
        context.log.warning(f"{day} can't be built: {cause}")
    for day, cause in plan.pruned.items():
        context.log.warning(f"{day} can't be built: {cause}")
    if kept := [day for day in plan.pruned if plan.first <= day]:
        days = f"{kept[0]}…{kept[-1]}" if len(kept) > 1 else str(kept[0])
        raise dg.Failure(
            f"{days} keep their rows, since {plan.pruned[kept[0]]}: choose a range without them", allow_retries=False
        )
    if plan.first <= plan.last and (plan.days or config.allow_empty):
        return True
    if plan.blocked:
        day, cause = min(plan.blocked.items())
        raise dg.Failure(f"no day of {plan.first}…{plan.last} can be built; {day}: {cause}", allow_retries=False)
    day, cause = min([*plan.without_snapshot.items(), *plan.pruned.items()])
    context.log.info(f"nothing to build: no day can be built, and no partition is refused; {day}: {cause}")
    return False


def _lost_rows(connection: duckdb.DuckDBPyConnection, plan: DayPlan, inputs: Inputs, max_age: int) -> str:
    """Why the built days can't be published, in one line, where one has not the rows that it has in any case."""
    expected = {day: partners_with_snapshots(day, inputs.states, max_age) for day in plan.days}
    problem = wrong_kpi_rows(connection, expected)
    return f"the build is not whole: {problem}; nothing was published; run again" if problem else ""


def _results(
    context: dg.AssetExecutionContext,
    build: DbtBuild,
    manifest: Mapping[str, Any],
    checks: Sequence[ModelCheck],
    metadata: Mapping[str, Mapping[str, Any]],
    place: Place,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:  # type: ignore[type-arg]
    """dbt's results as Dagster's, of the selected assets and checks alone, in order of running."""
    keys = {key.name: key for key in context.selected_asset_check_keys}
    ran = {check.result.check_name: check for check in checks}
    for node in build.nodes:
        if node.is_test:
            if node.name in keys and node.name in ran:
                yield dagster_result(keys[node.name], ran[node.name])
        elif node.passed:
            schema = dbt_schema(manifest["nodes"][node.unique_id])
            asset = place.key(schema, node.name)
            if asset in context.selected_asset_keys:
                shown = {"seconds": round(node.seconds, 3), **metadata.get(node.name, {})}
                yield dg.MaterializeResult(asset_key=asset, metadata=shown)
