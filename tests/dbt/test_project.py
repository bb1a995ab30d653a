"""The project as a whole: described, portable, parsed once, and clear about what it lacks."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from expectations.contract import DATASETS
from planning.look_back import is_in_marts

from ..reference.contract import CONSTANT_COLUMNS, MART_COLUMNS
from .warehouse import PROJECT, Warehouse, failures


def models(manifest: Manifest) -> Iterator[Any]:
    return (node for node in manifest.nodes.values() if node.resource_type == "model")


def marts(manifest: Manifest) -> dict[str, Any]:
    return {node.name: node for node in models(manifest) if node.schema == "marts"}


def run_dbt(warehouse: Warehouse, *args: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run dbt in a process of its own, as a developer does."""
    changed = {f"PORTFOLIO_{name.upper()}": value for name, value in settings.items()}
    command = [Path(sys.executable).with_name("dbt"), *args]
    return subprocess.run(command, env=warehouse.settings | changed, capture_output=True, text=True, check=False)


def test_each_model_says_what_a_row_is(manifest: Manifest) -> None:
    last_sentence = re.compile(r"One row per [^.]+\.\s*$")
    assert [node.name for node in models(manifest) if not last_sentence.search(node.description)] == []


def test_each_column_is_described(manifest: Manifest, warehouse: Warehouse) -> None:
    result = warehouse.dbt("run", "--empty")
    assert result.success, failures(result)
    built = warehouse.query(
        "select table_name, column_name from duckdb_columns() where schema_name in ('staging', 'intermediate', 'marts')"
    )

    described = {(node.name, c.name) for node in models(manifest) for c in node.columns.values() if c.description}
    assert set(built) == described


def test_tests_and_exposures_are_described(manifest: Manifest) -> None:
    tests = [node for node in manifest.nodes.values() if node.resource_type == "test"]
    nodes = [*tests, *manifest.unit_tests.values(), *manifest.exposures.values(), *manifest.sources.values()]
    assert [node.name for node in nodes if not node.description] == []


def test_marts_have_the_contracts_columns(manifest: Manifest) -> None:
    types = {"string": "VARCHAR"}
    found = {
        name: {c.name: types.get(c.data_type, c.data_type.upper()) for c in node.columns.values()}
        for name, node in marts(manifest).items()
    }
    expected = MART_COLUMNS | CONSTANT_COLUMNS
    assert found == expected
    assert {name: list(columns) for name, columns in found.items()} == {
        name: list(columns) for name, columns in expected.items()
    }


def test_marts_are_enforced_and_replaced_by_window(manifest: Manifest) -> None:
    for name, node in marts(manifest).items():
        config = node.config
        assert config.contract.enforced, name
        if name in CONSTANT_COLUMNS:
            assert config.materialized == "table", name
            continue
        assert (config.materialized, config.incremental_strategy) == ("incremental", "replace_window"), name
        assert (config.on_schema_change, config.full_refresh) == ("fail", False), name


def test_no_model_asks_for_what_our_materializations_leave_out(manifest: Manifest) -> None:
    """They would pass over it without a word: hooks, grants, indexes, comments in the warehouse."""
    asked = {
        node.name: (*node.config.pre_hook, *node.config.post_hook, node.config.grants, node.config.persist_docs)
        for node in models(manifest)
    }
    assert {name: found for name, found in asked.items() if any(found)} == {}
    assert [node.name for node in models(manifest) if node.config.get("indexes")] == []


def test_each_model_has_a_grain_test_and_each_mart_an_exposure(manifest: Manifest) -> None:
    grains = {node.name for node in manifest.nodes.values() if node.name.endswith("_grain")}
    exposed = {unique_id for exposure in manifest.exposures.values() for unique_id in exposure.depends_on.nodes}
    assert grains == {f"{node.config.meta.get('rows_of', node.name)}_grain" for node in models(manifest)}
    assert exposed == {node.unique_id for node in marts(manifest).values()}


def test_days_are_made_from_the_datasets_that_marts_read(manifest: Manifest) -> None:
    """Where a mart begins to read an optional dataset, its declaration says so, and days are stale when it changes."""
    waiting = [node.unique_id for node in marts(manifest).values()]
    read: set[str] = set()
    while waiting:
        if (unique_id := waiting.pop()) not in read:
            read.add(unique_id)
            waiting += manifest.nodes[unique_id].depends_on.nodes if unique_id in manifest.nodes else []
    found = {source.name for unique_id, source in manifest.sources.items() if unique_id in read}
    assert found == {name for name in DATASETS if is_in_marts(name)}


LIKE = {"[A-Z]{3}": f"length({{0}}) = 3 and translate({{0}}, '{ascii_uppercase}', '') = ''"}
"""What the contract's patterns are in the SQL that all engines share."""


def test_sources_are_the_raw_contract(manifest: Manifest) -> None:
    found = {source.name: list(source.columns) for source in manifest.sources.values()}
    assert found == {name: [dataset.date_column, *dataset.column_names] for name, dataset in DATASETS.items()}


def test_staging_is_tested_for_what_the_raw_contract_says(manifest: Manifest) -> None:
    """The contract is declared in Python, where YAML can't reach it: what is written again is held to it."""
    tests = {node.name: node.test_metadata.kwargs for node in manifest.nodes.values() if node.resource_type == "test"}
    for dataset in DATASETS.values():
        assert tests[f"stg_{dataset.name}_grain"]["columns"] == [dataset.date_column, *dataset.key]
        # The key's columns are never null: the grain's test, and all that some datasets need.
        conditions = tests.get(f"stg_{dataset.name}_values", {}).get("conditions", ())
        expected = {f"{c.name} is not null" for c in dataset.columns if not c.nullable and c.name not in dataset.key}
        limited = {c: f"{c.name} >= {c.minimum}" for c in dataset.columns if c.minimum is not None}
        limited |= {c: f"{c.name} between {c.minimum} and {c.maximum}" for c in limited if c.maximum is not None}
        limited |= {c: f"{c.name} in {c.allowed}" for c in dataset.columns if c.allowed}
        limited |= {c: LIKE[c.pattern].format(c.name) for c in dataset.columns if c.pattern}
        expected |= {f"{c.name} is null or {text}" if c.nullable else text for c, text in limited.items()}
        if dataset.ordered_dates:
            first, last = dataset.ordered_dates
            expected.add(f"{last} is null or {last} >= {first}")
        assert set(conditions) == expected


def test_models_keep_to_the_portable_subset_and_read_no_clock() -> None:
    forbidden = re.compile(
        r"\bfilter\s*\(|\bqualify\b|\basof\b|\bexclude\b|(group|order) by all|::|current_date|\b(now|today)\s*\(",
        re.IGNORECASE,
    )
    files = [*PROJECT.glob("models/**/*.sql"), *PROJECT.glob("macros/*.sql"), *PROJECT.glob("tests/**/*.sql")]
    code = {file.name: re.sub(r"\{#.*?#\}|--[^\n]*", "", file.read_text(), flags=re.DOTALL) for file in files}
    assert code.keys() >= {"license_positions.sql", "usage_windows.sql", "unique_grain.sql"}
    assert [name for name, text in code.items() if forbidden.search(text)] == []


def test_another_window_parses_nothing_again(warehouse: Warehouse) -> None:
    log = Path(warehouse.settings["DBT_LOG_PATH"]) / "dbt.log"
    first = run_dbt(warehouse, "run", "--select", "int_as_of_dates")
    assert first.returncode == 0, first.stdout
    log.unlink()

    second = run_dbt(
        warehouse,
        "run",
        "--select",
        "int_as_of_dates",
        window_start="2026-05-01",
        window_end="2026-05-03",
        blocked_days="2026-05-02",
        expiring_days="30",
    )

    assert second.returncode == 0, second.stdout
    assert "no changes found, skipping parsing" in log.read_text()
    requested = warehouse.query(
        "select cast(as_of_date as varchar) from intermediate.int_as_of_dates where is_requested order by 1"
    )
    assert requested == [("2026-05-01",), ("2026-05-03",)]


@pytest.mark.parametrize("name", ["PORTFOLIO_WINDOW_START", "PORTFOLIO_BLOCKED_DAYS"])
def test_a_missing_setting_is_named(name: str, warehouse: Warehouse) -> None:
    result = warehouse.dbt("run", "--select", "int_as_of_dates", without=name)

    assert not result.success
    assert f"{name} is not set: run dbt through `portfolio dbt`" in str(failures(result))


def test_an_unset_threshold_has_no_fallback(warehouse: Warehouse) -> None:
    result = warehouse.dbt("compile", "--select", "int_position_flags", expiring_days="")

    assert not result.success
    assert "PORTFOLIO_EXPIRING_DAYS is not set: run dbt through `portfolio dbt`" in str(failures(result))
