"""Enterprise agreements: when they are measured, and by how much they are over."""

from datetime import date
from typing import Any

from .book import DAY, Book, case

FORWARD = "true_forward"


def agreement(
    book: Book, subscription: str = "s", *, allowance: str | None = None, price: str = "1", **told: Any
) -> None:
    book.stands(subscription, **told)
    book.priced(subscription, price=price, model="enterprise_agreement", allowance=allowance)


@case
def anniversaries_are_clamped_to_months(book: Book) -> None:
    starts = {
        # k = 4 is D itself; 47 months later is 2024-01-29, so 01-28: 3 + 29 = 32 days ago
        "leap day": (date(2020, 2, 29), DAY, date(2024, 1, 28), -32),
        # 11 months later is 2024-02-01, so 01-31
        "next day": (date(2023, 3, 1), date(2024, 3, 1), date(2024, 1, 31), -29),
        # 11 months later is 2024-02-29, since there is no 02-31: measured yesterday
        "month's end": (date(2023, 3, 31), date(2024, 3, 31), date(2024, 2, 28), -1),
        # 11 months later is 2024-03-01: measured today
        "today": (date(2023, 4, 1), date(2024, 4, 1), DAY, 0),
        # 2024-02-28 is past, so k = 2; 23 months later is 2025-01-28: D + 366 - 1 - 32 = 333 days
        "just past": (date(2023, 2, 28), date(2025, 2, 28), date(2025, 1, 27), 333),
        # begun on D: the first year ends on 2025-02-28; 11 months later is 2025-01-29
        "begun today": (DAY, date(2025, 2, 28), date(2025, 1, 28), 334),
        # 2024-08-31 by k = 1, though February and June are shorter; 07-30 is 31 + 30 + 31 + 30 + 30 days away
        "august": (date(2023, 8, 31), date(2024, 8, 31), date(2024, 7, 30), 152),
    }
    rows = []
    for subscription, (start, forward, measured, days) in starts.items():
        agreement(book, subscription, start=start)
        dates = {"true_forward_date": forward, "measured_on": measured, "days_until_measured": days}
        rows.append({"subscription_id": subscription, **dates})
    book.expects(FORWARD, *rows)


@case
def agreements_that_end_first(book: Book) -> None:
    start = date(2023, 4, 1)
    agreement(book, "ends on the day", start=start, end=date(2024, 4, 1))
    agreement(book, "ends a day later", start=start, end=date(2024, 4, 2))
    agreement(book, "ends before", start=start, end=date(2024, 3, 31))
    agreement(book, "open", start=start)
    book.stands("named users", start=start)
    book.priced("named users", model="named_user")
    book.stands("unknown", start=start)
    book.expects(FORWARD, {"subscription_id": "ends a day later"}, {"subscription_id": "open"})


@case
def what_an_agreement_allows(book: Book) -> None:
    # 101 x 1.2 = 121.2; 100 x 1.15 = 115, which doubles call 114.99999999999999; 10 x 1.000001 = 10.00001
    agreement(book, "at its limit", total=101, assigned=121)
    agreement(book, "one over", total=101, assigned=122)
    agreement(book, "exactly allowed", total=100, assigned=115, allowance="0.15")
    agreement(book, "a little", total=10, assigned=11, allowance="0.000001")
    agreement(book, "tenfold", total=10, assigned=110, allowance="10")
    book.looked_after(owner="Kim")
    over = {"is_overconsumed": True, "currency": "EUR", "owner": "Kim"}
    within = {"is_overconsumed": False, "licenses_to_free": 0, "exposure_licenses": 0, "exposure_12m": 0.0}
    # 122 - 101 = 21 licences of 1 x 12 each; 11 - 10 = 1
    one_over = {"allowed_licenses": 121, "licenses_to_free": 1, "exposure_licenses": 21, "exposure_12m": 252.0}
    a_little = {"allowed_licenses": 10, "licenses_to_free": 1, "exposure_licenses": 1, "exposure_12m": 12.0}
    book.expects(
        FORWARD,
        {"subscription_id": "at its limit", "allowed_licenses": 121, "growth_allowance": 0.2, **within},
        {"subscription_id": "one over", **one_over, **over},
        {"subscription_id": "exactly allowed", "allowed_licenses": 115, "growth_allowance": 0.15, **within},
        {"subscription_id": "a little", "growth_allowance": 0.000001, **a_little, **over},
        {"subscription_id": "tenfold", "allowed_licenses": 110, "growth_allowance": 10.0, **within},
    )


@case
def agreements_without_licences_or_price(book: Book) -> None:
    agreement(book, "empty", total=0, assigned=2)
    book.stands("unpriced", total=10, assigned=20)
    book.priced("unpriced", model="enterprise_agreement")
    over = {"is_overconsumed": True, "exposure_12m": None}
    book.expects(
        FORWARD,
        {"subscription_id": "empty", "allowed_licenses": 0, "licenses_to_free": 2, "exposure_licenses": 2, **over},
        {"subscription_id": "unpriced", "allowed_licenses": 12, "licenses_to_free": 8, "exposure_licenses": 10, **over},
    )


@case
def more_is_allowed_than_a_column_holds(book: Book) -> None:
    agreement(book, total=9 * 10**18, assigned=9 * 10**18 + 1, price="0")
    # 1.08 x 10^19 is more than 2^63 - 1, about 9.22 x 10^18
    within = {"is_overconsumed": False, "licenses_to_free": 0, "exposure_licenses": 0, "exposure_12m": 0.0}
    book.expects(FORWARD, {"allowed_licenses": None, **within})
    book.expects("next_actions")
