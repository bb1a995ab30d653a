"""The schedule catches up after downtime; the sensor ingests what changed and rebuilds what became stale."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from pipelines.definitions import build_definitions, workspace_of
from pipelines.runs.schedules import days_of_morning
from pipelines.settings import load_settings
from storage.ledger.ledger import Ledger
from tests.records import record

from .asking import publish, requested

FIRST = date(2026, 3, 1)


def day(offset):
    return FIRST + timedelta(days=offset)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "landing").mkdir()
    return tmp_path


@pytest.fixture
def settings(home):
    return load_settings(home=home, landing=home / "landing")


def land(home, when, dataset="customers", text="partner_id,customer_id,customer_name\np,c,Ltd\n"):
    folder = home / "landing" / dataset / str(when)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.csv").write_text(text)


def tick(settings, when):
    definitions = build_definitions(settings)
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(when.year, when.month, when.day, 4, tzinfo=UTC),
        resources={"workspace": workspace_of(settings)},
    )
    return definitions.resolve_schedule_def("daily").evaluate_tick(context)


def look(settings, cursorless_instance):
    definitions = build_definitions(settings)
    context = dg.build_sensor_context(instance=cursorless_instance, resources={"workspace": workspace_of(settings)})
    return definitions.resolve_sensor_def("stale_days").evaluate_tick(context)


@pytest.fixture
def instance():
    with dg.instance_for_test() as opened:
        yield opened


def test_a_given_time_is_the_schedule_s_and_the_sensor_s(home, monkeypatch, instance):
    monkeypatch.setenv("PORTFOLIO_NOW", "2026-03-05T10:00:00")
    settings = load_settings(home=home, landing=home / "landing")
    for offset in range(10):
        land(home, day(offset))
    assert requested(tick(settings, day(10))) == [("2026-03-01", "2026-03-04")]
    publish(home, [day(4)])
    assert requested(look(settings, instance)) == []
    monkeypatch.delenv("PORTFOLIO_NOW")
    load_settings(home=home, landing=home / "landing")
    assert requested(look(settings, instance)) != []


def test_a_morning_builds_the_newest_day_and_rereads_the_one_before():
    assert days_of_morning([day(9)], day(9), FIRST) == [day(8), day(9)]


def test_a_morning_never_goes_before_the_first_date():
    assert days_of_morning([FIRST], FIRST, FIRST) == [FIRST]


def test_after_three_days_down_one_tick_asks_for_all_missing_days(home, settings):
    for offset in range(10):
        land(home, day(offset))
    publish(home, [day(offset) for offset in range(6)])
    assert requested(tick(settings, day(10))) == [("2026-03-07", "2026-03-10")]


def test_missing_days_apart_are_runs_apart(home, settings):
    for offset in range(10):
        land(home, day(offset))
    publish(home, [day(offset) for offset in range(10) if offset != 2])
    assert requested(tick(settings, day(10))) == [("2026-03-03", "2026-03-03"), ("2026-03-09", "2026-03-10")]


def test_an_empty_landing_folder_is_a_skip_with_the_reason(settings):
    result = tick(settings, day(10))
    assert not result.run_requests
    assert "holds no snapshot partition" in result.skip_message


def test_closed_days_are_left_out(home):
    for offset in range(10):
        land(home, day(offset))
    settings = load_settings(home=home, landing=home / "landing", closed_before=day(8))
    assert requested(tick(settings, day(10))) == [("2026-03-09", "2026-03-10")]


def test_the_sensor_waits_for_a_first_publication(settings, instance):
    assert look(settings, instance).skip_message == "nothing is published yet"


def test_the_sensor_ingests_changed_partitions_first(home, settings, instance):
    publish(home, [day(3)])
    land(home, day(1))
    land(home, day(3))
    request = look(settings, instance).run_requests[0]
    assert requested(look(settings, instance)) == [("2026-03-02", "2026-03-04")]
    assert request.asset_selection == [dg.AssetKey(["raw", "customers"])]
    again = look(settings, instance).run_requests[0]
    assert again.run_key == request.run_key
    land(home, day(3), text="partner_id,customer_id,customer_name\np,c,Other Ltd\n")
    assert look(settings, instance).run_requests[0].run_key != request.run_key


def test_the_sensor_asks_for_the_stale_days(home, settings, instance):
    publish(home, [day(3), day(4), day(7)])
    with Ledger(home / "ledger.sqlite") as ledger:
        ledger.record_loaded(record("customers", day(40), "newer than anything published"))
    # No finished build is recorded for these days, so that nothing says what they hold.
    assert requested(look(settings, instance)) == [("2026-03-04", "2026-03-05"), ("2026-03-08", "2026-03-08")]


def test_a_morning_builds_a_day_again_that_was_published_before_it_was_over(home, settings):
    for offset in range(10):
        land(home, day(offset))
    publish(home, [day(offset) for offset in range(10)], provisional=day(5))
    assert requested(tick(settings, day(10))) == [("2026-03-06", "2026-03-06"), ("2026-03-09", "2026-03-10")]


def test_a_day_that_is_not_over_is_neither_missing_nor_built_by_the_morning(home, settings):
    for offset in range(11):
        land(home, day(offset))
    publish(home, [day(offset) for offset in range(11)], provisional=day(10))
    assert requested(tick(settings, day(10))) == [("2026-03-09", "2026-03-10")]


def test_the_sensor_leaves_a_day_alone_until_it_is_over(home, settings, instance, monkeypatch):
    publish(home, [day(3)], provisional=day(3))
    with Ledger(home / "ledger.sqlite") as ledger:
        ledger.record_loaded(record("customers", day(40), "newer than anything published"))
    set_day(monkeypatch, day(3))
    assert look(settings, instance).skip_message == "no published day is over yet"
    set_day(monkeypatch, day(4))
    assert requested(look(settings, instance)) == [("2026-03-04", "2026-03-04")]


def set_day(monkeypatch, when):
    monkeypatch.setattr("storage.clock.now", lambda: datetime(when.year, when.month, when.day, 12, tzinfo=UTC))
