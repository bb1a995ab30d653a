"""What is computed of measured and assumed figures, and how processes and tasks are counted."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cluster import model
from bench.cluster.stages import work_between
from bench.cluster.watching import Watch

PAGE = Path(__file__).parents[3] / "docs" / "scale.md"


def value(rows: list[model.Row], what: str) -> float:
    return next(row.value for row in rows if row.what == what)


def test_the_page_shows_what_the_model_prints() -> None:
    page = PAGE.read_text().splitlines()
    lines = model.tables(model.read())
    start = page.index(lines[0])
    assert page[start : start + len(lines)] == lines


def test_sizes_follow_from_the_rows_of_a_day() -> None:
    given = copy.deepcopy(model.read())
    given["portfolio"] |= {"usage_rows_a_day": 2e6, "days_looked_back": 90, "days_kept": 100}
    given["measured"] |= {"lake_bytes_per_usage_row": 5, "spark_shuffle_bytes_per_usage_row": 20}
    given["measured"] |= {"holders_per_daily_usage_row": 3}
    rows = model.sizes(given)
    assert value(rows, "usage in the lake, a day") == pytest.approx(0.01)  # GB
    assert value(rows, "usage kept") == pytest.approx(0.001)  # TB
    assert value(rows, "rows that a day looks back on") == pytest.approx(0.18)  # billion
    assert value(rows, "holders") == pytest.approx(0.006)
    assert value(rows, "handed over between stages (shuffle), a day's run") == pytest.approx(0.0036)  # TB


def test_a_run_on_the_cluster_takes_computing_reading_and_handing_over() -> None:
    given = copy.deepcopy(model.read())
    given["portfolio"] |= {"usage_rows_a_day": 1e9, "days_looked_back": 90}
    given["measured"] |= {"spark_cpu_seconds_per_million_rows": 4, "spark_shuffle_bytes_per_usage_row": 10}
    given["measured"] |= {"lake_bytes_per_usage_row": 5}
    given["platform"] |= {"cores": 100, "read_bytes_a_second_per_core": 1e8, "shuffle_bytes_a_second_per_core": 5e7}
    given["prices"] |= {"core_hour": 0.1, "spot_share": 0.5}
    rows = model.cluster(given)
    assert value(rows, "processor time") == pytest.approx(100)  # 90,000 million-row units x 4 s
    hours = 1 + 45 / 3600 + 360 / 3600  # 360,000 s / 100; 450 GB at 10 GB/s; twice 900 GB at 5 GB/s
    assert value(rows, "a day's run") == pytest.approx(hours)
    assert value(rows, "machines, on demand") == pytest.approx(hours * 10)
    assert value(rows, "the same, spot") == pytest.approx(hours * 5)


def test_limits_come_in_the_order_in_which_they_are_reached() -> None:
    given = model.read()
    rows = model.limits(given)
    assert [row.value for row in rows] == sorted(row.value for row in rows)
    smaller = copy.deepcopy(given)
    smaller["machine"]["memory_gib"] /= 2
    name = "one machine: usage windows, memory"
    assert value(model.limits(smaller), name) == pytest.approx(value(rows, name) / 2)


def test_unequal_partners_have_small_files_and_a_long_task() -> None:
    given = copy.deepcopy(model.read())
    by_date, by_partner = model.layouts(given)
    assert by_partner.small_share > by_date.small_share
    assert by_partner.longest_task > by_date.longest_task == 1
    assert by_partner.catalog_partitions == by_date.catalog_partitions * given["portfolio"]["partners"]
    assert model.layouts(given) == [by_date, by_partner]  # a seed, no chance


def test_tasks_of_a_time_are_summed(tmp_path: Path) -> None:
    def task(stage: int, finished: float, shuffled: int) -> str:
        metrics = {
            "Executor CPU Time": 2_000_000_000,
            "Input Metrics": {"Bytes Read": 7, "Records Read": 3},
            "Shuffle Write Metrics": {"Shuffle Bytes Written": shuffled, "Shuffle Records Written": 1},
            "Disk Bytes Spilled": 5,
        }
        event = {"Event": "SparkListenerTaskEnd", "Stage ID": stage, "Task Metrics": metrics}
        return json.dumps(event | {"Task Info": {"Finish Time": int(finished * 1000)}}, separators=(",", ":"))

    log = tmp_path / "events"
    other = json.dumps({"Event": "SparkListenerJobEnd"})
    log.write_text(
        "\n".join([task(1, 9, 1000), task(1, 11, 20), other, task(1, 12, 30), task(2, 13, 40), task(2, 21, 1)])
    )
    work = work_between([log], 10, 20)
    assert (work.tasks, work.executor_cpu, work.read_bytes, work.read_rows) == (3, 6, 21, 9)
    assert (work.shuffle_bytes, work.largest_stage_shuffle, work.spilled_bytes) == (90, 50, 15)


BUSY = "x = bytearray(64 * 2**20)\nimport os\nwhile os.times().user < 2: pass"


def test_a_watch_counts_processes_that_begin_while_it_looks() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True) as waiting:
        with Watch(of_all=False) as alone, Watch(of_all=True) as all_of_them:
            subprocess.run([sys.executable, "-c", BUSY], check=True)
        waiting.communicate("\n")
    assert alone.cpu > 0.5 and all_of_them.cpu > 0.5  # all but what it took since the last look
    assert 0 < alone.peak_mib < all_of_them.peak_mib
