"""The documented examples: from `map init` to published marts with only the open lines filled in."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

from .commands import published

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "mapping"
PARTNER = {'partner_id: {constant: ""}': 'partner_id: {constant: "acme"}'}
SKUS = {
    '"A-MTG-STD":': '"A-MTG-STD": meetings',
    '"A-MTG-ENT":': '"A-MTG-ENT": meetings',
    '"A-CALL-PRO":': '"A-CALL-PRO": calling',
    '"A-MSG-1":': '"A-MSG-1": messaging',
    '"A-CC-10":': '"A-CC-10": contact_center',
}
POSITIONS = (
    "select partner_id, subscription_id, product, total_licenses, assigned_licenses from marts_latest.license_positions"
)


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result.output


def filled(draft: str, answers: dict[str, str]) -> str:
    """The draft with its open lines filled in."""
    for question, answer in answers.items():
        assert f"# open: {question}" in draft
        draft = draft.replace(f"# open: {question}", answer)
    return draft


@pytest.mark.parametrize(
    ("example", "answers", "positions", "names"),
    [
        (
            "german",
            PARTNER,
            {("acme", "V-7001", "meetings", 1200, 950), ("acme", "V-7002", "calling", 350, 351)},
            {"Müller Logistik GmbH", "Bäckerei Groß KG", "Zürich Treuhand AG"},
        ),
        (
            "ordering",
            PARTNER | SKUS,
            {("acme", "SO-5000", "meetings", 1033, 644), ("acme", "SO-5002", "calling", 2444, 271)},
            {"Harbor 200, Inc."},
        ),
        (
            "distributor",
            {},
            {("R-1", "K-10", "meetings", 334, 214), ("R-1", "K-11", "calling", 158, 215)},
            {"Customer 10 Ltd", "Customer 20 Ltd"},
        ),
    ],
)
def test_an_example(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    example: str,
    answers: dict[str, str],
    positions: set[tuple[Any, ...]],
    names: set[str],
) -> None:
    inbox, mapping, home = tmp_path / "inbox", tmp_path / "mapping.yaml", tmp_path / "home"
    shutil.copytree(EXAMPLES / example / "inbox", inbox)
    for path in inbox.iterdir():
        os.utime(path, (1_772_000_000, 1_772_000_000))
    for name, value in {"INBOX": inbox, "MAPPING": mapping, "HOME": home, "NOW": "2026-03-02T10:00:00Z"}.items():
        monkeypatch.setenv(f"PORTFOLIO_{name}", str(value))
    draft = run("map", "init", *map(str, sorted(inbox.iterdir())))
    mapping.write_text(filled(draft, answers))
    said = run("map", "check")
    assert "would be refused" not in said.lower()
    run("map", "run")
    assert "published: 2026-03-01" in run("materialize")
    assert positions <= set(published(home, POSITIONS))
    assert names <= {name for (name,) in published(home, "select customer_name from marts_latest.dim_customers")}


def test_a_draft_is_written_to_a_new_file_and_never_over_one(tmp_path: Path) -> None:
    export, output = next((EXAMPLES / "distributor" / "inbox").iterdir()), tmp_path / "mapping.yaml"
    run("map", "init", str(export), "--output", str(output))
    assert output.read_text().startswith("# Written by `portfolio map init`")
    output.write_text("mine")
    error = CliRunner().invoke(app, ["map", "init", str(export), "--output", str(output)]).exception
    assert type(error).__name__ == "UsageError"
    assert "is there already; name a new file, or take it away" in str(error)
    assert output.read_text() == "mine"
    error = CliRunner().invoke(app, ["map", "init", str(tmp_path / "gone.csv")]).exception
    assert "gone.csv is no file" in str(error)
