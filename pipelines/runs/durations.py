"""How long a build of some days takes, from the runs that were measured."""

from dataclasses import dataclass
from datetime import date

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.requests import RANGE_END, RANGE_START

_MOST_RUNS = 100


@dataclass(frozen=True)
class Measured:
    """A run that built days, and the seconds that it took."""

    days: int
    seconds: float

    def seconds_for(self, days: int) -> float:
        """At this run's pace; fewer days take up to as long, since much of a run does not depend on them."""
        return self.seconds * max(days / self.days, 1.0)


def measured_build(instance: DagsterInstance) -> Measured | None:
    """Of the newest successful builds the one of the most days, whose pace tells most; None where there is none."""
    wanted = RunsFilter(job_name=MATERIALIZE.name, statuses=[DagsterRunStatus.SUCCESS])
    builds = []
    for record in instance.get_run_records(wanted, limit=_MOST_RUNS):
        run, tags = record.dagster_run, record.dagster_run.tags
        keys = run.asset_selection
        builds_marts = keys is None or any(key.path[0] != "raw" for key in keys)
        if not (builds_marts and record.start_time and record.end_time and RANGE_START in tags and RANGE_END in tags):
            continue
        days = (date.fromisoformat(tags[RANGE_END]) - date.fromisoformat(tags[RANGE_START])).days + 1
        builds.append(Measured(days, record.end_time - record.start_time))
    return max(builds, key=lambda build: build.days, default=None)
