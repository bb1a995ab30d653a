"""The batched event log holds what Dagster's own would: nothing lost, nothing stored twice."""

import dagster as dg
import pytest

from pipelines.event_log import BatchedSqliteEventLogStorage

DAYS = dg.DailyPartitionsDefinition("2026-01-01")


@dg.asset(partitions_def=DAYS)
def thing(context: dg.AssetExecutionContext) -> None:
    context.add_output_metadata({"days": len(context.partition_keys)})


@pytest.fixture
def instance(tmp_path, monkeypatch):
    (tmp_path / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\n"
        "event_log_storage: {module: pipelines.event_log, class: BatchedSqliteEventLogStorage}\n"
    )
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as opened:
        assert isinstance(opened.event_log_storage, BatchedSqliteEventLogStorage)
        yield opened


def run(instance):
    job = dg.Definitions(assets=[thing], jobs=[dg.define_asset_job("job")]).resolve_job_def("job")
    tags = {"dagster/asset_partition_range_start": "2026-01-01", "dagster/asset_partition_range_end": "2026-01-09"}
    return job.execute_in_process(instance=instance, tags=tags)


def materializations(instance, run_id):
    logged = [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]
    return [event.partition for event in logged if event.is_step_materialization]


def test_every_partition_is_stored_once_in_the_run_and_in_the_index(instance):
    result = run(instance)
    days = [f"2026-01-0{day}" for day in range(1, 10)]
    assert sorted(materializations(instance, result.run_id)) == days
    assert instance.get_materialized_partitions(thing.key) == set(days)
    records = instance.fetch_materializations(thing.key, limit=100).records
    assert sorted(record.partition_key for record in records) == days


def test_a_batch_that_fails_is_stored_event_by_event(instance, monkeypatch, capsys):
    store_event = BatchedSqliteEventLogStorage.store_event
    calls = []

    def fail_once_in_a_batch(self, event):
        calls.append(event)
        store_event(self, event)
        if hasattr(self._batch, "held") and len(calls) == 5:
            raise OSError("broken")

    monkeypatch.setattr(BatchedSqliteEventLogStorage, "store_event", fail_once_in_a_batch)
    result = run(instance)
    assert "broken" in capsys.readouterr().err
    assert sorted(materializations(instance, result.run_id)) == [f"2026-01-0{day}" for day in range(1, 10)]


def test_an_asset_s_row_says_what_dagster_s_own_storage_says(instance, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("dagster")
    (other / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(other))
    with dg.DagsterInstance.get() as plain:
        rows = []
        for opened in (plain, instance):
            run(opened)
            run_id = run(opened).run_id
            (record,) = opened.get_asset_records([thing.key])
            newest = record.asset_entry.last_materialization
            (stored,) = opened.fetch_materializations(thing.key, limit=1).records
            assert (newest.run_id, record.asset_entry.last_run_id) == (run_id, run_id)
            assert record.asset_entry.last_materialization_storage_id == stored.storage_id
            rows.append((newest.dagster_event.partition, stored.storage_id, stored.event_log_entry == newest))
    assert rows[0] == rows[1]
