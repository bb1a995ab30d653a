"""Schedule, sensor and raw assets ask the source: what it offers is delivered in the run, before landing is read."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.raw import RAW_ASSETS
from assets.resources import Progress
from pipelines.definitions import workspace_of
from pipelines.runs.jobs import MATERIALIZE
from pipelines.runs.schedules import daily_schedule
from pipelines.runs.sensors import stale_sensor
from pipelines.settings import Settings, load_settings
from pipelines.sources import SOURCES
from storage.ledger.ledger import Ledger

from ..unit.sources.memory_source import MemorySource
from .asking import publish, requested

FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=offset) for offset in range(3)]
CUSTOMERS = b"partner_id,customer_id,customer_name\np,c,Ltd\n"
NEW_CUSTOMERS = b"partner_id,customer_id,customer_name\np,c,Other Ltd\n"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemorySource:
    """A source that `PORTFOLIO_SOURCE=files` stands for; landing is not there yet."""
    source = MemorySource(tmp_path / "landing", {("customers", day): CUSTOMERS for day in DAYS})
    monkeypatch.setitem(SOURCES, "files", lambda settings: source)
    return source


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path, landing=tmp_path / "landing")


@pytest.fixture
def instance():
    with dg.instance_for_test() as opened:
        yield opened


def definitions(settings):
    """What of the definitions needs no dbt."""
    return dg.Definitions(
        assets=RAW_ASSETS,
        jobs=[MATERIALIZE],
        schedules=[daily_schedule(settings)],
        sensors=[stale_sensor(settings)],
        executor=dg.in_process_executor,
        resources={"workspace": workspace_of(settings), "progress": Progress()},
    )


def tick(settings, when: date):
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(when.year, when.month, when.day, 4, tzinfo=UTC),
        resources={"workspace": workspace_of(settings)},
    )
    return definitions(settings).resolve_schedule_def("daily").evaluate_tick(context)


def look(settings, instance, cursor=None):
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"workspace": workspace_of(settings)})
    return definitions(settings).resolve_sensor_def("stale_days").evaluate_tick(context)


def ingest(settings, instance, first=FIRST, last=DAYS[-1]):
    """A run of one raw asset, as the web interface starts it: its result, and what it logged."""
    tags = {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}
    result = (
        definitions(settings)
        .resolve_job_def("materialize")
        .execute_in_process(instance=instance, tags=tags, asset_selection=[dg.AssetKey(["raw", "customers"])])
    )
    return result, [record.user_message for record in instance.all_logs(result.run_id)]


def states(result) -> dict[str, int]:
    metadata = result.asset_materializations_for_node("raw__customers")[0].metadata
    return {name: value.value for name, value in metadata.items() if name.startswith("partitions_")}


def loaded(home: Path) -> list[date]:
    with Ledger(home / "ledger.sqlite") as ledger:
        return [record.partition_date for record in ledger.partitions("customers")]


def test_the_schedule_asks_the_source_for_missing_days(settings, source):
    assert requested(tick(settings, DAYS[-1] + timedelta(days=1))) == [("2026-03-01", "2026-03-03")]


def test_the_schedule_goes_up_to_the_source_s_newest_day(settings, source, monkeypatch):
    monkeypatch.setattr(MemorySource, "newest_day", lambda self, today: today)
    assert requested(tick(settings, DAYS[-1])) == [("2026-03-01", "2026-03-03")]


def test_the_schedule_says_why_a_source_cannot_be_used(settings, source):
    source.unusable = "source memory has no token; set one"
    assert tick(settings, DAYS[-1]).skip_message == "source memory has no token; set one"


def test_the_schedule_says_that_the_source_has_nothing(settings, source):
    source.held.clear()
    assert "source memory offers no snapshot partition" in tick(settings, DAYS[-1]).skip_message


def test_a_raw_asset_has_the_source_deliver_what_its_run_ingests(tmp_path, settings, source, instance):
    result, said = ingest(settings, instance, last=DAYS[1])
    assert result.success
    assert loaded(tmp_path) == DAYS[:2]
    assert source.fetched == [("customers", day) for day in DAYS[:2]]
    assert "delivered: customers 2026-03-01: 1 file" in said
    assert "asked for customers 2026-03-01" in said
    ingest(settings, instance)
    assert source.fetched == [("customers", day) for day in DAYS]


def test_a_partition_that_does_not_come_is_a_line_in_the_log_and_holds_up_no_other(
    tmp_path, settings, source, instance
):
    source.failing["customers", DAYS[1]] = "the export has no header"
    result, said = ingest(settings, instance)
    assert result.success
    assert loaded(tmp_path) == [DAYS[0], DAYS[2]]
    assert "not delivered: customers 2026-03-02: the export has no header" in said
    assert states(result)["partitions_not_delivered"] == 1


def test_what_lies_in_landing_is_ingested_although_a_newer_version_does_not_come(tmp_path, settings, source, instance):
    folder = tmp_path / "landing" / "customers" / str(FIRST)
    folder.mkdir(parents=True)
    (folder / "by_hand.csv").write_bytes(CUSTOMERS)
    source.failing["customers", FIRST] = "the other side does not answer"
    ingest(settings, instance, last=FIRST)
    assert loaded(tmp_path) == [FIRST]


def test_an_unusable_source_fails_a_run_in_one_line(settings, source, instance):
    source.unusable = "source memory has no token; set one"
    with pytest.raises(Exception, match="source memory has no token; set one"):
        ingest(settings, instance)


def test_the_sensor_asks_for_a_run_that_delivers(tmp_path, settings, source, instance):
    publish(tmp_path, DAYS)
    request = look(settings, instance).run_requests[0]
    assert requested(look(settings, instance)) == [("2026-03-01", "2026-03-03")]
    assert request.asset_selection == [dg.AssetKey(["raw", "customers"])]
    ingest(settings, instance)
    # No finished build is recorded for the published days: they are stale.
    assert look(settings, instance).run_requests[0].run_key.startswith("stale ")


def test_a_partition_offered_anew_is_another_request(tmp_path, settings, source, instance):
    publish(tmp_path, DAYS)
    before = look(settings, instance).run_requests[0]
    source.held["customers", FIRST] = NEW_CUSTOMERS
    assert look(settings, instance).run_requests[0].run_key != before.run_key


def test_an_offer_that_failed_is_left_until_it_is_another_and_stale_days_are_built(
    tmp_path, settings, source, instance
):
    publish(tmp_path, DAYS)
    source.failing = dict.fromkeys(source.held, "the other side does not answer")
    first = look(settings, instance)
    ingest(settings, instance)
    again = look(settings, instance, cursor=first.cursor)
    assert again.run_requests[0].run_key.startswith("stale ")
    source.held["customers", FIRST] = NEW_CUSTOMERS
    assert look(settings, instance, cursor=again.cursor).run_requests[0].run_key.startswith("ingest ")
