"""The one composition root: settings become resources, and assets, jobs and schedules become definitions."""

import pipelines.starting  # noqa: F401

# isort: split
import os
import subprocess
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from assets.dbt.environment import child_environment
from assets.ingest.rules import KeylessRules
from assets.partitions import beginning
from assets.place import Place
from assets.postgres import PostgresDatabase, postgres_asset
from assets.publication import publication_asset
from assets.raw import RAW_ASSETS, raw_assets
from assets.resources import Progress, Workspace
from assets.warehouse import warehouse_assets
from contracts.project import dbt_project
from expectations.results import Severity
from pipelines.alerting.sensors import alert_sensors
from pipelines.digest.schedule import digest_job, digest_schedule
from pipelines.freshness import freshness_limits
from pipelines.lineage.sensors import lineage_sensors
from pipelines.manifest import prepare_manifest
from pipelines.private_home import keep_private
from pipelines.rules import rules_in_force
from pipelines.runs.first_day import first_day as find_first_day
from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.json_logger import CONSOLE, json_console
from pipelines.runs.schedules import daily_schedule
from pipelines.runs.sensors import stale_sensor
from pipelines.settings import Settings, load_settings
from pipelines.sources import source_of
from pipelines.spark import spark_place
from planning.days import EARLIEST_PARTITION


def workspace_of(settings: Settings) -> Workspace:
    """The settings as what assets take: typed rules, the hash key beside them, and nothing in the environment."""
    return Workspace(
        home=settings.folders,
        source=source_of(settings),
        ingest=KeylessRules(
            max_quarantined_share=settings.max_quarantined_share,
            max_quarantined_rows=settings.max_quarantined_rows,
            memory_limit=settings.memory_limit,
            threads=settings.threads or os.cpu_count() or 1,
            limits=settings.read_limits(),
        ),
        rules=rules_in_force(settings),
        keep_publications=settings.keep_publications,
        freshness_limits=freshness_limits(settings),
        anomaly_thresholds=settings.anomaly_thresholds(),
        control_totals_severity=Severity.ERROR if settings.control_totals_block else Severity.WARN,
        closed_before=settings.closed_before,
        git_revision=git_revision(),
        hash_key=settings.hash_key.get_secret_value().encode() if settings.hash_key is not None else None,
        spark=spark_place(settings),
        place=Place(settings.name or ""),
    )


def build_definitions(
    settings: Settings, progress: Progress | None = None, first_day: date = EARLIEST_PARTITION
) -> dg.Definitions:
    """Everything that Dagster knows of, for one home folder.

    Args:
        first_day: where partitions begin. A command runs days that its source is only about to deliver.

    Raises:
        ManifestError: the dbt project can't be parsed.
        StorageError: the engine is not installed.
    """
    workspace = workspace_of(settings)
    workspace.engine.check_installed()
    manifest = prepare_manifest(settings.folders, workspace.dbt_environment())
    digest = digest_job(settings)
    place = workspace.place
    assets = [
        *with_freshness(raw_assets(place) if place.name else RAW_ASSETS, settings.max_feed_age_days),
        warehouse_assets(manifest, dbt_project(), workspace.engine.name, place),
        *with_freshness([publication_asset(manifest, place)], settings.max_publication_age_days),
        *([postgres_asset(place)] if settings.postgres_dsn is not None else ()),
    ]
    return dg.Definitions(
        assets=assets if first_day == EARLIEST_PARTITION else beginning(assets, first_day),
        jobs=[MATERIALIZE, digest],
        schedules=[daily_schedule(settings), digest_schedule(settings, digest)],
        sensors=[stale_sensor(settings), *alert_sensors(settings), *lineage_sensors(settings)],
        loggers={CONSOLE: json_console} if settings.log == "json" else None,
        # A process a step would cost 4 to 6 s of imports each.
        executor=dg.in_process_executor,
        resources={
            "workspace": workspace,
            "progress": progress or Progress(),
            **postgres_database(settings),
        },
    )


def postgres_database(settings: Settings) -> dict[str, PostgresDatabase]:
    """The database that publications are applied to as well, as a resource; none where none is configured."""
    if settings.postgres_dsn is None:
        return {}
    return {"postgres_database": PostgresDatabase(settings.postgres_dsn.get_secret_value())}


def with_freshness(assets: Sequence[dg.AssetsDefinition], max_age_days: int) -> list[dg.AssetsDefinition]:
    """The assets with a policy: what may be `max_age_days` behind is written once in that many days and one."""
    policy = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=max_age_days + 1))
    return [asset.map_asset_specs(lambda spec: spec.replace_attributes(freshness_policy=policy)) for asset in assets]


def git_revision() -> str:
    """The checkout's commit, or nothing outside a checkout."""
    checkout = Path(__file__).resolve().parents[1]
    if not (checkout / ".git").exists():
        return ""
    try:
        asked = subprocess.run(  # noqa: S603
            ["git", "-C", str(checkout), "rev-parse", "HEAD"],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            env=child_environment({}),
        )
    except OSError:
        return ""
    return asked.stdout.strip()


def load_definitions() -> dg.Definitions:
    """The definitions of the home folder that the environment names, with the days of which something came."""
    settings = load_settings()
    keep_private(settings)
    return build_definitions(settings, first_day=find_first_day(workspace_of(settings)))


@dg.definitions
def defs() -> dg.Definitions:
    """The same, for Dagster to load."""
    return load_definitions()
