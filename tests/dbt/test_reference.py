"""The marts of random portfolios equal those of the naive implementation."""

from pathlib import Path

import pytest

from ..reference.comparing import differences, report
from ..reference.marts import reference_build
from ..reference.portfolios import write_portfolio
from ..reference.raw import Landing
from .warehouse import Warehouse


@pytest.mark.parametrize("seed", range(100, 104))
def test_marts_equal_the_naive_implementation(seed: int, tmp_path: Path, warehouse: Warehouse) -> None:
    first, last = write_portfolio(seed, tmp_path / "landing")
    landing = Landing(tmp_path / "landing")

    warehouse.build(first, last, warehouse.load_landing(landing, first, last))

    expected = reference_build(landing, first, last).marts
    for mart, rows in warehouse.marts().items():
        lines = differences(mart, rows, expected.pop(mart))
        assert not lines, report("marts", mart, lines)
    assert not expected
