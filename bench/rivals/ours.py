"""Ours, timed in this process: the pipeline's dbt build with every check, or `dbt run` of any project alone."""

import json
import os
import sys
from pathlib import Path

from assets.dbt.build import run_dbt
from assets.dbt.check_run import with_checks
from contracts.project import dbt_project
from storage.home import DbtFolder
from storage.warehouse.opening import open_warehouse
from storage.warehouse.queries import DuckDBQueries

from .dbt_project import OFF, folders
from .job import Job, load_job, timed


def build(job: Job) -> None:
    """Build and check as the warehouse assets do, from the project parsed beforehand."""
    parsed = DbtFolder(job.folder / "target")
    ended = run_dbt(dbt_project(), parsed.path, job.folder / "runs" / "build", job.environment)
    if not ended.success:
        raise SystemExit(ended.cause)
    settings = {name: job.environment[f"PORTFOLIO_{name.upper()}"] for name in ("memory_limit", "temp_directory")}
    with open_warehouse(Path(job.environment["PORTFOLIO_WAREHOUSE"]), read_only=True, settings=settings) as connection:
        checked = with_checks(ended, json.loads(parsed.manifest.read_text()), DuckDBQueries(connection))
    if failed := [node.name for node in checked.nodes if not node.passed]:
        raise SystemExit(f"checks failed: {', '.join(failed)}")


def run(job: Job, project: Path, arguments: list[str]) -> None:
    """`dbt run`: the models, no checks."""
    from dbt.cli.main import dbtRunner

    ended = dbtRunner().invoke(["run", *arguments, *folders(job, project)])
    if not ended.success:
        failed = [run.message for run in getattr(ended.result, "results", []) if run.status != "success"]
        raise SystemExit(f"dbt run failed in {project}: {ended.exception or failed[:1]}")


def main() -> None:
    """`ours JOB` builds; `ours JOB PROJECT [ARGUMENT…]` runs the models of a project."""
    job = load_job(sys.argv[1])
    os.environ.update(job.environment | OFF)
    # Imports and start-up are apart from what is timed.
    import dbt.adapters.duckdb
    import dbt.cli.main  # noqa: F401

    with timed():
        if len(sys.argv) > 2:
            run(job, Path(sys.argv[2]), sys.argv[3:])
        else:
            build(job)


if __name__ == "__main__":
    main()
