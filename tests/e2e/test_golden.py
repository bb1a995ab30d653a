"""The real command on the hand-worked portfolio of tests/golden yields the marts worked out there."""

from pathlib import Path

import pytest

from ..reference.comparing import marts_from_csv
from .built import golden_home
from .comparing import assert_marts_equal

GOLDEN = Path(__file__).parent.parent / "golden"


def test_publishes_the_marts_worked_out_by_hand(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = golden_home(tmp_path_factory)
    assert_marts_equal(home / "serving" / "portfolio.duckdb", marts_from_csv(GOLDEN / "marts"))
