"""What has expired, by hand: ages count back from the newest published day, and a recorded horizon holds."""

from datetime import UTC, date, datetime, timedelta

from planning.records import PartitionRecord
from planning.retention import (
    Expired,
    Retention,
    expired_mart_days,
    expired_partitions,
    expired_quarantine,
    expired_runs,
)

NEWEST = date(2026, 3, 10)


def day(offset: int) -> date:
    return NEWEST + timedelta(days=offset)


def record(dataset: str, offset: int, quarantined: int) -> PartitionRecord:
    when = datetime(2026, 3, 11, tzinfo=UTC)
    return PartitionRecord(dataset, day(offset), "", "", "", 1, quarantined, 0, quarantined, 0, when)


def test_a_partition_as_old_as_the_limit_is_kept():
    known = {"customers": {day(-10), day(-11), day(-12)}, "license_usage": {day(-89), day(-90)}}
    retention = Retention(usage_days=89, snapshot_days=10)
    assert expired_partitions(known, {}, retention, NEWEST) == {
        "customers": [day(-12), day(-11)],
        "license_usage": [day(-90)],
    }
    assert expired_partitions(known, {}, Retention(), NEWEST) == {}


def test_what_is_left_before_a_recorded_horizon_goes_whatever_the_settings():
    known = {"customers": {day(-5), day(-4)}, "subscriptions": {day(-5)}}
    assert expired_partitions(known, {"customers": day(-4)}, Retention(), NEWEST) == {"customers": [day(-5)]}
    assert expired_mart_days([day(-1), day(-3), day(-2)], {"marts": day(-2)}, Retention(), NEWEST) == [day(-3)]
    assert expired_mart_days([day(-3), day(-2)], {"marts": day(-9)}, Retention(mart_days=2), NEWEST) == [day(-3)]


def test_quarantined_rows_go_before_their_partition():
    records = [record("customers", -9, 1), record("customers", -8, 2), record("customers", -7, 0)]
    retention = Retention(quarantine_days=6)
    assert expired_quarantine(records, retention, NEWEST, {}) == {"customers": [day(-9), day(-8)]}
    assert expired_quarantine(records, retention, NEWEST, {"customers": [day(-9)]}) == {"customers": [day(-8)]}
    assert expired_quarantine(records, Retention(), NEWEST, {}) == {}


def test_dbt_runs_go_with_the_as_of_days():
    changed = {"b": day(-3), "a": day(-4), "c": day(-2)}
    assert expired_runs(changed, Retention(mart_days=2), NEWEST) == ["a", "b"]
    assert expired_runs(changed, Retention(), NEWEST) == []


def test_the_first_kept_day_is_the_one_after_the_last_that_expired():
    expired = Expired({"customers": [day(-9), day(-7)]}, {"subscriptions": [day(-1)]}, [day(-4)])
    assert expired.kept_from == {"customers": day(-6), "marts": day(-3)}
    assert expired
    assert not Expired()
