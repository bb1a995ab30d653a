"""What somebody on call finds in the web interface: words for everything, days that exist, runs that name theirs."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.run_coordinator.base import SubmitRunContext

from assets.partitions import DAILY
from pipelines.definitions import build_definitions, workspace_of
from pipelines.runs.first_day import first_day
from pipelines.runs.instance import dagster_file
from pipelines.runs.naming import NamingRunCoordinator
from pipelines.settings import load_settings
from planning.days import EARLIEST_PARTITION
from planning.records import RefusalRecord
from sources.errors import SourceError
from sources.source import Offer
from storage import clock
from storage.files.atomic import StorageError
from storage.ledger.ledger import Ledger
from tests.records import record

from .asking import publish

DAY = date(2026, 3, 10)
PAGES = ("docs/operations.md", "docs/alerts.md", "docs/digest.md")


def test_everything_is_described(definitions):
    repository = definitions.get_repository_def()
    graph = definitions.resolve_asset_graph()
    automations = [*repository.schedule_defs, *repository.sensor_defs]
    jobs = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    described = [
        *((f"automation {found.name}", found.description) for found in automations),
        *((f"job {job.name}", job.description) for job in jobs),
        *((str(key), graph.get(key).description) for key in graph.materializable_asset_keys),
        *((str(key), graph.get_check_spec(key).description) for key in graph.asset_check_keys),
    ]
    assert len(automations) == 6
    assert len(jobs) == 2
    assert len(graph.asset_check_keys) > 100
    assert [name for name, text in described if not (text or "").strip()] == []


def test_automations_say_where_to_read_on(definitions):
    repository = definitions.get_repository_def()
    for automation in (*repository.schedule_defs, *repository.sensor_defs):
        assert any(page in automation.description for page in PAGES), automation.name
        assert len(automation.description) < 400


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def workspace(tmp_path, home):
    return workspace_of(load_settings(home=home, landing=tmp_path / "landing"))


def land(workspace, dataset, day, name="data.csv"):
    folder = workspace.landing / dataset / str(day)
    folder.mkdir(parents=True)
    (folder / name).write_text("")


def test_partitions_begin_early_where_nothing_came_yet(workspace, home):
    assert first_day(workspace) == EARLIEST_PARTITION
    workspace.landing.mkdir()
    assert first_day(workspace) == EARLIEST_PARTITION
    assert not home.exists()


def test_partitions_begin_with_the_first_day_of_any_dataset(workspace):
    land(workspace, "customers", DAY)
    land(workspace, "license_usage", DAY - timedelta(days=5))
    land(workspace, "license_usage", DAY - timedelta(days=6), name="_unfinished.csv")  # no data file
    land(workspace, "notes", DAY - timedelta(days=9))  # no dataset
    assert first_day(workspace) == DAY - timedelta(days=5)


def test_what_landing_no_longer_has_is_known_by_the_ledger(workspace, home):
    home.mkdir()
    land(workspace, "customers", DAY)
    with Ledger(home / "ledger.sqlite") as ledger:
        ledger.record_loaded(record("customers", DAY - timedelta(days=2), "rows"))
        assert first_day(workspace) == DAY - timedelta(days=2)
        refused = RefusalRecord("license_usage", DAY - timedelta(days=3), "", "", "no header", 0, datetime.now(UTC))
        ledger.record_refused(refused)
        assert first_day(workspace) == DAY - timedelta(days=3)


def test_published_days_stay_when_all_that_they_were_made_of_was_pruned(workspace, home):
    home.mkdir()
    land(workspace, "customers", DAY)
    publish(home, [DAY - timedelta(days=4), DAY])
    assert first_day(workspace) == DAY - timedelta(days=4)


def test_what_a_source_offers_counts_as_landed(workspace, monkeypatch):
    land(workspace, "customers", DAY)
    offer = Offer("subscriptions", DAY - timedelta(days=1))
    monkeypatch.setattr(
        type(workspace.source), "offers", lambda self, dataset, *_: [offer] if dataset == offer.dataset else []
    )
    assert first_day(workspace) == DAY - timedelta(days=1)


@pytest.mark.parametrize("error", [SourceError("no"), StorageError("no")])
def test_what_cannot_be_asked_hides_no_day(workspace, monkeypatch, error):
    land(workspace, "customers", DAY)

    def fail(*_):
        raise error

    monkeypatch.setattr(type(workspace.source), "offers", fail)
    assert first_day(workspace) == EARLIEST_PARTITION


def test_days_before_the_earliest_or_after_yesterday_are_no_beginning(workspace, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 12, 9, tzinfo=UTC))
    land(workspace, "customers", date(2026, 3, 12))
    assert first_day(workspace) == date(2026, 3, 11)  # or there would be no partition at all
    land(workspace, "customers", date(2001, 1, 1))
    assert first_day(workspace) == EARLIEST_PARTITION


def test_the_days_before_are_not_offered_and_checks_stay(definitions, empty_home):
    narrow, wide = build_definitions(empty_home, first_day=DAY).resolve_asset_graph(), definitions.resolve_asset_graph()
    assert narrow.materializable_asset_keys == wide.materializable_asset_keys
    assert narrow.asset_check_keys == wide.asset_check_keys
    for key in narrow.materializable_asset_keys:
        node = narrow.get(key)
        assert node.partitions_def.get_first_partition_key() == str(DAY), key
        assert wide.get(key).partitions_def == DAILY
        ours, theirs = (
            (found.group_name, found.description, found.freshness_policy, found.backfill_policy, found.parent_keys)
            for found in (node, wide.get(key))
        )
        assert ours == theirs, key


ORIGIN = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "all").get_job_origin("nothing")


@dg.job
def nothing() -> None:
    """A job without a step."""


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("2026-03-01", "2026-03-31"), "2026-03-01…31"),
        (("2026-03-01", "2026-05-31"), "2026-03-01…05-31"),
        (("2025-03-01", "2026-03-31"), "2025-03-01…2026-03-31"),
        (("2026-03-01", "2026-03-01"), "2026-03-01"),
        (None, None),
    ],
)
def test_a_run_that_somebody_starts_names_its_days_before_it_is_queued(tmp_path, monkeypatch, given, named):
    (tmp_path / "dagster.yaml").write_text(dagster_file("dagster.yaml").read_text())
    bounds = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
    tags = dict(zip(bounds, given, strict=True)) if given else {}
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.run_coordinator, NamingRunCoordinator)
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 4
        run = instance.create_run_for_job(
            nothing, status=dg.DagsterRunStatus.NOT_STARTED, tags=tags, remote_job_origin=ORIGIN
        )
        queued = instance.run_coordinator.submit_run(SubmitRunContext(run, SimpleNamespace()))
        assert queued.status == dg.DagsterRunStatus.QUEUED
        assert queued.tags.get("days") == named
        assert queued.tags.items() >= tags.items()
