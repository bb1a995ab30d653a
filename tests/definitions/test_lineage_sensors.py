"""Sensors that tell of the runs that Dagster started: there where somebody is told, and of runs over days alone."""

import time

import dagster as dg
import pytest
from dagster_shared.record import copy

from pipelines.lineage.sensors import lineage_sensors
from pipelines.runs.requests import RANGE_END, RANGE_START
from pipelines.runs.running import PROCESS_TAG
from pipelines.settings import load_settings
from tests.lineage_receiver import LineageReceiver

DAYS = {RANGE_START: "2026-03-01", RANGE_END: "2026-03-02"}
KINDS = {
    "lineage_complete": dg.DagsterEventType.RUN_SUCCESS,
    "lineage_fail": dg.DagsterEventType.RUN_FAILURE,
}
BEGUN = [("materialize", "START"), ("materialize.ingest", "START"), ("materialize.build", "START")]


@pytest.fixture
def receiver():
    with LineageReceiver() as entered:
        yield entered


@pytest.fixture
def settings(tmp_path, monkeypatch, receiver):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return load_settings(home=tmp_path, openlineage_url=receiver.address)


@pytest.fixture
def instance():
    with dg.instance_for_test() as opened:
        yield opened


def hear(settings, instance, tags=DAYS, failing="", job="materialize", home=""):
    """Run two steps, of which one may fail, and let the sensor of the outcome have the run; what it says."""

    def step(name):
        @dg.op(name=name, ins={"before": dg.In(dg.Nothing)} if name == "warehouse" else {})
        def work():
            if name == failing:
                raise dg.Failure(f"{name} cannot go on")

        return work

    first, second = step(f"{home}raw__customers"), step("warehouse")
    graph = dg.GraphDefinition(
        name=job,
        node_defs=[first, second],
        dependencies={"warehouse": {"before": dg.DependencyDefinition(f"{home}raw__customers")}},
    )
    result = graph.to_job().execute_in_process(instance=instance, raise_on_error=False, tags=tags)
    name = "lineage_fail" if failing else "lineage_complete"
    (record,) = instance.get_records_for_run(result.run_id, of_type=KINDS[name]).records
    context = dg.build_run_status_sensor_context(
        name, record.event_log_entry.dagster_event, instance, result.dagster_run
    )
    (sensor,) = [sensor for sensor in lineage_sensors(settings) if sensor.name == name]
    return sensor(context).skip_message


def test_sensors_are_there_and_on_where_an_address_is_set(settings, tmp_path, monkeypatch):
    sensors = lineage_sensors(settings)

    assert [sensor.name for sensor in sensors] == ["lineage_complete", "lineage_fail", "lineage_abort"]
    assert {sensor.default_status for sensor in sensors} == {dg.DefaultSensorStatus.RUNNING}
    assert all(sensor.description for sensor in sensors)
    assert lineage_sensors(load_settings(home=tmp_path)) == []
    monkeypatch.setenv("OPENLINEAGE_URL", "nowhere")
    assert lineage_sensors(load_settings(home=tmp_path)) == []


def test_a_run_is_told_whole_once_it_ended(settings, instance, receiver):
    began = time.time()

    assert hear(settings, instance) == "told"

    assert receiver.told() == [*BEGUN, *((job, "COMPLETE") for job, _ in BEGUN)]
    assert {event["run"]["facets"]["nominalTime"]["nominalStartTime"] for event in receiver.events} == {
        "2026-03-01T00:00:00+00:00"
    }
    times = [event["eventTime"] for event in receiver.events]
    assert times == sorted(times)
    assert times[0] >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(began))


@pytest.mark.parametrize("known", ["start_time", "end_time", None])
def test_a_run_whose_times_are_not_known_is_told_as_of_now(known, settings, instance, receiver, monkeypatch):
    stats, began = instance.get_run_stats, time.time()
    unknown = dict.fromkeys({"start_time", "end_time"} - {known})
    monkeypatch.setattr(instance, "get_run_stats", lambda run_id: copy(stats(run_id), **unknown))

    assert hear(settings, instance) == "told"

    times = [event["eventTime"] for event in receiver.events]
    assert times == sorted(times)
    assert times[0] >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(began))


@pytest.mark.parametrize(
    ("failing", "told"),
    [
        ("raw__customers", [("materialize", "FAIL"), ("materialize.ingest", "FAIL")]),
        ("warehouse", [("materialize", "FAIL"), ("materialize.ingest", "COMPLETE"), ("materialize.build", "FAIL")]),
    ],
)
def test_a_failure_is_told_of_the_part_that_failed(failing, told, settings, instance, receiver):
    assert hear(settings, instance, failing=failing) == "told"

    assert receiver.told() == [*BEGUN[: len(told)], *told]
    assert receiver.events[-1]["run"]["facets"]["errorMessage"]["message"] == f"{failing} cannot go on"


def test_a_home_that_shares_the_instance_tells_what_its_steps_are_within_it(settings, instance, receiver):
    named = settings.model_copy(update={"name": "north"})

    assert hear(named, instance, failing="north__raw__customers", home="north__") == "told"

    assert receiver.told() == [*BEGUN[:2], ("materialize", "FAIL"), ("materialize.ingest", "FAIL")]


@pytest.mark.parametrize(
    ("tags", "job"),
    [(DAYS | {PROCESS_TAG: "1 2"}, "materialize"), ({}, "materialize"), (DAYS, "digest")],
    ids=["of the command line", "over no days", "of another job"],
)
def test_other_runs_are_not_told(tags, job, settings, instance, receiver):
    assert hear(settings, instance, tags, job=job) != "told"
    assert receiver.requests == []


def test_a_receiver_that_refuses_is_a_line_of_the_tick(settings, instance, receiver):
    receiver.status = 500

    assert hear(settings, instance) == "lineage was not told to its receiver: it answered 500"
