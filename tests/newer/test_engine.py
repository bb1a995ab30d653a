"""The environment is what it is said to be: the rest of the suite that runs in it is run by a newer DuckDB."""

from importlib.metadata import version
from pathlib import Path

import duckdb

from ..e2e.comparing import assert_marts_equal
from ..reference.comparing import marts_from_csv

GOLDEN = Path(__file__).parents[1] / "golden"


def test_this_environments_duckdb_is_of_the_next_major_version() -> None:
    assert duckdb.__version__ == version("duckdb")
    assert duckdb.__version__.startswith("2.")


def test_it_publishes_the_marts_worked_out_by_hand(newer: Path) -> None:
    assert_marts_equal(newer, marts_from_csv(GOLDEN / "marts"))


def test_it_reads_and_extends_what_the_locked_one_published(locked: Path) -> None:
    assert_marts_equal(locked, marts_from_csv(GOLDEN / "marts"))
