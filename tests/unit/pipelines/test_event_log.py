"""The batched event log holds what Dagster's own would: nothing lost, nothing stored twice."""

import json
import sqlite3
from contextlib import nullcontext
from pathlib import Path

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
    store_tags = BatchedSqliteEventLogStorage._store_asset_event_tags
    calls = []

    def fail_once_in_a_batch(self, conn, events, event_ids):
        store_tags(self, conn, events, event_ids)
        if hasattr(self._batch, "held") and not calls:
            calls.append(events)
            raise OSError("broken")

    monkeypatch.setattr(BatchedSqliteEventLogStorage, "_store_asset_event_tags", fail_once_in_a_batch)
    result = run(instance)
    assert "broken" in capsys.readouterr().err
    days = [f"2026-01-0{day}" for day in range(1, 10)]
    assert [len(events) for events in calls] == [len(days)]
    assert sorted(materializations(instance, result.run_id)) == days
    assert len(instance.fetch_materializations(thing.key, limit=100).records) == len(days)


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


def report(instance, number):
    for _ in range(number):
        instance.report_runless_asset_event(dg.AssetMaterialization("reported"))


def seen_by_another(instance):
    with dg.DagsterInstance.from_ref(instance.get_ref()) as other:
        return len(other.fetch_materializations(dg.AssetKey("reported"), limit=100).records)


def test_others_see_what_a_block_logs_when_it_ends(instance):
    with instance.event_log_storage.together():
        report(instance, 3)
        assert len(instance.fetch_materializations(dg.AssetKey("reported"), limit=100).records) == 3
        assert seen_by_another(instance) == 0
    assert seen_by_another(instance) == 3


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_what_was_logged_before_a_block_failed_stays(instance, error):
    with pytest.raises(error), instance.event_log_storage.together():
        report(instance, 2)
        raise error
    report(instance, 1)
    assert seen_by_another(instance) == 3


@dg.asset(
    partitions_def=DAYS,
    check_specs=[dg.AssetCheckSpec("sound", asset="checked"), dg.AssetCheckSpec("whole", asset="checked")],
)
def checked(context: dg.AssetExecutionContext):
    with getattr(context.instance.event_log_storage, "together", nullcontext)():
        yield dg.MaterializeResult(metadata={"rows": 3})
        yield dg.AssetCheckResult(passed=True, check_name="sound", metadata={"failures": 0})
        yield dg.AssetCheckResult(passed=False, check_name="whole", severity=dg.AssetCheckSeverity.WARN)
        context.instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(asset_key=dg.AssetKey("checked"), check_name="sound", passed=False, metadata={})
        )


def told(opened, tags):
    """What Dagster tells of a run of `checked`, but for times and ids of runs."""
    job = dg.Definitions(assets=[checked], jobs=[dg.define_asset_job("job")]).resolve_job_def("job")
    run_id = job.execute_in_process(instance=opened, tags=tags).run_id
    storage = opened.event_log_storage
    keys = [dg.AssetCheckKey(checked.key, name) for name in ("sound", "whole")]
    newest = storage.get_latest_asset_check_execution_by_key(keys)
    records = opened.fetch_materializations(checked.key, limit=100).records
    evaluated = [
        entry.dagster_event.asset_check_evaluation_data
        for entry in opened.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    ]
    return (
        [entry.dagster_event_type for entry in opened.all_logs(run_id)],
        [(record.storage_id, record.partition_key) for record in records],
        [(found.check_name, found.passed, found.target_materialization_data.storage_id) for found in evaluated],
        {key.name: (newest[key].status, newest[key].run_id == run_id) for key in keys},
        [
            [(found.id, found.status) for found in storage.get_asset_check_execution_history(key, limit=10)]
            for key in keys
        ],
    )


@pytest.mark.parametrize("last", ["2026-01-01", "2026-01-04"])
def test_a_step_that_logs_together_is_told_of_as_dagster_s_own_storage_does(
    instance, tmp_path_factory, monkeypatch, last
):
    other = tmp_path_factory.mktemp("dagster")
    (other / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    tags = {"dagster/partition": last}
    if last > "2026-01-01":
        tags = {"dagster/asset_partition_range_start": "2026-01-01", "dagster/asset_partition_range_end": last}
    monkeypatch.setenv("DAGSTER_HOME", str(other))
    with dg.DagsterInstance.get() as plain:
        assert not hasattr(plain.event_log_storage, "together")
        for _ in range(2):
            assert told(plain, tags) == told(instance, tags)


OF_A_RUN = {"timestamp", "duration_ms", "pid", "log_key", "message", "user_message", "metadata_entries"}
OF_A_RUN |= {"dagster/data_version"}  # a hash of the run's id, and so is its row's value in the index


def stored(folder, run_ids):
    """Every row of the run's file and of the index, but for times, processes and ids that differ from run to run."""
    run_id = run_ids[-1]
    found = {}
    for name in (run_id, "index"):
        with sqlite3.connect(Path(folder) / "history" / "runs" / f"{name}.db") as connection:
            connection.row_factory = sqlite3.Row
            for table in ("event_logs", "asset_keys", "asset_event_tags", "asset_check_executions"):
                rows = connection.execute(f"select * from {table} order by id").fetchall()
                found[name.replace(run_id, "run"), table] = [alike(dict(row), run_ids) for row in rows]
    return found


def alike(row, run_ids):
    """A row without what no two runs have in common."""
    kept = {column: value for column, value in row.items() if "timestamp" not in column and column != "value"}
    kept |= {column: parsed(value) for column, value in kept.items() if str(value).startswith("{")}
    text = json.dumps(kept)
    for number, run_id in enumerate(run_ids):
        text = text.replace(run_id, f"run {number}")
    return json.loads(text)


def parsed(text):
    """A stored event without what tells one run from another: times, process, messages that name these, versions."""
    return json.loads(
        text, object_hook=lambda found: {key: value for key, value in found.items() if key not in OF_A_RUN}
    )


def test_every_row_is_that_of_dagster_s_own_storage(instance, tmp_path, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("dagster")
    (other / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(other))
    job = dg.Definitions(assets=[checked, thing], jobs=[dg.define_asset_job("job")]).resolve_job_def("job")
    tags = {"dagster/asset_partition_range_start": "2026-01-02", "dagster/asset_partition_range_end": "2026-01-06"}
    with dg.DagsterInstance.get() as plain:
        rows = []
        for opened, folder in ((plain, other), (instance, tmp_path)):
            run_ids = [job.execute_in_process(instance=opened, tags=tags).run_id for _ in range(2)]
            rows.append(stored(folder, run_ids))
    assert len(rows[0]["index", "asset_check_executions"]) == 2 * (2 * 5 + 2 + 1)
    assert len(rows[0]["index", "asset_event_tags"]) == 2 * 2 * 5
    for table, expected in rows[0].items():
        assert rows[1][table] == expected, table
