"""Which partitions wait to be read again though nobody touched their landing files."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from expectations.contract import DATASETS
from pipelines.definitions import workspace_of
from pipelines.runs.pending import read_by_other_rules
from pipelines.settings import load_settings
from planning.records import PartitionRecord, RefusalRecord

NOW = datetime(2026, 1, 5, tzinfo=UTC)
SAME, OTHER, REFUSED, REFUSED_BEFORE, GONE, NEW = (date(2026, 1, day) for day in range(1, 7))


def test_those_that_other_rules_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for day in (SAME, OTHER, REFUSED, REFUSED_BEFORE, NEW):
        folder = tmp_path / "landing" / "customers" / str(day)
        folder.mkdir(parents=True)
        (folder / "a.csv").touch()
    workspace = workspace_of(load_settings(home=tmp_path / "home", landing=tmp_path / "landing"))
    rules, dataset = workspace.ingest.with_key(b""), DATASETS["customers"]
    (tmp_path / "home").mkdir()
    with workspace.ledger() as ledger:
        for day, digest in {
            SAME: rules.digest(dataset),
            OTHER: "contract 1, no key, share 0.05",
            GONE: "contract 1, no key, share 0.05",
        }.items():
            ledger.record_loaded(PartitionRecord("customers", day, f"{digest}\na.csv", "", "", 1, 1, 1, 0, 0, NOW))
        for day, digest in {
            REFUSED: rules.digest(dataset, refused=True),
            REFUSED_BEFORE: rules.digest(dataset),
        }.items():
            ledger.record_refused(RefusalRecord("customers", day, f"{digest}\na.csv", "", "bad rows", 1, NOW))
        found = read_by_other_rules(workspace, ledger)
    assert found["customers"] == {OTHER, REFUSED_BEFORE}
    assert not any(days for name, days in found.items() if name != "customers")
    assert not (tmp_path / "home" / "hash.key").exists()
