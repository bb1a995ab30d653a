"""Imports only go down the floors, from cli to expectations, and Dagster is known to two of them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "expectations": set(),
    "contracts": {"expectations"},
    "storage": {"expectations", "contracts"},
    "sources": {"expectations", "contracts"},
    "assets": {"expectations", "contracts", "storage", "sources"},
    "pipelines": {"expectations", "contracts", "storage", "sources", "assets"},
    "cli": {"expectations", "contracts", "storage", "sources", "assets", "pipelines"},
}
MODULES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Top-level packages that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_there_are_modules_to_look_at():
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == MAY_IMPORT.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_its_own_floor_and_those_below(path):
    package = path.relative_to(ROOT).parts[0]
    ours = imported(path) & MAY_IMPORT.keys()
    assert ours <= MAY_IMPORT[package] | {package}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_dagster_is_known_to_pipelines_and_assets_alone(path):
    if path.relative_to(ROOT).parts[0] not in ("pipelines", "assets"):
        assert not imported(path) & {"dagster", "dagster_dbt"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_stays_under_300_lines(path):
    assert len(path.read_text().splitlines()) < 300
