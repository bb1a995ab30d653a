"""Low assignment where doubles fall just short: ten points behind the median are ten points."""

from datetime import date

import pytest

from .warehouse import Warehouse

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("assigned", "p25", "median", "low"),
    [
        # The median is (1/20 + 5/20) / 2 = 15 %, and 15 % - 5 % is 0.09999999999999999 in doubles.
        ([1, 1, 1, 1, 5, 5, 5, 5], 0.05, 0.15, {0, 1, 2, 3}),
        # 25th percentile: rank 1.75 of 2, 3, 3, 6 … is 3/20; the median is 6/20, 15 points ahead.
        ([2, 3, 3, 6, 6, 6, 6, 6], 0.15, 0.30, {0, 1, 2}),
        # All alike: nobody is low.
        ([7] * 8, 0.35, 0.35, set()),
    ],
)
def test_ten_points_behind_the_median_are_low(
    warehouse: Warehouse, assigned: list[int], p25: float, median: float, low: set[int]
) -> None:
    warehouse.load("customers", [(DAY, "p", f"c{n}", f"C{n}", None, None) for n in range(8)])
    start = date(2025, 1, 1)
    warehouse.load(
        "subscriptions", [(DAY, "p", f"c{n}", f"s{n}", False, "active", start, None, False) for n in range(8)]
    )
    warehouse.load(
        "license_assignments",
        [(DAY, "p", f"c{n}", f"s{n}", "meetings", "EE", None, 20, count) for n, count in enumerate(assigned)],
    )
    warehouse.build(DAY, DAY)
    found = warehouse.rows("license_positions")
    assert {row["subscription_id"] for row in found if row["is_low_assignment"]} == {f"s{n}" for n in low}
    assert [row["peer_p25_ratio"] for row in found] == pytest.approx([p25] * 8)
    assert [row["peer_median_ratio"] for row in found] == pytest.approx([median] * 8)
