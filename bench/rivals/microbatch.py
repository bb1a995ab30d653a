"""Our models under dbt's own `microbatch` strategy, one batch an as-of date, in a copy of the project.

The copy keeps the models' SQL. What differs is what microbatch needs: large intermediate models and marts are
incremental with `as_of_date` as their event time, keep their history, and count the usage of one day at a time.
"""

import shutil
from datetime import timedelta
from pathlib import Path

import yaml

from contracts.project import dbt_project

from .dbt_project import dbt
from .job import Job

BATCHED = ("int_usage_windows", "int_license_positions", "int_peer_groups")

# A batch's day is its window; models that are built once have the whole one.
BATCH_WINDOW = """{% macro setting(name, may_be_empty=false) %}
    {% set batch = model.get("batch") if execute and model is mapping else none %}
    {% if batch and name in ("PORTFOLIO_WINDOW_START", "PORTFOLIO_WINDOW_END") %}
        {{ return((batch["event_time_start"] | string)[:10]) }}
    {% endif %}
"""
DASHBOARD_USAGE = 'where {{ is_dashboard_product("product") }}'
SEEN_BY_BATCH = "and activity_date between {{ window_start(days_before=89) }} and {{ window_end() }}"
PATCHES = {
    "macros/settings.sql": ("{% macro setting(name, may_be_empty=false) %}\n", BATCH_WINDOW),
    # Each batch would read all usage for it; it is small, and the same for all batches.
    "models/intermediate/int_usage_days.sql": ('{{ config(materialized="view") }}', ""),
    # Our pipeline's raw views hold the window's partitions alone.
    "models/intermediate/int_usage_windows.sql": (DASHBOARD_USAGE, f"{DASHBOARD_USAGE} {SEEN_BY_BATCH}"),
}


def write_copy(job: Job, folder: Path) -> Path:
    """Write the changed copy of the project.

    Raises:
        SystemExit: the project's SQL is no longer what the patches were written for.
    """
    shutil.copytree(dbt_project(), folder, ignore=shutil.ignore_patterns("target", "logs", "*_unit_tests.yml", "tests"))
    for name, (before, after) in PATCHES.items():
        sql = (folder / name).read_text()
        if before not in sql:
            raise SystemExit(f"dbt_project/{name} changed: bench/rivals/microbatch.py finds no {before!r} in it")
        (folder / name).write_text(sql.replace(before, after))
    path = folder / "dbt_project.yml"
    settings = yaml.safe_load(path.read_text())
    batched = {
        "+materialized": "incremental",
        "+incremental_strategy": "microbatch",
        "+batch_size": "day",
        "+begin": str(job.first - timedelta(days=7)),
    }
    models = settings["models"]["partner_portfolio"]
    models["marts"] |= batched | {"+event_time": "as_of_date"}
    models["intermediate"] |= dict.fromkeys(BATCHED, batched)
    models["intermediate"] |= {"+event_time": "as_of_date", "int_subscription_products": {"+event_time": None}}
    del settings["data_tests"]
    path.write_text(yaml.safe_dump(settings, sort_keys=False))
    return folder


def prepare(job: Job) -> list[str]:
    """Write and parse the copy; return the arguments of the timed `dbt run`."""
    project = write_copy(job, job.folder / "project")
    dbt(job, ["parse"], project)
    end = job.last + timedelta(days=1)
    window = ["--event-time-start", str(job.first - timedelta(days=7)), "--event-time-end", str(end)]
    return [str(project), *window]
