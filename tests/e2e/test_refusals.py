"""Refused partitions: they block exactly their days, nothing else changes, and a repaired file ends it."""

import gzip
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ..reference.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, LICENSE_USAGE, SNAPSHOTS, SUBSCRIPTIONS
from ..reference.marts import WHOLE, WITHOUT_BLOCKED_DAYS, reference_build
from .comparing import assert_marts_equal
from .homes import fingerprint, published_file
from .plain import Content, deliver, partition_file, write_plain
from .running import assert_one_error_line, materialize

ONE_DAY = timedelta(days=1)


def harm(landing: Path, content: Content, first: date) -> dict[tuple[str, date], str]:
    """Break five partitions, each in another way; return what the report has to say of each."""
    days = [first + timedelta(days=offset) for offset in range(10)]
    deliver(landing, CUSTOMERS, days[1], content[CUSTOMERS.name, days[1]], without="customer_name")
    rows = content[SUBSCRIPTIONS.name, days[3]]
    bad = max(len(rows) // 20 + 1, 4)  # the fewest that are more than 5 %, and more than three
    deliver(landing, SUBSCRIPTIONS, days[3], [{**row, "status": "ended"} for row in rows[:bad]] + rows[bad:])
    deliver(landing, LICENSE_ASSIGNMENTS, days[5], [])
    whole = partition_file(landing, CUSTOMERS, days[7])
    packed = gzip.compress(whole.read_bytes(), mtime=0)
    whole.with_name("export.csv.gz").write_bytes(packed[:-12])
    whole.unlink()
    deliver(landing, LICENSE_USAGE, days[8], content[LICENSE_USAGE.name, days[8]], without="user_id")
    return {
        (CUSTOMERS.name, days[1]): "export.csv: lacks the required columns customer_name",
        (SUBSCRIPTIONS.name, days[3]): "unknown_status",
        (LICENSE_ASSIGNMENTS.name, days[5]): "without one accepted row",
        (CUSTOMERS.name, days[7]): "export.csv.gz: is truncated",
        (LICENSE_USAGE.name, days[8]): "export.csv: lacks the required columns user_id",
    }


def test_refused_partitions_block_their_days_until_they_are_repaired(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    content, first, last = write_plain(12, landing)
    whole = reference_build(landing, first, last)
    causes = harm(landing, content, first)
    expected = reference_build(landing, first, last)
    assert expected.exit_code == WITHOUT_BLOCKED_DAYS
    assert expected.blocked_days == [day for _, day in sorted(causes, key=lambda partition: partition[1])]

    finished = materialize(landing, home, first, last)
    assert finished.returncode == WITHOUT_BLOCKED_DAYS, finished.stdout + finished.stderr
    lines = finished.stdout.splitlines()
    for (dataset, day), cause in causes.items():
        (refused,) = [line for line in lines if line.startswith(f"refused: {dataset} {day}: ")]
        assert cause in refused
        assert f"blocked: {day}: {dataset} {day} was refused" in lines
    assert_marts_equal(published_file(home), expected.marts)

    # Of a range of which nothing can be built, the publication is what it was.
    before = fingerprint(home)
    (day, *_) = expected.blocked_days
    finished = materialize(landing, home, day, day)
    assert finished.returncode == 1
    assert_one_error_line(finished, "nothing was published")
    assert f"blocked: {day}: customers {day} was refused" in finished.stdout
    assert fingerprint(home) == before

    shutil.rmtree(landing)
    assert write_plain(12, landing) == (content, first, last)
    finished = materialize(landing, home, first, last)
    assert finished.returncode == WHOLE, finished.stdout + finished.stderr
    assert_marts_equal(published_file(home), whole.marts)


def test_a_good_partition_is_replaced_by_a_broken_file(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    content, first, last = write_plain(15, landing)
    whole = reference_build(landing, first, last)
    assert materialize(landing, home, first, last).returncode == WHOLE
    day = first + ONE_DAY
    lake = home / "lake" / LICENSE_ASSIGNMENTS.name / f"snapshot_date={day}" / "part-0.parquet"
    in_lake = lake.read_bytes()

    deliver(landing, LICENSE_ASSIGNMENTS, day, content[LICENSE_ASSIGNMENTS.name, day], without="total_licenses")
    before = fingerprint(home)
    finished = materialize(landing, home, day, day)
    assert finished.returncode == 1
    assert_one_error_line(finished, "nothing was published")
    assert fingerprint(home) == before

    expected = reference_build(landing, first, last)
    assert expected.blocked_days == [day]
    finished = materialize(landing, home, first, last)
    assert finished.returncode == WITHOUT_BLOCKED_DAYS
    assert lake.read_bytes() == in_lake, "what the lake held before must stay"
    assert_marts_equal(published_file(home), expected.marts)
    assert weekly_changes(home, day) == []
    assert weekly_changes(home, day + timedelta(days=7)) == [(None, None)]
    assert weekly_changes(home, day + timedelta(days=8)) != [(None, None)]

    # The broken file is taken away: the refusal has no object any more, and the lake still has the day.
    shutil.rmtree(partition_file(landing, LICENSE_ASSIGNMENTS, day).parent)
    finished = materialize(landing, home, first, last)
    assert finished.returncode == WHOLE, finished.stdout + finished.stderr
    assert_marts_equal(published_file(home), whole.marts)


def test_days_without_a_snapshot(tmp_path: Path) -> None:
    landing, home = tmp_path / "landing", tmp_path / "home"
    _, first, last = write_plain(3, landing)
    for days_ago in range(5):
        shutil.rmtree(partition_file(landing, SUBSCRIPTIONS, last - timedelta(days=days_ago)).parent)
    expected = reference_build(landing, first, last)
    assert expected.days_without_snapshot == [last - ONE_DAY, last]
    finished = materialize(landing, home, first, last)
    assert finished.returncode == WHOLE, finished.stdout + finished.stderr
    assert f"not built: {last - ONE_DAY}…{last}: no subscriptions snapshot" in finished.stdout
    assert_marts_equal(published_file(home), expected.marts)

    before = fingerprint(home)
    finished = materialize(landing, home, last - ONE_DAY, last)
    assert finished.returncode == 1
    assert_one_error_line(finished, "nothing was published")
    assert fingerprint(home) == before

    # Without any snapshot nothing is published on a fresh home, either.
    for dataset in SNAPSHOTS:
        shutil.rmtree(landing / dataset.name)
    finished = materialize(landing, tmp_path / "fresh", first, last)
    assert finished.returncode == 1
    assert_one_error_line(finished, "nothing was published")
    assert fingerprint(tmp_path / "fresh") == {}


def weekly_changes(home: Path, day: date) -> list[tuple[Any, ...]]:
    """Return the distinct weekly changes of a day's positions."""
    with duckdb.connect(str(published_file(home)), read_only=True) as connection:
        return connection.execute(
            "select distinct weekly_assignment_change, weekly_usage_change from marts.license_positions"
            " where as_of_date = ? order by all",
            [day],
        ).fetchall()
