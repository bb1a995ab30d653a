"""What a release ships and runs is pinned, hashed, names no index, and is what the tests run with."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ("requirements.lock", "requirements-runtime.lock", "requirements-spark.lock", "release/requirements.lock")


def pinned(name: str) -> dict[str, str]:
    """The lines of a lock file by package: version and marker."""
    lines = (ROOT / name).read_text().splitlines()
    found = [line.removesuffix("\\").strip() for line in lines if re.match(r"[a-z0-9]", line)]
    return {re.split(r"==|\[", line)[0]: line for line in found}


def needed(*extras: str) -> set[str]:
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def test_what_a_wheel_needs_is_pinned_as_it_was_tested():
    tested, shipped = pinned("requirements.lock"), pinned("requirements-runtime.lock")
    assert {name: line.partition(" ")[0] for name, line in shipped.items()}.items() <= {
        name: line.partition(" ")[0] for name, line in tested.items()
    }.items()
    extras = PROJECT["optional-dependencies"].keys() - {"dev", "spark"}
    assert needed(*extras) <= shipped.keys()


def test_it_has_neither_what_contributors_run_nor_what_downloads_a_compiler():
    shipped = pinned("requirements-runtime.lock").keys()
    assert not shipped & {"pytest", "ruff", "mypy", "uv", "playwright", "dbt-core-experimental-parser"}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_a_hash_and_no_index_is_named(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    entries = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(entries) > 10
