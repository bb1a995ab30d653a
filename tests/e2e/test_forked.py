"""A forked command is cheap: nothing is left to import, and dbt's parse is that of the homes before."""

import json
import os
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

from pipelines.definitions import workspace_of
from pipelines.manifest import prepare_manifest
from pipelines.settings import load_settings

from . import forked
from .running import PORTFOLIO, TIMEOUT_SECONDS, materialize_arguments

GOLDEN = Path(__file__).parent.parent / "golden" / "landing"
DAY = date(2024, 5, 31)
MANY = 100
"""Great Expectations alone is more than a thousand modules."""


def parse() -> None:
    """Have dbt parse the project for a home, if need be."""
    settings = load_settings(home=Path(sys.argv[1]))
    prepare_manifest(settings.folders, workspace_of(settings).dbt_environment())


def tell_late_imports() -> None:
    """Run the command; its last line names the modules that it imported."""
    before = set(sys.modules)
    try:
        forked.portfolio()
    finally:
        print(json.dumps(sorted(set(sys.modules) - before)))  # noqa: T201


@pytest.mark.parametrize("module", forked.PRELOADED)
def test_what_is_preloaded_is_there(module: str) -> None:
    """The server passes over what it does not find."""
    assert find_spec(module) is not None


def test_nothing_is_imported_late_or_parsed_again(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    parsed = forked.run(["parse", str(one)], tmp_path, os.environ, TIMEOUT_SECONDS, parse)
    assert parsed.returncode == 0, parsed.stderr
    command = [str(PORTFOLIO), *map(str, materialize_arguments(GOLDEN, other, DAY, DAY))]
    done = forked.run(command, tmp_path, os.environ, TIMEOUT_SECONDS, tell_late_imports)
    assert done.returncode == 0, done.stdout + done.stderr
    late = json.loads(done.stdout.splitlines()[-1])
    assert len(late) < MANY, late

    manifests = {(home / "dbt" / "manifest.json").read_bytes() for home in (one, other)}
    assert len(manifests) == 1
    (log,) = (other / "dbt" / "runs").glob("*/dbt.log")
    assert "Unable to do partial parsing" not in log.read_text()
