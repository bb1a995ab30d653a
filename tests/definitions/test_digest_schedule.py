"""The weekly digest by Dagster: once the week's last day is published and final, to whoever has not had it."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from pipelines.alerting.sensors import alert_sensors
from pipelines.digest.schedule import digest_job, digest_schedule
from pipelines.settings import load_settings
from planning.records import RefusalRecord
from storage.ledger.ledger import Ledger
from tests.mail_server import MailServer
from tests.publications import write_marts
from tests.records import record
from tests.webhooks import WebhookServer

SUNDAY = date(2026, 3, 22)
MONDAY = SUNDAY + timedelta(days=1)


@pytest.fixture
def server():
    with MailServer() as entered:
        yield entered


@pytest.fixture
def settings(tmp_path, monkeypatch, server):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "who.csv").write_text("owner,email\n,boss@example.test\n,other@example.test\n")
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_from": "p@example.test"}
    return load_settings(home=tmp_path / "home", smtp_security="none", digest_recipients=tmp_path / "who.csv", **given)


def publish(settings, *days, provisional=None, partners=("acme",)):
    rows = [{"as_of_date": day, "partner_id": partner} for day in days for partner in partners]
    write_marts(settings.folders.serving.file, {"portfolio_kpis": rows}, provisional=provisional)


def tick(settings, at=MONDAY, hour=5):
    job = digest_job(settings)
    when = datetime(at.year, at.month, at.day, hour, 30, tzinfo=UTC)
    context = dg.build_schedule_context(scheduled_execution_time=when)
    found = digest_schedule(settings, job).evaluate_tick(context)
    return found.run_requests or found.skip_message


def run(settings, request, instance=None):
    return digest_job(settings).execute_in_process(
        run_config=request.run_config, instance=instance, raise_on_error=False
    )


def test_it_is_on_where_a_server_and_recipients_are_set_and_part_of_the_definitions(settings, definitions):
    job = digest_job(settings)
    assert digest_schedule(settings, job).default_status == dg.DefaultScheduleStatus.RUNNING
    unset = settings.model_copy(update={"smtp_host": None})
    assert digest_schedule(unset, job).default_status == dg.DefaultScheduleStatus.STOPPED
    assert "are not set" in tick(unset)
    assert {schedule.name for schedule in definitions.schedules} == {"daily", "weekly_digest"}
    assert definitions.resolve_job_def("digest").name == "digest"


def test_it_waits_for_the_sunday_and_then_sends_once(settings, server):
    assert "nothing is published" in tick(settings)
    publish(settings, SUNDAY - timedelta(days=1))
    assert tick(settings) == "week 2026-W12 waits for 2026-03-22 to be published of every partner"
    publish(settings, SUNDAY - timedelta(days=1), SUNDAY)
    (request,) = tick(settings)
    assert run(settings, request).success
    assert server.addresses() == ["boss@example.test", "other@example.test"]
    assert "week 12" in server.received[0].message["Subject"]
    assert tick(settings, hour=6) == "nobody waits for the digest of week 2026-W12"
    assert tick(settings, MONDAY + timedelta(days=6)) == "nobody waits for the digest of week 2026-W12"


def test_after_a_downtime_the_next_tick_finds_the_last_week(settings):
    publish(settings, *(SUNDAY - timedelta(days=back) for back in range(20)))
    (request,) = tick(settings, MONDAY + timedelta(days=4), hour=23)
    assert request.run_config == {"ops": {"send_digest": {"config": {"last": "2026-03-22"}}}}


def test_a_week_whose_sunday_never_comes_is_told_of_as_far_as_it_goes(settings, server):
    publish(settings, SUNDAY - timedelta(days=1))
    assert "waits" in tick(settings, MONDAY + timedelta(days=1))
    (request,) = tick(settings, MONDAY + timedelta(days=2))
    assert run(settings, request).success
    assert "Data as of 21 Mar 2026" in server.received[0].part("plain")


def test_a_provisional_sunday_is_none(settings):
    publish(settings, SUNDAY, provisional=SUNDAY)
    assert tick(settings) == "no day of week 2026-W12 is published and final"


def test_a_sunday_that_waits_for_a_refused_file_is_none(settings):
    publish(settings, SUNDAY)
    names = ("customers", "subscriptions", "license_assignments", "license_usage")
    with Ledger(settings.folders.ledger) as ledger:
        for name in names:
            ledger.record_loaded(record(name, SUNDAY, name))
        assert len(tick(settings)) == 1
        now = datetime(2026, 3, 23, tzinfo=UTC)
        ledger.record_refused(RefusalRecord("customers", SUNDAY, "", "", "no rows", 0, now))
    assert tick(settings) == "no day of week 2026-W12 is published and final"


def test_a_failed_attempt_is_repeated_the_next_day_or_once_the_file_is_another(settings, server):
    publish(settings, SUNDAY)
    server.orders.answers["other@example.test"] = "550 no"
    (request,) = tick(settings)
    result = run(settings, request)
    assert not result.success
    (failure,) = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    assert failure.description == (
        "1 line of the recipients' file got no digest of week 2026-W12;"
        " `portfolio digest --send --as-of 2026-03-22` tries again and says why"
    )
    keys = [tick(settings, at, hour)[0].run_key for at, hour in ((MONDAY, 5), (MONDAY, 6), (MONDAY + timedelta(1), 5))]
    assert keys[0] == request.run_key == keys[1] != keys[2]
    settings.digest_recipients.write_text("owner,email\n,boss@example.test\n,right@example.test\n")
    (other,) = tick(settings)
    assert other.run_key != request.run_key
    assert run(settings, other).success
    assert server.addresses() == ["boss@example.test", "right@example.test"]


def test_a_file_of_wrong_lines_alone_is_a_failed_run_and_not_silence(settings, server):
    publish(settings, SUNDAY)
    settings.digest_recipients.write_text("owner,email\nAnn,ann at example\n")
    (request,) = tick(settings)
    assert not run(settings, request).success
    assert server.received == []


def test_nobody_s_address_is_in_what_dagster_keeps(settings, server):
    publish(settings, SUNDAY)
    server.orders.answers["other@example.test"] = "550 <other@example.test> no"
    (request,) = tick(settings)
    result = run(settings, request)
    kept = repr([(event.message, event.event_specific_data) for event in result.all_events]) + repr(request)
    assert "example.test" not in kept


def test_alerts_tell_of_a_digest_apart_from_builds(settings, server):
    publish(settings, SUNDAY)
    server.orders.answers["other@example.test"] = "550 no"
    with WebhookServer() as hook, dg.instance_for_test() as instance:
        told = load_settings(home=settings.home, alert_webhook=hook.address)
        hear(told, instance, run(settings, tick(settings)[0], instance))
        hear(told, instance, built(instance))
        server.orders.answers.clear()
        hear(told, instance, run(settings, tick(settings)[0], instance))
        lines = [line for message in hook.received for line in message["lines"] if "stale" not in line]
    assert lines[0].startswith("digest: 1 line of the recipients' file got no digest of week 2026-W12")
    assert lines[1:] == ["recovered: the digest was sent to everybody"]


def built(instance):
    @dg.op
    def step():
        return None

    return dg.GraphDefinition(name="materialize", node_defs=[step]).to_job().execute_in_process(instance=instance)


def hear(settings, instance, result):
    name = "alert_finished_run" if result.success else "alert_failed_run"
    (sensor,) = [sensor for sensor in alert_sensors(settings) if sensor.name == name]
    kind = dg.DagsterEventType.RUN_SUCCESS if result.success else dg.DagsterEventType.RUN_FAILURE
    (found,) = instance.get_records_for_run(result.run_id, of_type=kind).records
    event = found.event_log_entry.dagster_event
    context = dg.build_run_status_sensor_context(name, event, instance, result.dagster_run)
    sensor(context if result.success else context.for_run_failure())
