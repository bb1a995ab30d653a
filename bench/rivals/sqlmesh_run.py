"""SQLMesh, timed: load the project and apply its plan. Runs in SQLMesh's own virtualenv."""

import sys
from datetime import timedelta

from sqlmesh import Context

from .job import Job, load_job, timed


def build(job: Job) -> None:
    """Create the models and fill the window's days; the day after the window is SQLMesh's today."""
    context = Context(paths=str(job.folder / "sqlmesh"))
    context.plan(
        execution_time=str(job.last + timedelta(days=1)),
        auto_apply=True,
        no_prompts=True,
        skip_tests=True,
        no_diff=True,
    )
    context.close()


def main() -> None:
    """Build the marts of a job, and say how long it took."""
    job = load_job(sys.argv[1])
    with timed():
        build(job)


if __name__ == "__main__":
    main()
