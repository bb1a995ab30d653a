"""The real command on the hand-worked portfolio of tests/golden yields the marts worked out there."""

from datetime import date
from pathlib import Path

from ..reference.comparing import marts_from_csv
from .comparing import assert_marts_equal
from .running import materialize

GOLDEN = Path(__file__).parent.parent / "golden"


def test_publishes_the_marts_worked_out_by_hand(tmp_path: Path) -> None:
    finished = materialize(GOLDEN / "landing", tmp_path, date(2024, 5, 30), date(2024, 5, 31))
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert_marts_equal(tmp_path / "serving" / "portfolio.duckdb", marts_from_csv(GOLDEN / "marts"))
