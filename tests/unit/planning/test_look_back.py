"""Which partitions as-of days look back on, by hand."""

from datetime import date, timedelta

from planning.days import EARLIEST_PARTITION
from planning.look_back import look_back_days, looked_back_on

D = date(2026, 3, 10)


def test_look_back_covers_ninety_days_of_usage_and_a_bridged_snapshot_a_week_before():
    assert look_back_days("license_usage", 3) == 89
    assert look_back_days("customers", 3) == 10


def test_days_look_back_from_the_first_of_them_to_the_last():
    found = looked_back_on([D + timedelta(days=1), D], 3)
    assert {name: (days[0], days[-1], len(days)) for name, days in found.items()} == {
        "customers": (date(2026, 2, 28), date(2026, 3, 11), 12),
        "subscriptions": (date(2026, 2, 28), date(2026, 3, 11), 12),
        "license_assignments": (date(2026, 2, 28), date(2026, 3, 11), 12),
        "license_usage": (date(2025, 12, 11), date(2026, 3, 11), 91),
        "contract_lines": (date(2026, 3, 7), date(2026, 3, 11), 5),
        "accounts": (date(2026, 3, 7), date(2026, 3, 11), 5),
    }


def test_nothing_is_looked_for_before_the_earliest_partition():
    found = looked_back_on([EARLIEST_PARTITION + timedelta(days=2)], 3)
    assert {len(days) for days in found.values()} == {3}
