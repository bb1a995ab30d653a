"""Single rules of the metric definitions, with values worked out by hand."""

from datetime import date

import pytest

from ...reference.metrics import percentile, size_band, whole_months


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2024, 1, 31), date(2024, 2, 29), 0),
        (date(2024, 1, 31), date(2024, 3, 31), 2),
        (date(2024, 2, 29), date(2025, 2, 28), 11),
        (date(2024, 12, 31), date(2025, 1, 1), 0),
        (date(2024, 5, 15), date(2024, 5, 15), 0),
    ],
)
def test_whole_months(start: date, end: date, months: int) -> None:
    assert whole_months(start, end) == months


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (1, "1-24"),
        (24, "1-24"),
        (25, "25-99"),
        (99, "25-99"),
        (100, "100-499"),
        (499, "100-499"),
        (500, "500-1999"),
        (1999, "500-1999"),
        (2000, "2000+"),
    ],
)
def test_size_bands(total: int, band: str) -> None:
    assert size_band(total) == band


def test_percentiles_interpolate_between_the_closest_ranks() -> None:
    assert percentile([4.0, 1.0, 2.0, 8.0], 0.25) == 1.75  # rank 0.75: 1 + 0.75 x 1
    assert percentile([4.0, 1.0, 2.0, 8.0], 0.5) == 3.0
    assert percentile([0.3], 0.25) == 0.3
    assert percentile([0.1] * 8, 0.25) == 0.1  # ties are exact
