"""What dbt parsed is of the project as it stands, wherever that lies."""

import json
import os
from pathlib import Path

import pytest

from contracts.project import dbt_project
from pipelines import manifest
from storage.home import Home

ENVIRONMENT = {
    "PORTFOLIO_WAREHOUSE": ":memory:",
    "PORTFOLIO_MEMORY_LIMIT": "100MB",
    "PORTFOLIO_THREADS": "1",
    "PORTFOLIO_TEMP_DIRECTORY": "unused",
}


def write_project(folder: Path, description: str, modified: int) -> Path:
    """A project of one model, whose files all have one mtime, as packed ones may."""
    (folder / "models").mkdir(parents=True, exist_ok=True)
    for name in ("dbt_project.yml", "profiles.yml"):
        (folder / name).write_bytes((dbt_project() / name).read_bytes())
    (folder / "models" / "one.sql").write_text("select 1 as number")
    (folder / "models" / "one.yml").write_text(f"models:\n  - name: one\n    description: {description}\n")
    for path in folder.rglob("*.*"):
        os.utime(path, (modified, modified))
    return folder


@pytest.fixture
def parsed(tmp_path, monkeypatch):
    """A home folder, and the manifest of the project that was parsed for it."""
    project = write_project(tmp_path / "project", "as it was", 1_700_000_000)
    monkeypatch.setattr(manifest, "dbt_project", lambda: project)
    home = Home(tmp_path / "home")
    return home, manifest.prepare_manifest(home, ENVIRONMENT)


def described(path: Path) -> str:
    return json.loads(path.read_text())["nodes"]["model.partner_portfolio.one"]["description"]


def test_a_project_that_lies_elsewhere_is_the_same(parsed, tmp_path, monkeypatch):
    home, path = parsed
    before, digest = path.stat().st_mtime_ns, manifest.models_digest()
    elsewhere = write_project(tmp_path / "elsewhere", "as it was", 1_700_000_777)
    monkeypatch.setattr(manifest, "dbt_project", lambda: elsewhere)
    assert manifest.models_digest() == digest
    assert manifest.prepare_manifest(home, ENVIRONMENT) == path
    assert path.stat().st_mtime_ns == before, "parsed again"


def test_a_changed_file_counts_also_where_its_mtime_is_the_same(parsed, tmp_path):
    home, path = parsed
    assert described(path) == "as it was"
    write_project(tmp_path / "project", "as it is", 1_700_000_000)
    manifest.prepare_manifest(home, ENVIRONMENT)
    assert described(path) == "as it is"
