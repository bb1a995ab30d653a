"""Lineage of the runs that Dagster starts, told once they ended: a receiver that is away then delays nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from time import time
from typing import TYPE_CHECKING

import dagster as dg
from dagster import DagsterInstance

from assets.place import Place
from assets.publication import PUBLICATION_KEY
from assets.raw import raw_key
from expectations.contract import DATASETS
from pipelines.base_settings import SettingsError
from pipelines.lineage.receiver import Receiver, receiver_of
from pipelines.lineage.telling import Teller, events_at, run_of
from pipelines.runs.failures import cause_of_events
from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.requests import RANGE_END, RANGE_START
from pipelines.runs.running import PROCESS_TAG
from pipelines.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from pipelines.lineage.events import Ran, State

_SECONDS = 30
_PARTITION = "dagster/partition"
_ALL = [*(raw_key(name) for name in DATASETS), PUBLICATION_KEY]
"""What a run is of that selects nothing."""
_STATES: Mapping[dg.DagsterRunStatus, "State"] = {
    dg.DagsterRunStatus.SUCCESS: "COMPLETE",
    dg.DagsterRunStatus.FAILURE: "FAIL",
    dg.DagsterRunStatus.CANCELED: "ABORT",
}


def lineage_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The sensors of a home folder, which run from the start; none where nobody is told of runs."""
    try:
        receiver = receiver_of(settings)
    except SettingsError:  # commands say what is wrong with it
        return []
    if receiver is None:
        return []
    return [_sensor(settings, receiver, status) for status in _STATES]


def _sensor(settings: Settings, receiver: Receiver, status: dg.DagsterRunStatus) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name=f"lineage_{_STATES[status].lower()}",
        run_status=status,
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells the OpenLineage receiver of the settings of runs that Dagster started.",
    )
    def told(context: dg.RunStatusSensorContext) -> dg.SkipReason:
        run, instance = context.dagster_run, context.instance
        if PROCESS_TAG in run.tags:
            return dg.SkipReason("the command line tells of its runs itself")
        days = run.tags.get(RANGE_START, run.tags.get(_PARTITION)), run.tags.get(RANGE_END, run.tags.get(_PARTITION))
        if run.job_name != MATERIALIZE.name or None in days:
            return dg.SkipReason("it is no run over days")
        teller = Teller(receiver)
        teller.tell(lambda: list(_events(settings, receiver, instance, run, _STATES[status])))
        return dg.SkipReason(teller.close() or "told")

    return told


def _events(
    settings: Settings, receiver: Receiver, instance: DagsterInstance, run: dg.DagsterRun, state: "State"
) -> "Iterator[RunEvent]":
    """A run's beginning and end, each with its time; now, where Dagster knows none."""
    first, last = (date.fromisoformat(run.tags.get(end) or run.tags[_PARTITION]) for end in (RANGE_START, RANGE_END))
    found = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    failures = [event for record in found if (event := record.event_log_entry.dagster_event) is not None]
    cause = cause_of_events(failures)
    home = settings.name or ""
    keys = [Place(home).within(key) for key in sorted(run.asset_selection or ())] or _ALL
    ran = run_of(run.run_id, first, last, keys)
    failed = [str(event.step_key).removeprefix(f"{home}__") for event in failures]
    states = _states_of_parts(ran, "ABORT" if cause is None else state, failed)
    stats = instance.get_run_stats(run.run_id)
    end = stats.end_time or time()
    begun, ended = (datetime.fromtimestamp(at, UTC) for at in (stats.start_time or end, end))
    yield from events_at(settings, receiver, ran, dict.fromkeys(states, "START"), begun, "")
    yield from events_at(settings, receiver, ran, states, ended, cause or "")


def _states_of_parts(ran: "Ran", state: "State", failed: Sequence[str]) -> "dict[str, State]":
    """How each part ended, by the steps that failed; what comes behind a part that failed never began."""
    from pipelines.lineage.events import BUILD, INGEST

    if state == "COMPLETE" or len(ran.parts) < 2 or not failed:
        return dict.fromkeys(ran.parts, state)
    return {INGEST: state} if any(step.startswith("raw__") for step in failed) else {INGEST: "COMPLETE", BUILD: state}
