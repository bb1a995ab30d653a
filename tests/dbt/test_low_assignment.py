"""Low assignment where doubles fall just short: ten points behind the median are ten points."""

from datetime import date
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from .warehouse import Warehouse

CASES = {
    # The median is (1/20 + 5/20) / 2 = 15 %, and 15 % - 5 % is 0.09999999999999999 in doubles.
    date(2026, 3, 1): ([1, 1, 1, 1, 5, 5, 5, 5], 0.05, 0.15, {0, 1, 2, 3}),
    # 25th percentile: rank 1.75 of 2, 3, 3, 6 … is 3/20; the median is 6/20, 15 points ahead.
    date(2026, 3, 2): ([2, 3, 3, 6, 6, 6, 6, 6], 0.15, 0.30, {0, 1, 2}),
    # All alike: nobody is low.
    date(2026, 3, 3): ([7] * 8, 0.35, 0.35, set[int]()),
}
"""By as-of date, whose snapshot is all that counts: assigned licences, 25th percentile, median, who is low."""


@pytest.fixture(scope="module")
def positions(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> list[dict[str, Any]]:
    """The positions of all days, built at once."""
    warehouse = Warehouse(tmp_path_factory.mktemp("low"), manifest)
    start = date(2025, 1, 1)
    for day, (assigned, *_) in CASES.items():
        warehouse.load("customers", [(day, "p", f"c{n}", f"C{n}", None, None) for n in range(8)])
        warehouse.load(
            "subscriptions", [(day, "p", f"c{n}", f"s{n}", False, "active", start, None, False) for n in range(8)]
        )
        warehouse.load(
            "license_assignments",
            [(day, "p", f"c{n}", f"s{n}", "meetings", "EE", None, 20, count) for n, count in enumerate(assigned)],
        )
    warehouse.build(min(CASES), max(CASES))
    return warehouse.rows("license_positions")


@pytest.mark.parametrize("day", CASES)
def test_ten_points_behind_the_median_are_low(day: date, positions: list[dict[str, Any]]) -> None:
    _, p25, median, low = CASES[day]
    found = [row for row in positions if row["as_of_date"] == day]
    assert {row["subscription_id"] for row in found if row["is_low_assignment"]} == {f"s{n}" for n in low}
    assert [row["peer_p25_ratio"] for row in found] == pytest.approx([p25] * 8)
    assert [row["peer_median_ratio"] for row in found] == pytest.approx([median] * 8)
