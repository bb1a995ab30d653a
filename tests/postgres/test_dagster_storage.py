"""Dagster's runs in PostgreSQL by one setting: runs, queue and dead commands as in files, no secret on disk."""

import os
import threading
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.run_coordinator.base import SubmitRunContext
from sqlalchemy import create_engine, text

from pipelines.postgres_storage import make_tables, storage_url
from pipelines.runs.instance import instance_config, prepare_instance
from pipelines.runs.running import PROCESS_TAG, end_dead_runs, open_instance
from pipelines.settings import load_settings
from storage.files.atomic import StorageError
from storage.home import Home
from storage.postgres.errors import PostgresError

from .servers import GUARDED, PASSWORD, as_role

DEAD = "999999999-1"  # no process has a number that high
SETTING = "PORTFOLIO_DAGSTER_DSN"


ORIGIN = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "all").get_job_origin("nothing")


@dg.job
def nothing() -> None:
    """A job without a step."""


@pytest.fixture
def home(tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder whose runs are in the database; DAGSTER_HOME is what it was afterwards."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv(SETTING, dsn)
    settings = load_settings(home=tmp_path / "home")
    prepare_instance(settings.folders, settings.dagster_dsn)
    return tmp_path / "home"


def test_runs_are_in_the_database_and_no_file_of_the_home_names_it(home: Path, dsn: str, query: object) -> None:
    with open_instance() as instance:
        run = instance.create_run_for_job(nothing)
        assert dsn not in repr(instance.get_ref())  # which Dagster writes into its children's command lines
    assert query("select run_id, status from runs") == [(run.run_id, "NOT_STARTED")]
    assert not list(home.rglob("*.db"))
    written = [text for path in home.rglob("*") if path.is_file() and (text := path.read_text())]  # a lock is empty
    assert written == [instance_config(in_postgres=True)]
    assert "dsn" not in written[0].lower()


def test_all_but_the_storage_is_as_in_files(home: Path) -> None:
    with open_instance() as instance:
        config = instance.get_concurrency_config()
        assert config.pool_config.default_pool_limit == 1
        assert config.run_queue_config.max_concurrent_runs == 4
        assert instance.run_monitoring_enabled
        assert not instance.telemetry_enabled
        assert int(os.environ["DAGSTER_EVENT_BATCH_SIZE"]) > 1


def test_a_killed_command_s_run_is_ended_and_its_place_in_the_pool_is_free(home: Path) -> None:
    with open_instance() as instance:
        runs = {
            name: instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED, tags=tags).run_id
            for name, tags in {"dead": {PROCESS_TAG: DEAD}, "dagster's": {}}.items()
        }
        pools = instance.event_log_storage
        pools.initialize_concurrency_limit_to_default("warehouse")
        assert pools.claim_concurrency_slot("warehouse", runs["dead"], "step").is_claimed
        assert not pools.claim_concurrency_slot("warehouse", "another", "step").is_claimed
    with open_instance() as instance:  # the next command
        states = {name: instance.get_run_by_id(run_id).status for name, run_id in runs.items()}
        assert states == {"dead": dg.DagsterRunStatus.FAILURE, "dagster's": dg.DagsterRunStatus.STARTED}
        assert instance.event_log_storage.claim_concurrency_slot("warehouse", "another", "step").is_claimed


def test_a_backfill_s_run_is_queued_and_named_and_the_backfill_is_kept(home: Path) -> None:
    tags = {
        "dagster/backfill": "abcdefgh",
        "dagster/asset_partition_range_start": "2026-03-01",
        "dagster/asset_partition_range_end": "2026-03-31",
    }
    backfill = PartitionBackfill(
        "abcdefgh", BulkActionStatus.REQUESTED, from_failure=False, tags={}, backfill_timestamp=0.0
    )
    with open_instance() as instance:
        instance.add_backfill(backfill)
        run = instance.create_run_for_job(
            nothing, status=dg.DagsterRunStatus.NOT_STARTED, tags=tags, remote_job_origin=ORIGIN
        )
        instance.run_coordinator.submit_run(SubmitRunContext(run, None))
    with open_instance() as instance:
        (queued,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))
        assert queued.tags["days"] == "2026-03-01…31"
        assert [found.backfill_id for found in instance.get_backfills()] == ["abcdefgh"]


def test_processes_that_make_the_tables_at_once_make_them_once(dsn: str, query: object) -> None:
    failures: list[BaseException] = []

    def make() -> None:
        try:
            make_tables(dsn)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert query("select count(*) from alembic_version") == [(1,)]
    assert query("select count(*) from pg_locks where locktype = 'advisory'") == [(0,)]


@pytest.mark.parametrize("form", ["uri", "words"])
def test_a_dsn_of_either_form_leads_to_the_same_database(dsn: str, server: str, form: str) -> None:
    guarded = as_role(dsn, GUARDED, password=PASSWORD)
    parts = psycopg.conninfo.conninfo_to_dict(guarded)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop role if exists {GUARDED}")
        admin.execute(f"create role {GUARDED} login password '{PASSWORD}'")
    given = guarded if form == "words" else f"postgresql://{GUARDED}:{PASSWORD}@/{parts['dbname']}?host={parts['host']}"
    engine = create_engine(storage_url(given))
    with engine.connect() as connection:
        asked = "select current_user, current_database(), current_setting('application_name')"
        assert tuple(connection.execute(text(asked)).one()) == (GUARDED, parts["dbname"], "portfolio")
    assert engine.dialect.driver == "psycopg2"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop role {GUARDED}")


def test_a_dsn_that_cannot_be_read_is_one_line_that_names_the_setting_and_nothing_of_it() -> None:
    with pytest.raises(PostgresError, match=rf"^the PostgreSQL DSN cannot be read \({SETTING}\): ") as caught:
        storage_url("postgresql://owner:s3cret@word@host/db")
    assert "s3cret" not in str(caught.value)


def test_a_server_that_is_down_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv(SETTING, f"postgresql://owner:{PASSWORD}@127.0.0.1:1/portfolio")
    settings = load_settings(home=tmp_path / "home")
    with pytest.raises(StorageError, match=r"PostgreSQL owner@127.0.0.1:1/portfolio: .*refused") as caught:
        prepare_instance(settings.folders, settings.dagster_dsn)
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_server_that_goes_away_is_one_line(
    home: Path, dsn: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dagster_postgres.utils.calculate_delay", lambda **_: 0)  # between its attempts
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    said = rf"^the database of Dagster's runs \({SETTING}\) cannot be used: .*connections"
    with pytest.raises(StorageError, match=said) as caught, open_instance() as instance:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'alter database "{name}" connection limit 0')
        end_dead_runs(instance)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" connection limit -1')
    assert "\n" not in str(caught.value)


def test_a_given_dagster_home_says_itself_where_its_runs_are(
    tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv(SETTING, dsn)
    with pytest.raises(StorageError, match=rf"^DAGSTER_HOME={tmp_path} says .*: unset it, or {SETTING}$"):
        prepare_instance(Home(tmp_path / "home"), load_settings().dagster_dsn)
