"""Anomaly checks: verdicts on hand-made histories, with figures worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from expectations.anomalies import validate_anomalies
from expectations.contract import CUSTOMERS, LICENSE_ASSIGNMENTS, LICENSE_USAGE, SUBSCRIPTIONS
from expectations.observations import days_before, observe
from expectations.profiles import Lost, Profile
from expectations.results import Severity
from expectations.suites.anomaly_suite import Thresholds

MONDAY = date(2026, 3, 30)
WEEKS = [MONDAY - timedelta(weeks=n) for n in (4, 3, 2, 1)]
YESTERDAY = [MONDAY - timedelta(days=n) for n in (4, 3, 2, 1)]


def verdicts(dataset, history, profile, lost=None, usable=None, thresholds=None):
    """Severity by check of what fails on the day of a profile; `history` may hold days without anything."""
    profiles = {day: {p.partner_id: p for p in found} for day, found in history.items()}
    profiles[profile.day] = {profile.partner_id: profile}
    days = sorted(history) if usable is None else usable
    lost = {} if lost is None else {(profile.day, profile.partner_id): lost}
    observations = observe(dataset, [profile.day], profiles, days, lost)
    results = validate_anomalies(dataset, [profile.day], observations, thresholds or Thresholds())
    return {result.check_name: result.severity for result in results if not result.passed}


def on(days, **facts):
    return {day: [Profile(day, "p", **facts)] for day in days}


ROW_COUNTS = [
    (60, Severity.WARN),  # 40 % less than 100
    (61, None),
    (139, None),
    (140, Severity.WARN),  # 40 % more
    (21, Severity.WARN),
    (20, Severity.ERROR),  # 80 % less
    (179, Severity.WARN),
    (180, Severity.ERROR),  # 80 % more
]


@pytest.mark.parametrize(("rows", "severity"), ROW_COUNTS)
def test_rows_are_held_against_the_median_of_the_same_weekday(rows, severity):
    # 100 is the median of 90, 100, 100 and 7,000; the Sundays between don't count.
    history = {day: [Profile(day, "p", n)] for day, n in zip(WEEKS, (90, 100, 100, 7000), strict=True)}
    history |= on([day - timedelta(days=1) for day in WEEKS], rows=3)

    found = verdicts(SUBSCRIPTIONS, history, Profile(MONDAY, "p", rows))

    assert found == ({"row_count": severity} if severity else {})


@pytest.mark.parametrize(("weeks", "usual"), [(3, 100), (4, 99)])
def test_too_little_history_only_informs(weeks, usual):
    history = on(WEEKS[-weeks:], rows=usual)

    assert verdicts(SUBSCRIPTIONS, history, Profile(MONDAY, "p", 1)) == {"row_count": Severity.INFO}


def test_without_history_nothing_is_found():
    assert verdicts(SUBSCRIPTIONS, {}, Profile(MONDAY, "p", 1)) == {}


def test_a_partner_is_compared_with_itself():
    others = {day: [Profile(day, "p", 100), Profile(day, "q", 5000)] for day in WEEKS}

    assert verdicts(SUBSCRIPTIONS, others, Profile(MONDAY, "p", 100)) == {}


def test_a_partner_that_is_absent_is_missing_and_not_judged():
    history = {day: [Profile(day, "p", 100), Profile(day, "q", 100)] for day in WEEKS}
    profiles = {day: {p.partner_id: p for p in found} for day, found in history.items()}
    profiles[MONDAY] = {"q": Profile(MONDAY, "q", 100)}

    assert {o.partner_id for o in observe(SUBSCRIPTIONS, [MONDAY], profiles, WEEKS, {})} == {"q"}


def test_days_that_do_not_count_as_history_and_later_ones_are_left_out():
    history = on(WEEKS, rows=100) | on([MONDAY + timedelta(weeks=1)], rows=1)

    assert verdicts(SUBSCRIPTIONS, history, Profile(MONDAY, "p", 1), usable=WEEKS[:3]) == {"row_count": Severity.INFO}


def test_history_ends_after_eight_weeks():
    old = [MONDAY - timedelta(weeks=n) for n in (12, 11, 10, 9)]
    eighth = MONDAY - timedelta(weeks=8)

    assert verdicts(SUBSCRIPTIONS, on(old, rows=100), Profile(MONDAY, "p", 1)) == {}
    assert verdicts(SUBSCRIPTIONS, on([*old, eighth], rows=100), Profile(MONDAY, "p", 1)) == {
        "row_count": Severity.INFO
    }


@pytest.mark.parametrize(("rows", "severity"), [(50, Severity.WARN), (49, Severity.ERROR)])
def test_usage_as_quiet_as_half_a_sunday_is_a_holiday(rows, severity):
    history = on(WEEKS, rows=1000) | on([day - timedelta(days=1) for day in WEEKS], rows=100)

    assert verdicts(LICENSE_USAGE, history, Profile(MONDAY, "p", rows))["row_count"] is severity


@pytest.mark.parametrize(
    ("lost", "severity"), [(9, None), (10, Severity.WARN), (49, Severity.WARN), (50, Severity.ERROR)]
)
def test_customers_lost_since_the_snapshot_before(lost, severity):
    found = verdicts(CUSTOMERS, on(YESTERDAY, rows=100), Profile(MONDAY, "p", 100), Lost(100, lost, ("c",)))

    assert found == ({"customers_lost": severity} if severity else {})


SMALL = [
    # Customers or subscriptions before and gone; a partner of so few rows is held from three on, and half of them.
    (5, 3, Severity.ERROR),
    (6, 3, Severity.ERROR),
    (7, 3, Severity.INFO),  # 43 %
    (4, 2, Severity.INFO),  # half, but two
    (2, 2, Severity.INFO),
    (99, 50, Severity.ERROR),
    (99, 49, Severity.INFO),
]


@pytest.mark.parametrize("dataset", [CUSTOMERS, SUBSCRIPTIONS])
@pytest.mark.parametrize(("before", "gone", "severity"), SMALL)
def test_a_small_partner_that_loses_three_and_half_is_held(dataset, before, gone, severity):
    history, now = on(YESTERDAY, rows=before), Profile(MONDAY, "p", before - gone)
    check = {CUSTOMERS: "customers_lost", SUBSCRIPTIONS: "subscriptions_lost"}[dataset]
    under_half = dataset is SUBSCRIPTIONS and gone / before < 0.5  # which warns of customers alone

    found = verdicts(dataset, history, now, Lost(before, gone, ("x",)))

    assert found == ({} if under_half else {check: severity})


def test_a_small_partner_is_held_from_its_thresholds_on_and_after_enough_days():
    now, lost = Profile(MONDAY, "p", 7), Lost(10, 3, ("x",))
    few = Thresholds(customers_lost_block=0.3)

    assert verdicts(CUSTOMERS, on(YESTERDAY, rows=10), now, lost) == {"customers_lost": Severity.INFO}
    assert verdicts(CUSTOMERS, on(YESTERDAY, rows=10), now, lost, thresholds=few) == {"customers_lost": Severity.ERROR}
    assert verdicts(CUSTOMERS, on(YESTERDAY[1:], rows=10), now, lost, thresholds=few) == {
        "customers_lost": Severity.INFO
    }


def test_subscriptions_of_a_large_partner_are_held_when_half_are_gone():
    history, now = on(YESTERDAY, rows=400), Profile(MONDAY, "p", 200)

    assert verdicts(SUBSCRIPTIONS, history, now, Lost(400, 200)) == {"subscriptions_lost": Severity.ERROR}
    assert verdicts(SUBSCRIPTIONS, history, now, Lost(400, 199)) == {}


def test_the_day_before_is_the_partners_newest_with_rows():
    profiles = {day: {"p": Profile(day, "p", 1)} for day in YESTERDAY}
    profiles[YESTERDAY[-1]] = {"q": Profile(YESTERDAY[-1], "q", 1)}
    profiles[MONDAY] = {"p": Profile(MONDAY, "p", 1), "r": Profile(MONDAY, "r", 1)}

    assert list(days_before([MONDAY], profiles, YESTERDAY)) == [(MONDAY, "p", YESTERDAY[2])]


LICENSES = [
    (501, 1, None),
    (500, 1, Severity.ERROR),  # half of 1,000
    (1000, 0, Severity.ERROR),  # none assigned any more
    (2000, 1, None),
]


@pytest.mark.parametrize(("total", "assigned", "severity"), LICENSES)
def test_licences_that_are_gone_or_no_longer_assigned(total, assigned, severity):
    before = on(YESTERDAY, rows=100, total_licenses=1000, assigned_licenses=700)
    now = Profile(MONDAY, "p", 100, total_licenses=total, assigned_licenses=assigned)

    found = verdicts(LICENSE_ASSIGNMENTS, before, now)

    assert found == ({"licenses_fallen": severity} if severity else {})


SMALL_LICENSES = [
    # Total and assigned before and now, on five lines: at three licences and half of them.
    ((1660, 900), (180, 60), Severity.ERROR),
    ((6, 5), (3, 3), Severity.ERROR),
    ((7, 5), (4, 3), None),  # 43 %
    ((4, 3), (2, 2), Severity.INFO),  # half, but two
    ((10, 3), (10, 0), Severity.ERROR),  # three of three are no longer assigned
    ((10, 2), (10, 0), Severity.INFO),
    ((10, 2), (5, 0), Severity.ERROR),  # five of ten are gone
    ((100, 2), (97, 0), Severity.INFO),  # three, which are not half; none is assigned, but there were two
]


@pytest.mark.parametrize(("before", "now", "severity"), SMALL_LICENSES)
def test_a_small_partner_that_loses_three_licences_and_half_is_held(before, now, severity):
    history = on(YESTERDAY, rows=5, total_licenses=before[0], assigned_licenses=before[1])

    found = verdicts(
        LICENSE_ASSIGNMENTS, history, Profile(MONDAY, "p", 5, total_licenses=now[0], assigned_licenses=now[1])
    )

    assert found == ({"licenses_fallen": severity} if severity else {})


def test_none_assigned_is_no_news_where_none_was():
    before = on(YESTERDAY, rows=100, total_licenses=1000)

    assert verdicts(LICENSE_ASSIGNMENTS, before, Profile(MONDAY, "p", 100, total_licenses=1000)) == {}


@pytest.mark.parametrize(("sundays", "severity"), [(4, Severity.WARN), (3, Severity.INFO)])
def test_usage_on_a_weekday_that_never_has_any(sundays, severity):
    sunday = MONDAY - timedelta(days=1)
    empty = {sunday - timedelta(weeks=n): [] for n in range(1, sundays + 1)}
    history = on([min(empty) - timedelta(days=1), *WEEKS[1:]], rows=100) | empty

    assert verdicts(LICENSE_USAGE, history, Profile(sunday, "p", 100)) == {"usage_weekday": severity}


@pytest.mark.parametrize(("calling", "severity"), [(440, None), (450, Severity.WARN)])
def test_a_products_share_that_moves(calling, severity):
    # A quarter of all usually; 450 of 1,000 is 20 points more.
    history = on(WEEKS, rows=1000, products={"meetings": 750, "calling": 250})
    now = Profile(MONDAY, "p", 1000, products={"meetings": 1000 - calling, "calling": calling})

    found = verdicts(LICENSE_USAGE, history, now)

    assert found == ({"product_shares": severity} if severity else {})


def test_licence_codes_that_no_earlier_snapshot_has():
    history = on(YESTERDAY, rows=100, license_codes=frozenset({"EE"}))
    history[YESTERDAY[0]] = [Profile(YESTERDAY[0], "p", 100, license_codes=frozenset({"OLD"}))]
    now = Profile(MONDAY, "p", 100, license_codes=frozenset({"EE", "OLD"}))

    assert verdicts(LICENSE_ASSIGNMENTS, history, now) == {}
    assert verdicts(LICENSE_ASSIGNMENTS, history, replace(now, license_codes=frozenset({"EE", "XX"}))) == {
        "license_codes": Severity.WARN
    }


def test_a_result_names_partner_observed_and_expected():
    profiles = {day: {"p": Profile(day, "p", 1000)} for day in WEEKS} | {MONDAY: {"p": Profile(MONDAY, "p", 100)}}
    observations = observe(SUBSCRIPTIONS, [MONDAY], profiles, WEEKS, {})

    (result, _) = validate_anomalies(SUBSCRIPTIONS, [MONDAY], observations, Thresholds())

    assert result.blocks
    assert result.partner_id == "p"
    assert result.message == "p: 100 rows, -90% against the median of Mondays, 1,000"


INFORMS = [
    (WEEKS, 50, 1, "-98% against the median of Mondays, 50 (would block; rows to compare with: 50, needed: 100)"),
    (WEEKS, 50, 25, "-50% against the median of Mondays, 50 (would warn; rows to compare with: 50, needed: 100)"),
    (WEEKS[1:], 500, 5, "-99% against the median of Mondays, 500 (would block; comparable days: 3, needed: 4)"),
]


@pytest.mark.parametrize(("days", "usual", "rows", "message"), INFORMS)
def test_a_check_that_only_informs_says_what_it_would_do_and_what_it_lacks(days, usual, rows, message):
    profiles = {day: {"p": Profile(day, "p", usual)} for day in days} | {MONDAY: {"p": Profile(MONDAY, "p", rows)}}
    observations = observe(SUBSCRIPTIONS, [MONDAY], profiles, days, {})

    (result, _) = validate_anomalies(SUBSCRIPTIONS, [MONDAY], observations, Thresholds())

    assert (result.severity, result.message) == (Severity.INFO, f"p: {rows} rows, {message}")
    assert result.would_block is ("would block" in message)
    assert not result.blocks


def test_every_check_of_a_day_has_a_result_also_without_rows():
    results = validate_anomalies(LICENSE_ASSIGNMENTS, [MONDAY], [], Thresholds())

    assert [result.check_name for result in results] == [
        "row_count",
        "licenses_fallen",
        "product_shares",
        "license_codes",
    ]
    assert all(result.passed for result in results)
