"""`portfolio metrics` and MetricFlow's own `mf` give the figures of the hand-worked portfolio."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ..dbt.warehouse import PROJECT, development_settings
from .built import golden_home
from .running import TIMEOUT_SECONDS, assert_one_error_line, portfolio

NAMES = ["total_customers", "managed_customers", "total_licenses", "expiring_license_usage_ratio"]
BY = ["metric_time__day", "partner"]
# tests/golden/README.md; north's totals are 585 + 40 and 560 + 60, its expiring licences 25 + 40 and 50 + 40 + 30.
EXPECTED = {
    ("2024-05-30", "north"): [6, 7, 625, 2 / 65],
    ("2024-05-30", "south"): [2, 2, 110, 0],
    ("2024-05-31", "north"): [6, 6, 620, 8 / 120],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the golden portfolio published."""
    return golden_home(tmp_path_factory)


def read(lines: Sequence[str]) -> dict[tuple[str, str], list[float]]:
    rows = list(csv.DictReader(lines))
    return {
        (row["metric_time__day"].split()[0], row["partner"]): [pytest.approx(float(row[name])) for name in NAMES]
        for row in rows
    }


def test_the_command_answers_from_the_publication(home: Path) -> None:
    (home / "warehouse.duckdb").rename(home / "elsewhere")  # which metrics have no need of
    try:
        finished = portfolio("metrics", *NAMES, "--by", BY[0], "--by", BY[1], "--csv", "--home", home)
    finally:
        (home / "elsewhere").rename(home / "warehouse.duckdb")

    assert finished.returncode == 0, finished.stderr
    assert read(finished.stdout.splitlines()) == EXPECTED


def test_it_lists_filters_sorts_and_shows_the_query(home: Path) -> None:
    listed = portfolio("metrics", "--home", home)
    assert set(NAMES) <= {line.split()[0] for line in listed.stdout.splitlines()}

    calling = "{{ Dimension('position__product') }} = 'calling'"
    arguments = ["total_licenses", "--by", "partner", "--where", calling, "--order", "-total_licenses", "--limit", "1"]
    filtered = portfolio("metrics", *arguments, "--csv", "--home", home)
    assert filtered.stdout.splitlines() == ["partner,total_licenses", "south,100"]

    query = portfolio("metrics", *arguments, "--sql", "--home", home)
    assert '"warehouse"."marts"."fct_license_positions"' in query.stdout


def test_a_metric_that_does_not_exist_is_one_line(home: Path) -> None:
    finished = portfolio("metrics", "total_customer", "--home", home)
    assert finished.returncode == 1
    assert_one_error_line(finished, "known metrics", "total_customers")


def test_metricflows_own_command_gives_the_same(home: Path, tmp_path: Path) -> None:
    """As docs/metrics.md describes it: `mf` reads the semantic manifest from the project's own target folder."""
    project = shutil.copytree(PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("target"))
    (project / "target").mkdir()
    shutil.copy(home / "dbt" / "semantic_manifest.json", project / "target")
    shutil.copy(home / "serving" / "portfolio.duckdb", tmp_path / "warehouse.duckdb")
    settings = development_settings() | {
        "PORTFOLIO_WAREHOUSE": str(tmp_path / "warehouse.duckdb"),
        "PORTFOLIO_TEMP_DIRECTORY": str(tmp_path / "spill"),
    }
    written = tmp_path / "answer.csv"

    command = [Path(sys.executable).with_name("mf"), "query", "--metrics", ",".join(NAMES), "--group-by", ",".join(BY)]
    finished = subprocess.run(
        [*command, "--csv", written],
        cwd=project,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert read(written.read_text().splitlines()) == EXPECTED
