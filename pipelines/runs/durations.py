"""How long a build of some days takes, from the runs that were measured."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from dagster import AssetKey, DagsterInstance, DagsterRunStatus, RunRecord, RunsFilter

from assets.place import Place
from assets.postgres import POSTGRES_KEY
from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.requests import RANGE_END, RANGE_START

_MOST_RUNS = 100
_MOST_PAGES = 30
"""So many runs are looked through, in hundreds, for those of one home among many."""


@dataclass(frozen=True)
class Measured:
    """A run that built days, and the seconds that it took."""

    days: int
    seconds: float

    def seconds_for(self, days: int) -> float:
        """At this run's pace; fewer days take up to as long, since much of a run does not depend on them."""
        return self.seconds * max(days / self.days, 1.0)


def measured_build(instance: DagsterInstance, home: str = "") -> Measured | None:
    """Of the newest successful builds the one of the most days, whose pace tells most; None where there is none.

    Args:
        home: the home's name within an instance that several share, where its assets' keys begin with it.
    """
    builds = []
    for record in _newest(instance, home):
        run, tags = record.dagster_run, record.dagster_run.tags
        if not (
            _builds(run.asset_selection, home)
            and record.start_time
            and record.end_time
            and RANGE_START in tags
            and RANGE_END in tags
        ):
            continue
        days = (date.fromisoformat(tags[RANGE_END]) - date.fromisoformat(tags[RANGE_START])).days + 1
        builds.append(Measured(days, record.end_time - record.start_time))
    return max(builds, key=lambda build: build.days, default=None)


def _newest(instance: DagsterInstance, home: str) -> Iterator[RunRecord]:
    """The newest successful runs of the home: as many as are looked at where nobody shares the instance."""
    wanted = RunsFilter(job_name=MATERIALIZE.name, statuses=[DagsterRunStatus.SUCCESS])
    left, cursor = _MOST_RUNS, None
    for _ in range(_MOST_PAGES):
        page = instance.get_run_records(wanted, limit=_MOST_RUNS, cursor=cursor)
        own = [record for record in page if _is_of(record.dagster_run.asset_selection, home)][:left]
        yield from own
        left -= len(own)
        if left == 0 or len(page) < _MOST_RUNS:
            return
        cursor = page[-1].dagster_run.run_id


def _is_of(keys: Collection[AssetKey] | None, home: str) -> bool:
    return not home or any(key.path[0] == home for key in keys or ())


def _builds(keys: Collection[AssetKey] | None, home: str) -> bool:
    """Whether a run of some assets, or of all, builds this home's marts: neither reading nor PostgreSQL alone does."""
    if keys is None:
        return not home  # of which home, it does not say
    own = [Place(home).within(key) for key in keys if not home or key.path[0] == home]
    return any(key.path[0] != "raw" and key != POSTGRES_KEY for key in own)
