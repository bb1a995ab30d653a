"""Freshness: days behind the last complete UTC day, of feeds, of partners in them, and of the publication."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.freshness import FreshnessLimits, feed_freshness, last_complete_day, publication_freshness
from tests.records import loaded

MONDAY = date(2026, 3, 2)


def newest(rows):
    return {row.name: row.newest_date for row in rows}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 3, 3, 0, 0, tzinfo=UTC), MONDAY),
        (datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 3, 1, 30, tzinfo=timezone(timedelta(hours=2))), date(2026, 3, 1)),
        (datetime(2026, 3, 2, 20, 0, tzinfo=timezone(timedelta(hours=-5))), MONDAY),
    ],
)
def test_the_last_complete_day_is_the_one_before_in_utc(now, expected):
    assert last_complete_day(now) == expected


def test_a_feed_is_as_new_as_its_newest_partition_and_a_partner_as_its_newest_with_rows():
    rows = feed_freshness(
        [
            loaded("license_usage", MONDAY, acme=4, zen=1),
            loaded("license_usage", MONDAY + timedelta(days=1), acme=2),
            loaded("license_usage", MONDAY + timedelta(days=2)),
            loaded("customers", MONDAY, acme=9),
        ],
        FreshnessLimits(feed_days=2),
    )
    assert [(row.name, row.newest_date.day, row.loaded_at.day) for row in rows] == [
        ("customers", 2, 3),
        ("customers of acme", 2, 3),
        ("license_usage", 4, 5),
        ("license_usage of acme", 3, 4),
        ("license_usage of zen", 2, 3),
    ]
    assert {row.max_age_days for row in rows} == {2}


def test_ages_count_from_the_last_complete_day_and_the_limit_itself_is_fresh():
    (row, _) = feed_freshness([loaded("customers", MONDAY, acme=1)], FreshnessLimits(feed_days=3))
    ages = {offset: row.age_days(MONDAY + timedelta(days=offset)) for offset in (-1, 0, 1, 3, 4)}
    assert ages == {-1: 0, 0: 0, 1: 1, 3: 3, 4: 4}
    assert [row.is_stale(MONDAY + timedelta(days=offset)) for offset in (0, 3, 4)] == [False, False, True]


def test_a_publication_is_as_new_as_its_newest_partner():
    when = datetime(2026, 3, 4, 5, 6)  # noqa: DTZ001  as DuckDB reads it
    rows = publication_freshness({"zen": MONDAY, "acme": date(2026, 3, 3)}, when, FreshnessLimits())
    assert newest(rows) == {
        "publication": date(2026, 3, 3),
        "publication of acme": date(2026, 3, 3),
        "publication of zen": MONDAY,
    }
    assert {row.loaded_at for row in rows} == {datetime(2026, 3, 4, 5, 6, tzinfo=UTC)}


def test_without_data_nothing_is_said():
    assert feed_freshness([], FreshnessLimits()) == []
    assert publication_freshness({}, datetime(2026, 3, 4, tzinfo=UTC), FreshnessLimits()) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["customers", "license_usage"]),
            st.integers(0, 9),
            st.sets(st.sampled_from(["a", "b", "c"])),
        ),
        max_size=30,
    )
)
def test_newest_days_are_maxima_in_any_order(partitions):
    records = [
        loaded(name, MONDAY + timedelta(days=offset), **dict.fromkeys(partners, 1))
        for name, offset, partners in partitions
    ]
    expected = {}
    for name, offset, partners in partitions:
        for key in (name, *(f"{name} of {partner}" for partner in partners)):
            expected[key] = max(expected.get(key, MONDAY), MONDAY + timedelta(days=offset))
    assert newest(feed_freshness(records, FreshnessLimits())) == expected
    assert newest(feed_freshness(reversed(records), FreshnessLimits())) == expected
