"""Calendar days, by hand."""

from datetime import date, timedelta

from planning.days import EARLIEST_AS_OF_DATE, EARLIEST_PARTITION, days_between, ranges
from planning.look_back import activity_look_back_days

D = date(2026, 3, 10)


def day(offset: int) -> date:
    return D + timedelta(days=offset)


def test_both_ends_are_days_between_and_none_are_backwards():
    assert list(days_between(date(2026, 2, 27), date(2026, 3, 1))) == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]
    assert list(days_between(D, D)) == [D]
    assert list(days_between(D, day(-1))) == []


def test_ranges_join_consecutive_days_up_to_a_length():
    days = [day(0), day(1), day(2), day(4), day(5), day(5)]
    assert ranges(days, 2) == [(day(0), day(1)), (day(2), day(2)), (day(4), day(5))]
    assert ranges([], 2) == []


def test_the_earliest_days_are_fixed():
    """Dagster counts partitions from them: another day would number all of them anew."""
    assert (date(2020, 1, 1), date(2019, 10, 1)) == (EARLIEST_AS_OF_DATE, EARLIEST_PARTITION)


def test_the_earliest_partition_is_early_enough_for_the_first_as_of_date():
    assert EARLIEST_AS_OF_DATE - timedelta(days=activity_look_back_days()) >= EARLIEST_PARTITION
