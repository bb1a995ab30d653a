"""Our models as a SQLMesh project: the compiled SQL, with the window as SQLMesh's macro variables.

Large intermediate models and marts are INCREMENTAL_BY_TIME_RANGE and take all missing days as one batch, which is
SQLMesh's default; the week before is read from the positions' history.
"""

import re
from datetime import timedelta

import yaml

from contracts.dashboard import PRODUCTS

from .dbt_project import CompiledModel, compiled_models
from .job import Job
from .microbatch import BATCHED

UNDATED = ("dim_dates", "dim_products")
BUILT_WHOLE = ("int_as_of_dates", "int_partner_snapshots", "int_usage_days", *UNDATED)
BATCH = "between @start_date and @end_date"
USAGE = f"product in {PRODUCTS}"


def prepare(job: Job) -> None:
    """Write the project."""
    project = job.folder / "sqlmesh"
    models = compiled_models(job)
    with_as_of_date = {model.name for model in models if model.name.startswith("int_") or model.schema == "marts"}
    with_as_of_date -= {"int_subscription_products", *UNDATED}
    (project / "models").mkdir(parents=True)
    for model in models:
        (project / "models" / f"{model.name}.sql").write_text(_model(job, model, with_as_of_date))
    duckdb_config = {name.lower(): job.setting(name) for name in ("MEMORY_LIMIT", "THREADS", "TEMP_DIRECTORY")}
    connection = {"type": "duckdb", "database": str(job.warehouse), "connector_config": duckdb_config}
    config = {
        "gateways": {"local": {"connection": connection}},
        "default_gateway": "local",
        "model_defaults": {"dialect": "duckdb"},
        "disable_anonymized_analytics": True,
    }
    (project / "config.yaml").write_text(yaml.safe_dump(config))


def _model(job: Job, model: CompiledModel, with_as_of_date: set[str]) -> str:
    sql, start, kind = model.sql, job.first, "VIEW"
    if model.name in BUILT_WHOLE:
        kind = "FULL"
    elif model.schema == "marts" or model.name in BATCHED:
        kind = "INCREMENTAL_BY_TIME_RANGE (time_column as_of_date)"
        sql = _in_batch(job, model, with_as_of_date)
        if model.name in ("int_usage_windows", "int_license_positions"):
            start -= timedelta(days=7)
    return f"MODEL (name {model.schema}.{model.name}, kind {kind}, start '{start}', cron '@daily');\n\n{sql}\n"


def _in_batch(job: Job, model: CompiledModel, with_as_of_date: set[str]) -> str:
    """The SQL with the batch in place of the window, reading only the batch's days of other models."""
    sql = model.sql.replace(f"date '{job.first}'", "@start_date").replace(f"date '{job.last}'", "@end_date")
    for name in sorted(with_as_of_date.intersection(model.depends_on)):
        relation = re.compile(rf'"warehouse"\."\w+"\."{name}"')
        sql = relation.sub(rf"(select * from \g<0> where as_of_date {BATCH})", sql)
    if model.name == "int_usage_windows":
        if USAGE not in sql:
            raise SystemExit("int_usage_windows changed: bench/rivals/sqlmesh_project.py finds no usage filter in it")
        sql = sql.replace(USAGE, f"{USAGE} and activity_date between @start_date - interval 89 day and @end_date", 1)
    return sql
