"""Causes that many days have in common."""

from datetime import UTC, date, datetime, timedelta

from cli.screen.causes import by_cause, refusal_lines
from planning.records import RefusalRecord

D = date(2026, 3, 1)


def day(offset):
    return D + timedelta(days=offset)


def refusal(offset, cause, dataset="customers"):
    return RefusalRecord(dataset, day(offset), "", "", cause, 1, datetime.now(UTC))


def test_few_causes_are_kept_apart_and_days_of_one_cause_together():
    causes = {day(0): "customers 2026-03-01", day(1): "customers 2026-03-02", day(2): "customers 2026-03-01"}
    assert by_cause(causes) == [("customers 2026-03-01", [day(0), day(2)]), ("customers 2026-03-02", [day(1)])]


def test_many_that_differ_in_dates_alone_are_one():
    causes = {day(n): f"customers {day(n)} (row_count), subscriptions {day(n)}" for n in range(1427)}
    assert by_cause(causes | {day(5): "license_usage 2026-03-06"}) == [
        (
            (
                "customers 2026-03-01…2026-03-05, 2026-03-07…2030-01-25 (row_count), "
                "subscriptions 2026-03-01…2026-03-05, 2026-03-07…2030-01-25"
            ),
            [day(n) for n in range(1427) if n != 5],
        ),
        ("license_usage 2026-03-06", [day(5)]),
    ]


def test_many_that_differ_in_figures_name_the_first():
    causes = {day(n): f"license_usage {day(n)} and {n} more changed" for n in range(20)}
    assert by_cause(causes) == [
        ("license_usage 2026-03-01 and 0 more changed (and alike)", [day(n) for n in range(20)])
    ]


def test_refusals_of_one_kind_are_a_line_when_they_are_many():
    same = [refusal(n, "a.csv: lacks the required columns customer_id") for n in range(11)]
    other = [refusal(n, f"{n} of 40 rows break the contract: bad_type {n}", "license_usage") for n in range(4, 16)]
    assert list(refusal_lines([*same, refusal(20, "a.csv: is empty"), *other])) == [
        ("customers 2026-03-01…2026-03-11 (11 days)", "a.csv: lacks the required columns customer_id"),
        ("customers 2026-03-21", "a.csv: is empty"),
        (
            "license_usage 2026-03-05…2026-03-16 (12 days)",
            "4 of 40 rows break the contract: bad_type 4 (and alike)",
        ),
    ]
    assert list(refusal_lines(same[:2])) == [
        ("customers 2026-03-01", "a.csv: lacks the required columns customer_id"),
        ("customers 2026-03-02", "a.csv: lacks the required columns customer_id"),
    ]


def test_a_long_cause_is_cut_and_what_a_terminal_acts_on_is_not_shown():
    ((_, cause),) = refusal_lines([refusal(0, "a.csv: lacks \x1b[31m" + "x" * 58_924)])
    assert len(cause) == 1_200 and cause.startswith("a.csv: lacks �[31mxxx") and cause.endswith("x…")
