"""`portfolio docs` writes the contracts and dbt's page, of a home folder that is built and of one that is not."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from ..lineage_receiver import LineageReceiver
from .built import golden_home
from .commands import portfolio
from .running import materialize_arguments

GOLDEN = Path(__file__).parent.parent / "golden"


def test_a_built_home_gets_contracts_and_a_page_of_its_models(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = golden_home(tmp_path_factory)

    done = portfolio("docs", "--no-open", "--home", home)

    for name, first in (("raw", "customers"), ("marts", "customer_overview")):
        file = home / "docs" / f"{name}.odcs.yaml"
        assert f"contract: {file}" in done.stdout
        contract = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert (contract["apiVersion"], contract["schema"][0]["name"]) == ("v3.1.0", first)
    assert str(home) in contract["servers"][0]["database"]

    catalogue = home / "docs" / "catalogue"
    files = ["marts.odcs.yaml", "metrics.osi.json", "portfolio.odps.yaml", "raw.odcs.yaml"]
    assert sorted(file.name for file in catalogue.iterdir()) == files
    assert all(f"catalogue: {catalogue / name}" in done.stdout for name in files)
    versions = [yaml.safe_load((catalogue / name).read_text(encoding="utf-8")) for name in files]
    assert [told.get("apiVersion", told.get("version")) for told in versions] == ["v3.2.0", "0.1.1", "v1.1.0", "v3.2.0"]
    assert {of["source"].split(".")[0] for of in versions[1]["semantic_model"][0]["datasets"]} == {"portfolio"}

    page = (home / "docs" / "dbt.html").read_text(encoding="utf-8")
    assert f"models: {home / 'docs' / 'dbt.html'}" in done.stdout
    assert "Licences purchased, summed over the product" in page  # a column's description
    assert '"type": "BIGINT"' in page  # and its type in the warehouse
    assert "partner_portfolio.expiring_section" in page  # a section's exposure
    assert not any(name in page for name in ("Acme", "Borealis", "N-01"))

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    day = date(2024, 5, 31)
    with LineageReceiver() as receiver:
        again = portfolio(*materialize_arguments(GOLDEN / "landing", home, day, day), openlineage_url=receiver.address)
    assert "lineage" not in again.stdout + again.stderr
    jobs = ["materialize", "materialize.build"]
    assert receiver.told() == [(job, state) for state in ("START", "COMPLETE") for job in jobs]
    build = receiver.events[-1]
    assert build["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2024-05-31T00:00:00+00:00"
    assert {dataset["namespace"] for dataset in build["outputs"]} == {
        f"duckdb://{home / 'serving' / 'portfolio.duckdb'}"
    }
    assert not any(name in str(receiver.events) for name in ("Acme", "Borealis", "N-01"))


def test_a_home_without_data_gets_them_too_and_is_told_what_lacks(tmp_path: Path) -> None:
    done = portfolio("docs", "--no-open", "--home", tmp_path, code=1)

    assert "error: nothing is ingested" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / "docs" / "raw.odcs.yaml").is_file()
    assert "Licences purchased, summed over the product" in (tmp_path / "docs" / "dbt.html").read_text(encoding="utf-8")
    assert not (tmp_path / "warehouse.duckdb").exists()
