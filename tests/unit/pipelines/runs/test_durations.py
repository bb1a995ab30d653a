"""How long a build takes is told from the build of most days that was measured, and from nothing else."""

from types import SimpleNamespace

import pytest
from dagster import AssetKey

from pipelines.runs.durations import Measured, measured_build

RAW, MARTS = frozenset({AssetKey(["raw", "customers"])}), frozenset({AssetKey(["marts", "portfolio_kpis"])})


def run(first: str, last: str, seconds: float | None, keys=MARTS):  # type: ignore[no-untyped-def]
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    ended = None if seconds is None else 1000 + seconds
    of_run = SimpleNamespace(tags=tags if first else {}, asset_selection=keys, run_id=f"{first} {seconds} {keys}")
    return SimpleNamespace(start_time=1000.0, end_time=ended, dagster_run=of_run)


def measured(*records: object, home: str = "") -> Measured | None:
    def get_run_records(wanted, limit, cursor):  # type: ignore[no-untyped-def]
        begin = next((n + 1 for n, one in enumerate(records) if one.dagster_run.run_id == cursor), 0)  # type: ignore[attr-defined]
        return records[begin : begin + limit]

    instance = SimpleNamespace(get_run_records=get_run_records)
    return measured_build(instance, home)  # type: ignore[arg-type]


def test_the_build_of_most_days_counts() -> None:
    found = measured(
        run("2026-01-05", "2026-01-05", 7.0),
        run("2026-01-01", "2026-01-10", 20.0),
        run("2026-01-01", "2026-03-30", 900.0, RAW),
        run("2026-01-01", "2026-03-30", None),
        run("", "", 5.0),
        run("2025-01-01", "2025-01-10", 99.0, None),
    )
    assert found == Measured(10, 20.0)


def test_without_a_build_nothing_is_known() -> None:
    assert measured() is None
    assert measured(run("2026-01-01", "2026-01-02", 3.0, RAW)) is None
    assert measured(run("2026-01-01", "2026-03-30", 1.0, frozenset({AssetKey(["serving", "postgres"])}))) is None


def test_of_homes_that_share_an_instance_each_has_its_own() -> None:
    days = ("2026-01-01", "2026-01-05")
    builds = frozenset({AssetKey(["a", "raw", "customers"]), AssetKey(["a", "marts", "portfolio_kpis"])})
    reads = frozenset({AssetKey(["b", "raw", "customers"])})
    runs = [run(*days, 9.0, builds), run(*days, 99.0, reads), run("2026-01-01", "2026-01-09", 1.0, None)]
    assert measured(*runs, home="a") == Measured(5, 9.0)
    assert measured(*runs, home="b") is None


def test_a_home_finds_its_own_behind_many_runs_of_others() -> None:
    day = "2026-01-01"
    others = [run(day, day, float(n), frozenset({AssetKey(["b", "marts", "x"])})) for n in range(250)]
    own = [run(day, "2026-01-05", float(n), frozenset({AssetKey(["a", "marts", "x"])})) for n in range(100)]
    older = run(day, "2026-01-09", 1.0, frozenset({AssetKey(["a", "marts", "x"])}))
    assert measured(*others, *own, older, home="a") == Measured(5, 0.0)
    assert measured(*others, home="a") is None


@pytest.mark.parametrize(("days", "seconds"), [(1, 20.0), (10, 20.0), (25, 50.0), (100, 200.0)])
def test_more_days_take_as_many_times_as_long(days: int, seconds: float) -> None:
    assert Measured(10, 20.0).seconds_for(days) == seconds
