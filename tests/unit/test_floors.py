"""Imports only go down the floors, from cli to expectations; inside a package no two rooms import each other."""

import ast
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = (("expectations",), ("contracts", "planning"), ("sources", "storage"), ("assets",), ("pipelines",), ("cli",))
PACKAGES = tuple(package for floor in FLOORS for package in floor)
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PURE = {
    *("__future__", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools"),
    *("hashlib", "itertools", "json", "math", "operator", "typing"),
}
"""Of the standard library, what can't open a file."""

STORAGE_ROOMS = (
    *(
        "catalogue",
        "instance",
        "home",
        "clock",
        "versions",
        "files",
        "alerts",
        "told_facts",
        "digests",
        "ledger",
        "lake",
    ),
    *("warehouse", "spark", "reading"),
    *("publication", "postgres"),
    *("backup", "upgrading", "usable"),
)
"""In this order: what is stored is made from what is before it."""

Graph = dict[str, set[str]]


def module_name(path: Path) -> str:
    """A file's name as it is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path): path for path in MODULES}


@cache
def imported(path: Path) -> frozenset[str]:
    """Modules that a module imports, anywhere in it, for types alone too; names from a module count as the module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in NAMES else str(node.module))
    return frozenset(names)


def ours(path: Path) -> set[str]:
    """Those of them that are ours."""
    return {name for name in imported(path) if name.partition(".")[0] in PACKAGES}


def room(name: str) -> str:
    """The part of a package that a module is in: a folder right below the package, or the module where it has none."""
    parts = name.split(".")
    return ".".join(parts[:2]) if len(parts) > 1 else f"{name}.__init__"


def room_graph(package: str) -> Graph:
    """What the rooms of a package import of each other."""
    graph: Graph = {}
    for name, path in NAMES.items():
        if name.partition(".")[0] == package:
            inside = {room(other) for other in ours(path) if other.partition(".")[0] == package}
            graph.setdefault(room(name), set()).update(inside - {room(name)})
    return graph


def module_graph() -> Graph:
    """What every module of ours imports of ours."""
    return {name: ours(path) - {name} for name, path in NAMES.items()}


def circle(graph: Graph) -> list[str]:
    """Some nodes that import each other in a circle; none where there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_a_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert not circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_modules_to_look_at(package):
    assert any(name.startswith(f"{package}.") for name in NAMES)


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_imports_its_own_package_and_the_floors_below(path):
    package = path.relative_to(ROOT).parts[0]
    below = {
        name for floor in FLOORS[: next(i for i, floor in enumerate(FLOORS) if package in floor)] for name in floor
    }
    assert {name.partition(".")[0] for name in ours(path)} <= below | {package}


BI_KNOWS = {"pipelines.hosts", "pipelines.runs.web_guard"}


def test_the_dashboard_imports_two_modules_that_need_nothing_but_python():
    assert {name for path in (ROOT / "bi").glob("*.py") for name in ours(path)} == BI_KNOWS
    packages = {"pipelines", "pipelines.runs"}  # their own files are run as well
    needed = {name for known in BI_KNOWS | packages for name in imported(NAMES[known])}
    assert {name for name in needed if name.partition(".")[0] not in sys.stdlib_module_names} <= BI_KNOWS


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_nothing_imports_dashboard_benchmarks_or_tests(path):
    assert not {name.partition(".")[0] for name in imported(path)} & {"bi", "bench", "release", "tests"}


def test_no_test_imports_another_module_s_tests():
    found = {
        (str(path.relative_to(ROOT)), node.module)
        for folder in ("tests", "bi/tests")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2].startswith("test_")
    }
    assert found == set()


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_an_imported_module_of_ours_exists(path):
    assert ours(path) <= NAMES.keys()


def test_no_modules_import_each_other_in_a_circle():
    assert circle(module_graph()) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_rooms_of_a_package_import_each_other_in_a_circle(package):
    assert circle(room_graph(package)) == []


def test_rooms_of_storage_import_those_before_them():
    graph, known = room_graph("storage"), set[str]()
    for name in STORAGE_ROOMS:
        assert graph.pop(f"storage.{name}") <= known, name
        known.add(f"storage.{name}")
    assert graph == {"storage.__init__": set()}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_dagster_is_known_to_pipelines_and_assets_alone(path):
    if path.relative_to(ROOT).parts[0] not in ("pipelines", "assets"):
        assert not {name.partition(".")[0] for name in imported(path)} & {"dagster", "dagster_dbt"}


def reached_from(package: str) -> set[str]:
    """The modules of ours that a package needs, directly or by others."""
    graph, seen = module_graph(), set[str]()
    waiting = [name for name in NAMES if name.partition(".")[0] == package]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            parents = {name.rpartition(".")[0]} & NAMES.keys()  # a package's own file is run as well
            waiting += graph[name] | parents
    return seen


def test_planning_needs_nothing_that_opens_a_file():
    needed = {
        (name, other.partition(".")[0])
        for name in reached_from("planning")
        for other in imported(NAMES[name])
        if other.partition(".")[0] not in PACKAGES
    }
    assert {(name, other) for name, other in needed if other not in PURE} == set()
    assert {other for _, other in needed} <= set(sys.stdlib_module_names)


def test_planning_reads_no_clock():
    calls = {
        (name, node.attr)
        for name in reached_from("planning")
        for node in ast.walk(ast.parse(NAMES[name].read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow")
    }
    assert calls == set()


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_stays_under_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300
