"""Simulated portfolios that several tests read."""

from datetime import date
from pathlib import Path

import pytest

from sources.simulator import simulate

from .simulated import SPRING, Row, days_between, read


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty customers of two partners over two weeks."""
    landing = tmp_path_factory.mktemp("spring")
    simulate(landing, *SPRING, customers=60, seed=11, partners=2)
    return landing


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> dict[date, list[Row]]:
    """The subscriptions of sixty small customers, day by day over two years."""
    landing = tmp_path_factory.mktemp("years")
    first, last = date(2024, 1, 1), date(2025, 12, 31)
    simulate(landing, first, last, customers=60, seed=5, seats=400)
    return {day: read(landing, "subscriptions", day) for day in days_between(first, last)}
