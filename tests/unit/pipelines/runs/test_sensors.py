"""What the sensor of late data asks for."""

from dataclasses import replace
from datetime import date

from expectations.contract import CUSTOMERS
from pipelines.definitions import workspace_of
from pipelines.runs.sensors import _ingest_request
from pipelines.settings import load_settings

DAY = date(2026, 3, 1)


def test_the_same_files_are_asked_for_again_by_other_rules(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "landing" / "customers" / str(DAY)
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("partner_id\n")
    workspace = workspace_of(load_settings(home=tmp_path / "home", landing=tmp_path / "landing"))
    changed = [(CUSTOMERS, DAY)]
    first = _ingest_request(workspace, changed, []).run_key
    assert _ingest_request(workspace, changed, []).run_key == first  # and Dagster runs it once
    others = replace(workspace, ingest=replace(workspace.ingest, max_quarantined_rows=9))
    assert _ingest_request(others, changed, []).run_key != first
    monkeypatch.setattr("assets.ingest.rules.CONTRACT_VERSION", "2")
    assert _ingest_request(workspace, changed, []).run_key != first
    (folder / "b.csv").write_text("partner_id\n")
    monkeypatch.undo()
    assert _ingest_request(workspace, changed, []).run_key != first
