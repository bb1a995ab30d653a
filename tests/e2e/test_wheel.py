"""The wheel is whole: installed anywhere it builds, and nothing is written beside its code."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.definitions import workspace_of
from pipelines.manifest import models_digest, prepare_manifest
from pipelines.settings import load_settings

from .commands import published
from .homes import published_days
from .installing import ROOT, Installed, build, contents, littered_copy
from .running import portfolio

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES, VERSION = PROJECT["tool"]["mypy"]["packages"], PROJECT["project"]["version"]
WHERE = """
import importlib, json, sys
from contracts.project import dbt_project
from pipelines.manifest import models_digest
files = [importlib.import_module(name).__file__ for name in sys.argv[1:]]
print(json.dumps([files, str(dbt_project()), models_digest()]))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return littered_copy(tmp_path_factory.mktemp("source") / "checkout")


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(source, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    environment = Installed(wheel, tmp_path_factory.mktemp("installed"))
    yield environment
    environment.forget()


@pytest.fixture(scope="module")
def folder(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was empty, and in which the wheel's command simulated twelve days and built the last two."""
    folder = tmp_path_factory.mktemp("empty")
    days = ["--from", "2026-03-01", "--to", "2026-03-12"]
    installed.run("portfolio", "simulate", "landing", *days, "--customers", "8", "--seed", "1", folder=folder)
    days = ["--from", "2026-03-11", "--to", "2026-03-12"]
    installed.run("portfolio", "materialize", "--landing", "landing", "--home", "home", *days, folder=folder)
    return folder


def test_its_top_level_holds_our_packages_alone(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in contents(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert len(tops) == len(PACKAGES) + 1


def test_it_holds_every_module_the_whole_dbt_project_its_templates_and_what_dagster_reads(wheel: Path) -> None:
    project = ROOT / "dbt_project"
    read = [path for name in ("macros", "models", "tests") for path in (project / name).rglob("*.*")]
    expected = {f"contracts/{path.relative_to(ROOT)}": path for path in [*read, *project.glob("*.yml")]}
    expected |= {str(path.relative_to(ROOT)): path for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    beside = [path for path in (ROOT / "pipelines").rglob("*.*") if path.suffix not in {".py", ".pyc"}]
    expected |= {str(path.relative_to(ROOT)): path for path in beside}
    found = {name: content for name, content in contents(wheel).items() if ".dist-info/" not in name}
    assert found == {name: path.read_bytes() for name, path in expected.items()}


def test_the_sdist_gives_the_same_wheel(source: Path, wheel: Path, tmp_path: Path) -> None:
    again = build(build(source, "sdist", tmp_path / "sdist"), "wheel", tmp_path / "wheel")
    assert contents(again) == contents(wheel)


def test_everything_is_found_in_the_installed_packages(installed: Installed, tmp_path: Path) -> None:
    said = installed.run("python", "-P", "-c", WHERE, *PACKAGES, folder=tmp_path)
    files, project, digest = json.loads(said)
    assert files == [str(installed.packages / name / "__init__.py") for name in PACKAGES]
    assert project == str(installed.packages / "contracts" / "dbt_project")
    assert digest == models_digest()


def test_it_says_its_version(installed: Installed, tmp_path: Path) -> None:
    assert installed.run("portfolio", "--version", folder=tmp_path) == f"portfolio {VERSION}\n"


def test_it_builds_and_shows_from_an_empty_folder(installed: Installed, folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["home", "landing"]
    assert {str(day) for day in published_days(folder / "home")} == {"2026-03-11", "2026-03-12"}
    says = published(folder / "home", "select git_revision, program_version from meta.publication")
    assert says == [(None, VERSION)]
    assert "2026-03-12" in installed.run("portfolio", "show", "--home", "home", folder=folder)


def test_dagster_loads_the_definitions_by_the_workspace_that_is_served(installed: Installed, folder: Path) -> None:
    home, workspace = folder / "home", installed.packages / "pipelines" / "runs" / "workspace.yaml"
    arguments = ["-P", "-m", "dagster", "definitions", "validate", "--workspace", workspace, "--log-format", "json"]
    installed.run("python", *arguments, folder=folder, PORTFOLIO_HOME=home, DAGSTER_HOME=home / "dagster")


def test_what_it_built_is_not_stale_for_the_checkout(folder: Path) -> None:
    settings = load_settings(home=folder / "home", landing=folder / "landing")
    manifest = settings.folders.dbt.manifest
    parsed = manifest.stat().st_mtime_ns
    assert prepare_manifest(settings.folders, workspace_of(settings).dbt_environment()) == manifest
    assert manifest.stat().st_mtime_ns == parsed, "parsed again"
    status = portfolio("status", "--home", "home", "--landing", "landing", folder=folder)
    assert status.stdout.endswith("published days are up to date\n"), status.stdout + status.stderr
