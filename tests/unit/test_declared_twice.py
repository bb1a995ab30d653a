"""Values that two languages need, and so are written twice: dbt's copy is the one that Python has."""

import json
import os
import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from bi.assets import FOLDER
from contracts.project import dbt_project
from expectations.contract import BUYING_MODELS, PRODUCTS, STATUSES
from expectations.references import REFERENCES
from expectations.suites.anomaly_suite import Thresholds
from pipelines.rules import rules_in_force
from pipelines.settings import Settings, load_settings
from planning.look_back import required_snapshots
from planning.rules import DashboardThresholds
from sources.readers.limits import ReadLimits

ROOT = Path(__file__).parents[2]


@pytest.fixture
def defaults(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Settings:  # type: ignore[no-untyped-def]
    for name in list(os.environ):
        if name.startswith("PORTFOLIO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return load_settings()


def test_whoever_calls_dbt_by_hand_has_the_defaults(defaults: Settings) -> None:
    lines = (dbt_project() / "development.env").read_text().splitlines()
    found = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    settings = rules_in_force(defaults).environment() | {"PORTFOLIO_MEMORY_LIMIT": defaults.memory_limit}
    assert {name: found.get(name) for name in settings} == settings


def test_no_model_s_text_names_a_limit_of_days_that_a_setting_changes() -> None:
    limit = re.compile(r"\b(within|added|ends?)\b[^.]{0,30}\d+ days", re.IGNORECASE)
    texts = [path for ending in ("yml", "md") for path in (dbt_project() / "models").rglob(f"*.{ending}")]
    assert [path.name for path in texts if limit.search(path.read_text()) and "unit_tests" not in path.name] == []


def test_the_dashboard_s_texts_name_the_default_thresholds() -> None:
    unset = DashboardThresholds()
    tiles = yaml.safe_load((Path(FOLDER) / "dashboards" / "portfolio.yaml").read_text())["position"]
    texts = {name: tile["meta"]["code"] for name, tile in tiles.items() if name.startswith("MARKDOWN-")}
    assert f"added in the last {unset.recently_added_days} days" in texts["MARKDOWN-added"]
    assert f"end within {unset.expiring_days} days" in texts["MARKDOWN-expiring"]
    assert f"ends within {unset.renewing_days} days" in texts["MARKDOWN-renewing"]
    lowest, behind = {0.25: "lowest quarter"}, {0.1: "ten points or more"}
    assert lowest[unset.low_assignment_percentile] in texts["MARKDOWN-low"]
    assert behind[unset.low_assignment_min_gap] in texts["MARKDOWN-low"]


def test_the_metrics_page_names_the_default_thresholds() -> None:
    unset, page = DashboardThresholds(), (ROOT / "docs" / "metrics.md").read_text()
    for flag, rule in (
        ("recently_added", f"0 <= `days_since_added` <= {unset.recently_added_days}"),
        ("expiring", f"0 <= `days_until_end` <= {unset.expiring_days}, and"),
        ("renewing", f"0 <= `days_until_end` <= {unset.renewing_days}, it"),
    ):
        assert f"| `is_{flag}` | {rule}" in page
    assert f"fewer than {unset.low_assignment_min_peers} peers" in page
    assert f"{unset.low_assignment_percentile * 100:.0f}th percentile" in page
    assert f"peer_median_ratio - assignment_ratio >= {unset.low_assignment_min_gap} -" in page
    edges = [1, *unset.size_bands]
    bands = [f"{edge}-{after - 1}" for edge, after in pairwise(edges)]
    assert f"{', '.join(bands)}, {edges[-1]}+ (" in page


def test_the_lists_of_the_raw_contract_are_those_that_staging_is_tested_with() -> None:
    models = yaml.safe_load((dbt_project() / "models" / "staging" / "staging.yml").read_text())["models"]
    conditions = {
        condition
        for model in models
        for entry in model["data_tests"]
        for test in entry.values()
        for condition in test.get("arguments", {}).get("conditions", ())
        if " in (" in condition
    }
    buying_models = f"buying_model is null or buying_model in {BUYING_MODELS}"
    assert conditions == {f"product in {PRODUCTS}", f"status in {STATUSES}", buying_models}


def test_references_that_dbt_reports_are_those_that_are_checked_before() -> None:
    models = yaml.safe_load((dbt_project() / "models" / "staging" / "staging.yml").read_text())["models"]
    found = {
        (test["name"], test["arguments"]["to"], tuple(test["arguments"]["columns"]))
        for model in models
        for entry in model["data_tests"]
        for kind, test in entry.items()
        if kind == "refers_to"
    }
    assert found == {(one.check_name, f"ref('stg_{one.to.name}')", one.columns) for one in REFERENCES}


def test_the_snapshots_that_a_partner_s_day_takes_are_those_that_days_require() -> None:
    model = (dbt_project() / "models" / "intermediate" / "int_partner_snapshots.sql").read_text()
    (listed,) = re.findall(r"set datasets = (\[.*\])", model)
    required = [f"{name}_date" for name in json.loads(listed)]
    assert tuple(json.loads(listed)) == required_snapshots()
    assert re.findall(r"^ {4}(?:and )?(\w+) is not null$", model, re.MULTILINE) == required
    assert re.findall(r"^ {4}(\w+_date),?$", model.rpartition("select")[2], re.MULTILINE) == ["as_of_date", *required]


def test_limits_in_words_are_those_in_bytes(defaults: Settings) -> None:
    limits, unset = defaults.read_limits(), ReadLimits()
    assert (limits.file_size, limits.record_size, limits.columns) == (
        unset.file_size,
        unset.record_size,
        unset.columns,
    )


def test_a_silent_feed_is_stale_when_its_days_can_t_be_built_any_more(defaults: Settings) -> None:
    assert defaults.max_feed_age_days == defaults.max_snapshot_age_days


def test_the_settings_of_the_anomaly_checks_are_their_thresholds(
    defaults: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert defaults.anomaly_thresholds() == Thresholds()
    monkeypatch.setenv("PORTFOLIO_CHECK_MIN_ROWS", "7")
    monkeypatch.setenv("PORTFOLIO_ROW_COUNT_BLOCK", "0.9")
    assert load_settings().anomaly_thresholds() == Thresholds(min_rows=7, row_count_block=0.9)
