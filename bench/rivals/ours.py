"""Ours, timed in this process: the pipeline's dbt build with every check, or `dbt run` of any project alone."""

import os
import sys
from pathlib import Path

from assets.dbt.build import run_dbt
from contracts.project import dbt_project

from .dbt_project import OFF, folders
from .job import Job, load_job, timed


def build(job: Job) -> None:
    """Build and check as the warehouse assets do, from the project parsed beforehand."""
    ended = run_dbt(dbt_project(), job.folder / "target", job.folder / "runs" / "build", job.environment)
    if not ended.success:
        raise SystemExit(ended.cause)


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
