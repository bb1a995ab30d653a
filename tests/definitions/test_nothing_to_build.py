"""A run of Dagster's own with nothing to build succeeds and says so; one whose days are all blocked fails."""

from datetime import date

import dagster as dg
import pytest

from pipelines.definitions import build_definitions
from pipelines.runs.failures import cause_of
from pipelines.settings import load_settings

DAYS = (date(2026, 3, 1), date(2026, 3, 2))


@pytest.fixture
def home(tmp_path):
    (tmp_path / "landing").mkdir()
    return tmp_path


def run(home, instance, **settings):
    """A run of every asset, as a backfill from the web interface starts it: its result, and what it logged."""
    definitions = build_definitions(load_settings(home=home, landing=home / "landing", **settings))
    first, last = map(str, DAYS)
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    job = definitions.resolve_job_def("materialize")
    result = job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
    assert not (home / "serving" / "portfolio.duckdb").exists()
    return result, [record.user_message for record in instance.all_logs(result.run_id)]


@pytest.fixture
def instance():
    with dg.instance_for_test() as opened:
        yield opened


def test_without_a_snapshot_there_is_nothing_to_build(home, instance):
    result, said = run(home, instance)
    assert result.success
    assert any(line.startswith("nothing to build: no day can be built") for line in said), said


def test_closed_days_are_nothing_to_build(home, instance):
    result, said = run(home, instance, closed_before=date(2026, 4, 1))
    assert result.success
    assert any("nothing to build: 2026-03-01…2026-03-02 is closed" in line for line in said), said


def test_days_that_are_all_blocked_fail(home, instance):
    for day in DAYS:
        folder = home / "landing" / "customers" / str(day)
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("no,customers\n1,2\n")
    result, _ = run(home, instance)
    assert not result.success
    assert "no day of 2026-03-01…2026-03-02 can be built; 2026-03-01: customers 2026-03-01" in cause_of(result)
