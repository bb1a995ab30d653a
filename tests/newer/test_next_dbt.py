"""The project as the next versions of dbt parse it: every mart with its contract; and what they leave out."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from assets.dbt.environment import child_environment
from contracts.marts import read_marts

from .conftest import ROOT

PROJECT = ROOT / "dbt_project"
SETTINGS = dict(
    line.split("=", 1)
    for line in (PROJECT / "development.env").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)


def parse(name: str, folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    """The manifest that a dbt makes of a copy of the project, into which dbt 2 writes; and what it said."""
    project = shutil.copytree(PROJECT, folder / "project", ignore=shutil.ignore_patterns("target", "logs"))
    # dbt 2 takes `:memory:` of the profile for a mapping.
    own = {"PORTFOLIO_WAREHOUSE": str(folder / "w.duckdb"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    environment = child_environment(SETTINGS | own | {"DO_NOT_TRACK": "1"})
    folders = ["--project-dir", project, "--profiles-dir", project, "--target-path", folder, "--log-path", folder]
    done = subprocess.run(
        [ROOT / ".venv-newer" / name / "bin" / "dbt", *options, "parse", *folders],
        cwd=folder,
        env=environment | {"HOME": os.fspath(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8")), done.stdout + done.stderr


@pytest.fixture(scope="module")
def next_minor(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return parse("dbt-1.13", tmp_path_factory.mktemp("dbt"), "--no-version-check")[0]


@pytest.fixture(scope="module")
def next_major(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    return parse("dbt-2.0", tmp_path_factory.mktemp("dbt"))


def assert_has_every_mart(manifest: dict[str, Any]) -> None:
    """Held to the YAML beside the models, which is read without dbt."""
    models = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    for mart in read_marts():
        node = models[mart.name]
        assert list(node["columns"]) == [column.name for column in mart.columns]
        assert [column["data_type"] for column in node["columns"].values()] == [column.type for column in mart.columns]
        assert node["contract"]["enforced"]
    declared = {test.name for mart in read_marts() for test in mart.tests}
    tests = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    assert {name for name in declared if not any(name in test for test in tests)} == set()
    assert manifest["exposures"]
    assert manifest["unit_tests"]


def test_the_next_minor_version_parses_the_project_and_its_metrics(next_minor: dict[str, Any]) -> None:
    assert_has_every_mart(next_minor)
    assert {"metric.partner_portfolio.total_customers", "metric.partner_portfolio.usage_ratio"} <= set(
        next_minor["metrics"]
    )


def test_the_next_major_version_parses_the_project(next_major: tuple[dict[str, Any], str]) -> None:
    assert_has_every_mart(next_major[0])


def test_the_next_major_version_passes_over_the_metrics_and_says_so(next_major: tuple[dict[str, Any], str]) -> None:
    """What docs/newer-engines.md says that fails: where this test does, the page is to be put right."""
    manifest, said = next_major
    assert manifest["metrics"] == {}
    assert "legacy YAML" in said
