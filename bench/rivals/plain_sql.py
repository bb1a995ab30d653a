"""The compiled SQL of our models in one plain DuckDB connection: no dbt, no checks."""

import json
import sys
from dataclasses import asdict
from typing import Any

import duckdb

from .job import Job, load_job, timed

STATEMENTS = "statements.json"


def prepare(job: Job, core_alone: bool) -> None:
    """Compile the models into the statements that make them."""
    from .dbt_project import CORE, compiled_models

    models = [asdict(model) for model in compiled_models(job, CORE if core_alone else ())]
    schemas = sorted({f"create schema if not exists {model['schema']}" for model in models})
    made = [
        f"create or replace {'view' if model['materialized'] == 'view' else 'table'}"
        f" {model['schema']}.{model['name']} as {model['sql']}"
        for model in models
    ]
    (job.folder / STATEMENTS).write_text(json.dumps([*schemas, *made]))


def build(job: Job) -> None:
    """Run the statements."""
    statements = json.loads((job.folder / STATEMENTS).read_text())
    config: dict[str, Any] = {name.lower(): job.setting(name) for name in ("MEMORY_LIMIT", "THREADS", "TEMP_DIRECTORY")}
    with duckdb.connect(job.warehouse, config=config) as con:
        for statement in statements:
            con.execute(statement)


def main() -> None:
    """Build the marts of a job, and say how long it took."""
    job = load_job(sys.argv[1])
    with timed():
        build(job)


if __name__ == "__main__":
    main()
