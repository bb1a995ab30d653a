"""Which partitions as-of days look back on, by hand."""

from datetime import date, timedelta

from planning.days import EARLIEST_PARTITION
from planning.look_back import (
    days_before,
    look_back_days,
    looked_back_on,
    needed_look_back_days,
    partitions_of,
)

D = date(2026, 3, 10)


SNAPSHOTS = ("customers", "subscriptions", "license_assignments")


def test_look_back_covers_ninety_days_of_usage_and_a_bridged_snapshot_a_year_before():
    assert look_back_days("license_usage", 3) == needed_look_back_days("license_usage", 3) == 89
    assert {look_back_days(name, 3) for name in SNAPSHOTS} == {368}
    assert {look_back_days(name, 3) for name in ("contract_lines", "accounts")} == {3}


def test_a_day_hinges_on_no_snapshot_before_the_bridged_one_of_a_week_before():
    assert {needed_look_back_days(name, 3) for name in SNAPSHOTS} == {10}


def test_the_days_whose_snapshots_are_looked_at():
    assert {days_before(name) for name in SNAPSHOTS} == {(365, 208, 180, 118, 90, 28, 7, 6, 0)}
    assert {days_before(name) for name in ("contract_lines", "accounts", "license_usage")} == {(0,)}


def test_days_look_back_on_what_they_look_at_and_on_nothing_between():
    found = looked_back_on([D + timedelta(days=1), D], 3)
    assert {name: (days[0], days[-1], len(days)) for name, days in found.items() if name not in SNAPSHOTS} == {
        "license_usage": (date(2025, 12, 11), date(2026, 3, 11), 91),
        "contract_lines": (date(2026, 3, 7), date(2026, 3, 11), 5),
        "accounts": (date(2026, 3, 7), date(2026, 3, 11), 5),
    }
    looked_at = [
        (date(2025, 3, 7), 5),  # 368 … 364 days before
        (date(2025, 8, 11), 5),  # 211 … 207
        (date(2025, 9, 8), 5),  # 183 … 179
        (date(2025, 11, 9), 5),  # 121 … 117
        (date(2025, 12, 7), 5),  # 93 … 89
        (date(2026, 2, 7), 5),  # 31 … 27
        (date(2026, 2, 28), 6),  # 10 … 5
        (date(2026, 3, 7), 5),  # 3 … the days themselves
    ]
    expected = [start + timedelta(days=count) for start, length in looked_at for count in range(length)]
    assert {name: found[name] for name in SNAPSHOTS} == dict.fromkeys(SNAPSHOTS, expected)


def test_partitions_of_a_long_range_have_no_gap_where_look_backs_meet():
    last = D + timedelta(days=176)
    found = partitions_of("customers", D, last, 3)
    gap = [day for day in found if (day + timedelta(days=1)) not in found]
    assert (found[0], found[-1]) == (D - timedelta(days=368), last)
    assert gap == [last]


def test_nothing_is_looked_for_before_the_earliest_partition():
    found = looked_back_on([EARLIEST_PARTITION + timedelta(days=2)], 3)
    assert {len(days) for days in found.values()} == {3}
