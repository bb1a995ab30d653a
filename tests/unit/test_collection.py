"""The suite has the same tests, of the same names, whoever collects it and when.

The processes that share `make test` compare what they have collected, and end all of it by a name made from a clock, a
random number or the order of a set: only on the days on which the two differ.
"""

import os
import subprocess
import sys

import pytest
from hypothesis import settings

from tests.install import ROOT


def test_a_second_collection_has_the_same_tests(request: pytest.FixtureRequest) -> None:
    """Asked of another process, at another time, with another order of sets; all tests that this run has collected."""
    here = {item.nodeid for item in request.session.items}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PORTFOLIO_"))}
    another = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", "tests"],
        cwd=ROOT, env=environment | {"PYTHONHASHSEED": "1"}, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert sorted(here.difference(another.stdout.splitlines())) == []


def test_no_example_of_hypothesis_is_timed() -> None:
    assert settings().deadline is None
