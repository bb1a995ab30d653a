"""The names of the home folder: as homes that exist have them, and spelt in one module."""

import ast
import re
from pathlib import Path

import pytest

from storage.catalogue import Catalogue
from storage.home import DbtFolder, Home, PublicationFolder, Serving
from storage.instance import InstanceFolder

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("assets", "cli", "contracts", "expectations", "pipelines", "planning", "sources", "storage")
HOME_MODULES = tuple(ROOT / "storage" / f"{name}.py" for name in ("home", "catalogue", "instance"))
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path not in HOME_MODULES)

LAYOUT = {
    "landing": "landing",
    "lake": "lake",
    "ledger": "ledger.sqlite",
    "warehouse": "warehouse.duckdb",
    "serving": "serving",
    "alerts": "alerts.sqlite",
    "told_facts": "told.sqlite",
    "telling_lock": "telling.lock",
    "digests": "digests.sqlite",
    "digest_lock": "digest.lock",
    "hash_key": "hash.key",
    "pipeline_lock": "pipeline.lock",
    "command_lock": "command.lock",
    "spill": "tmp",
    "dbt": "dbt",
    "parse_lock": "dbt/parse.lock",
    "parse_stamp": "dbt/parsed.txt",
    "dbt_runs": "dbt/runs",
    "dbt_spark": "dbt/spark",
    "dbt_docs": "dbt/docs",
    "dagster": "dagster",
    "dagster_yaml": "dagster/dagster.yaml",
    "server_logs": "dagster/logs",
    "docs": "docs",
    "raw_contract": "docs/raw.odcs.yaml",
    "mart_contract": "docs/marts.odcs.yaml",
    "catalogue": "docs/catalogue",
    "dbt_page": "docs/dbt.html",
    "data_docs": "data_docs",
    "mapping": "mapping",
    "webex": "webex",
    "restoring": ".restoring",
    "spark": "spark",
    "settings_file": ".env",
}
SERVING_LAYOUT = {
    "file": "portfolio.duckdb",
    "parquet": "parquet",
    "current": "portfolio.current.json",
    "publications": "publications",
}
DBT_LAYOUT = {
    "manifest": "manifest.json",
    "semantic_manifest": "semantic_manifest.json",
    "partial_parse": "partial_parse.msgpack",
    "pickled": "manifest.pickle",
    "templates": "templates.marshal",
    "stamp": "parsed.txt",
    "results": "run_results.json",
    "page": "static_index.html",
    "log": "dbt.log",
}
INSTANCE_LAYOUT = {"config": "dagster.yaml", "logs": "logs", "workspace": "workspace.yaml", "lock": "instance.lock"}
CATALOGUE_LAYOUT = {
    "raw_contract": "raw.odcs.yaml",
    "mart_contract": "marts.odcs.yaml",
    "data_product": "portfolio.odps.yaml",
    "metrics": "metrics.osi.json",
}
LAYOUTS = [*(LAYOUT | SERVING_LAYOUT | DBT_LAYOUT).values(), *CATALOGUE_LAYOUT.values()]
NAMES = {part for name in LAYOUTS for part in name.split("/")}
FOUND_ELSEWHERE = {
    "contracts/documentation.py": {"docs"},  # the repository's pages
    "pipelines/event_log.py": {"runs"},  # Dagster's, in its instance
    "pipelines/manifest.py": {"dbt"},  # the command
    "pipelines/runs/instance.py": {"dagster.yaml"},  # as it is delivered with the code
}
"""Modules that spell such a name for something else that is a path."""


def names_of(folder):
    return {name for kind in type(folder).__mro__ for name, value in vars(kind).items() if isinstance(value, property)}


def path_of(value):
    return value if isinstance(value, Path) else value.path


@pytest.mark.parametrize(
    ("kind", "layout"),
    [
        (Home, LAYOUT),
        (Serving, SERVING_LAYOUT),
        (DbtFolder, DBT_LAYOUT),
        (InstanceFolder, INSTANCE_LAYOUT),
        (Catalogue, CATALOGUE_LAYOUT),
    ],
)
def test_the_layout_is_that_of_homes_that_exist(kind, layout):
    folder = kind(Path("/h"))
    assert {name: str(path_of(getattr(folder, name)).relative_to("/h")) for name in names_of(folder)} == layout


def test_the_page_of_operations_shows_the_layout():
    page = (ROOT / "docs" / "operations.md").read_text().partition("## The home folder\n")[2]
    tree = page.split("```")[1].split("<home>/\n")[1]
    entries = re.findall(r"^  ([^\s,]+(?:, [^\s,]+)*)", tree, re.MULTILINE)
    listed = {name.rstrip("/") for entry in entries for name in entry.split(", ")}
    assert {name.split("/")[0] for name in listed} == {name.split("/")[0] for name in LAYOUT.values()} | {"bi"}
    assert {name for name in listed if name.startswith("serving/")} == {
        f"serving/{name}" + ("/<id>" if name == "publications" else "") for name in SERVING_LAYOUT.values()
    }


def test_a_kept_publication_has_the_serving_folders_names():
    kept = Serving(Path("/s")).kept("20260301T040000000000Z-0123abcd")
    assert kept == PublicationFolder(Path("/s/publications/20260301T040000000000Z-0123abcd"))
    assert (kept.file.name, kept.parquet.name) == ("portfolio.duckdb", "parquet")


def test_a_home_s_own_instance_has_the_names_of_a_shared_one():
    home, shared = Home(Path("/h")), InstanceFolder(Path("/i"))
    assert (home.dagster_yaml, home.server_logs) == (Path("/h/dagster/dagster.yaml"), Path("/h/dagster/logs"))
    assert shared.location("acme") == Path("/i/locations/home_acme.py")


def test_logs_are_the_log_and_the_ones_beside_it(tmp_path):
    for name in ("dbt.log", "dbt.log.1", "manifest.json"):
        (tmp_path / name).touch()
    assert [path.name for path in DbtFolder(tmp_path).logs()] == ["dbt.log", "dbt.log.1"]


def spelled(path):
    """The names of the layout that a module spells: those with a dot anywhere, the other words where a path is made."""
    tree = ast.parse(path.read_text())
    in_paths = {id(part) for node in ast.walk(tree) for part in path_parts(node)}
    found = set()
    for node, text in texts(tree):
        parts = {part.lstrip(".") for part in text.split("/")} & NAMES if " " not in text else set()
        found |= {part for part in parts if "." in part or id(node) in in_paths}
    return found


def texts(tree):
    """Each text, with a `?` where a value goes into it."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node, "".join(part.value if isinstance(part, ast.Constant) else "?" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node, node.value


def path_parts(node):
    """The operands of `/`, and the arguments of what makes a path of texts."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return [part for side in (node.left, node.right) for part in ast.walk(side)]
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("Path", "joinpath", "with_name", "glob", "rglob"):
            return [part for argument in node.args for part in ast.walk(argument)]
    return []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_module_spells_a_name_of_the_home_folder(path):
    assert spelled(path) <= FOUND_ELSEWHERE.get(str(path.relative_to(ROOT)), set())


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("ledger = folder / 'ledger.sqlite'", {"ledger.sqlite"}),
        ("NAME = 'portfolio.duckdb'", {"portfolio.duckdb"}),
        ("f'publications/{name}/portfolio.duckdb'", {"portfolio.duckdb"}),
        ("folder / f'{month}.parquet'", set()),
        ("folder / f'publications/{name}'", {"publications"}),
        ("home / 'dbt' / 'runs'", {"dbt", "runs"}),
        ("Path('publications') / name", {"publications"}),
        ("link = serving / '.parquet'", {"parquet"}),
        ("file_format = 'parquet'", set()),
        ("'delete <home>/ledger.sqlite and run again'", set()),
    ],
)
def test_a_name_that_is_spelled_is_found(tmp_path, source, names):
    module = tmp_path / "module.py"
    module.write_text(source)
    assert spelled(module) == names
