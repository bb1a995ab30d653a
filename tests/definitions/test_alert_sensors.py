"""Sensors that alert: on where a webhook is set; runs of the command line are its own to report."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.raw import raw_key
from pipelines.alerting.alerts import report_run
from pipelines.alerting.sensors import alert_sensors
from pipelines.runs.running import PROCESS_TAG
from pipelines.settings import load_settings
from storage.ledger.ledger import Ledger
from tests.records import record
from tests.webhooks import SECRET, WebhookServer


@pytest.fixture
def server():
    with WebhookServer() as entered:
        yield entered


@pytest.fixture
def settings(tmp_path, monkeypatch, server):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return load_settings(home=tmp_path, landing=tmp_path / "landing", alert_webhook=server.address)


@pytest.fixture
def instance():
    with dg.instance_for_test() as opened:
        yield opened


def run(instance, cause="", error=None, tags=None):
    """A run that fails for a cause of ours, or by an error, or not at all."""

    @dg.op
    def step():
        if cause:
            raise dg.Failure(cause)
        if error is not None:
            raise error

    job = dg.GraphDefinition(name="materialize", node_defs=[step]).to_job()
    return job.execute_in_process(instance=instance, raise_on_error=False, tags=tags)


def hear(settings, instance, result, name=None):
    """Let the sensor of the run's outcome have it; what it says."""
    sensors = {sensor.name: sensor for sensor in alert_sensors(settings)}
    name = name or ("alert_finished_run" if result.success else "alert_failed_run")
    kind = dg.DagsterEventType.RUN_SUCCESS if result.success else dg.DagsterEventType.RUN_FAILURE
    (record,) = instance.get_records_for_run(result.run_id, of_type=kind).records
    context = dg.build_run_status_sensor_context(
        name, record.event_log_entry.dagster_event, instance, result.dagster_run
    )
    return sensors[name](context if result.success else context.for_run_failure()).skip_message


def lines(server):
    return [message["lines"] for message in server.received]


def test_sensors_are_on_where_a_webhook_is_set_and_off_elsewhere(settings, tmp_path):
    without = load_settings(home=tmp_path, landing=tmp_path / "landing")
    for given, status in ((settings, dg.DefaultSensorStatus.RUNNING), (without, dg.DefaultSensorStatus.STOPPED)):
        sensors = alert_sensors(given)
        assert [sensor.name for sensor in sensors] == ["alert_failed_run", "alert_finished_run", "alert_data"]
        assert {sensor.default_status for sensor in sensors} == {status}


def test_they_are_part_of_the_definitions(definitions):
    names = {sensor.name for sensor in definitions.sensors}
    assert names >= {"alert_failed_run", "alert_finished_run", "alert_data"}


def test_a_failed_run_is_told_once_with_its_cause_and_the_next_success_ends_it(settings, instance, server):
    for _ in range(2):
        assert hear(settings, instance, run(instance, "customers 2026-03-01 cannot be read")) == "looked for changes"
    for _ in range(2):
        hear(settings, instance, run(instance))
    assert lines(server) == [
        ["run failed: customers 2026-03-01 cannot be read"],
        ["recovered: a run succeeded again"],
    ]


def test_events_may_come_in_another_order_than_the_runs_ended(settings, instance, server):
    failed, fine = run(instance, "no space"), run(instance)
    hear(settings, instance, fine)
    hear(settings, instance, failed)
    assert lines(server) == []


def test_an_interrupted_run_is_no_failed_one(settings, instance, server):
    result = run(instance, error=dg.DagsterExecutionInterruptedError())
    assert hear(settings, instance, result) == "the run was interrupted"
    assert lines(server) == []


def test_the_command_line_reports_its_runs_itself_and_nothing_is_told_twice(settings, instance, server):
    first = run(instance, tags={PROCESS_TAG: "1-1"})
    failed = run(instance, "no space", tags={PROCESS_TAG: "1-1"})
    report_run(settings, "no space", datetime.now(UTC))
    assert "the command line reports" in hear(settings, instance, first)
    hear(settings, instance, failed)
    assert lines(server) == [["run failed: no space"]]


def test_a_run_of_a_killed_command_that_dagster_found_dead_is_told(settings, instance, server):
    run_of_killed = instance.create_run_for_job(
        dg.GraphDefinition(name="materialize", node_defs=[]).to_job(), tags={PROCESS_TAG: "1-1"}
    )
    instance.report_run_failed(run_of_killed, "its process ended before the run did")
    (record,) = instance.get_records_for_run(run_of_killed.run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records
    context = dg.build_run_status_sensor_context(
        "alert_failed_run", record.event_log_entry.dagster_event, instance, run_of_killed
    )
    alert_sensors(settings)[0](context.for_run_failure())
    assert lines(server) == [["run failed: its process ended before the run did"]]


def test_data_that_grows_old_is_told_while_nothing_runs(settings, instance, server, tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.record_loaded(record("customers", datetime.now(UTC).date() - timedelta(days=9), "old"))
    sensor = alert_sensors(settings)[2]
    for _ in range(2):
        assert sensor(dg.build_sensor_context(instance=instance)).skip_message == "looked for changes"
    ((line,),) = lines(server)
    assert line.startswith("stale: customers: data as of ")


def test_a_sensor_says_that_a_webhook_is_down_and_not_where_it_is(settings, instance, server):
    server.status = 503
    said = hear(settings, instance, run(instance, f"no space for {server.address}"))
    assert said == "alerts: not sent to the webhook: it answered 503; 1 waiting for the next attempt"


def test_no_run_config_tag_or_event_holds_the_address(settings, instance, monkeypatch):
    from pipelines.definitions import build_definitions

    definitions = build_definitions(settings)
    result = definitions.resolve_job_def("materialize").execute_in_process(
        instance=instance,
        asset_selection=[raw_key("customers")],
        partition_key="2026-03-01",
        raise_on_error=False,
    )
    events = [repr(entry) for entry in instance.all_logs(result.run_id)]
    assert events
    assert SECRET not in "".join(events) + repr(result.dagster_run)
