"""The first thing to do about a position, and what else."""

from datetime import date
from typing import Any

from .book import DAY, Book, ago, case

ACTIONS = "next_actions"
AGREEMENT = "enterprise_agreement"
MEASURED_IN_60 = date(2023, 5, 30)
"""D + 60 is 2024-04-29, which is 2024-04-30 - 1, eleven months after this."""


def agreement(book: Book, subscription: str, *, assigned: int, start: date, **told: Any) -> None:
    book.stands(subscription, total=100, assigned=assigned, start=start, **told)
    book.priced(subscription, price="1", model=AGREEMENT)


@case
def agreements_to_be_measured(book: Book) -> None:
    # 120 are allowed. Measured today: 2023-04-01; in 61 days, on 2024-04-30: 2023-06-01; yesterday: 2023-03-31
    agreement(book, "today", assigned=121, start=date(2023, 4, 1))
    agreement(book, "in 60 days", assigned=125, start=MEASURED_IN_60)
    agreement(book, "in 61 days", assigned=125, start=date(2023, 6, 1))
    agreement(book, "yesterday", assigned=125, start=date(2023, 3, 31))
    agreement(book, "allowed", assigned=120, start=MEASURED_IN_60)
    agreement(book, "allowed, measured yesterday", assigned=120, start=date(2023, 3, 31))
    agreement(book, "ends first", assigned=121, start=MEASURED_IN_60, end=date(2024, 5, 30))
    agreement(book, "ends first, allowed", assigned=120, start=MEASURED_IN_60, end=date(2024, 5, 30))
    freed = {"action": "free_before_true_forward", "priority": 1, "also": None, "currency": "EUR"}
    settled = {"action": "settle_overage", "priority": 2, "due_date": DAY, "also": None}
    # exposure 21 and 25 of 100, of 1200; overage the same; the end is 91 days away: nothing else is near
    book.expects(
        ACTIONS,
        {"subscription_id": "today", "due_date": DAY, "licenses": 1, "value_12m": 252.0, **freed},
        {"subscription_id": "in 60 days", "due_date": ago(-60), "licenses": 5, "value_12m": 300.0, **freed},
        {"subscription_id": "yesterday", "licenses": 25, "value_12m": 300.0, **settled},
        {"subscription_id": "ends first", "licenses": 21, "value_12m": 252.0, **settled},
    )


@case
def over_the_limit(book: Book) -> None:
    book.stands("over", total=100, assigned=103)
    book.priced("over", price="1")
    book.stands("at", total=100, assigned=100)
    book.stands("unpriced", total=100, assigned=101)
    book.stands("empty", total=0, assigned=2)
    book.priced("empty", price="1", currency="USD")
    settled = {"action": "settle_overage", "priority": 2, "due_date": DAY}
    # 1200 x 3 / 100; nothing to divide by of an empty one, which has its currency all the same
    book.expects(
        ACTIONS,
        {"subscription_id": "over", "licenses": 3, "value_12m": 36.0, "currency": "EUR", **settled},
        {"subscription_id": "unpriced", "licenses": 1, "value_12m": None, "currency": None, **settled},
        {"subscription_id": "empty", "licenses": 2, "value_12m": None, "currency": "USD", **settled},
    )


@case
def trials_worth_converting(book: Book) -> None:
    ends = {"in 30 days": (10, 6, 30), "in 31 days": (10, 6, 31), "too little": (10, 5, 30), "all of one": (1, 1, 0)}
    for subscription, (total, users, days) in ends.items():
        book.stands(subscription, trial=True, total=total, assigned=0, end=ago(-days))
        book.used(subscription, users=users)
        book.priced(subscription, price="1")
    book.stands("empty", trial=True, total=0, assigned=0, end=DAY)
    book.stands("open", trial=True, total=10, assigned=0)
    book.used("open", users=10)
    # 6 x 100 >= 60 x 10, and 5 x 100 is less
    converted = {"action": "convert_trial", "priority": 3, "also": None}
    book.expects(
        ACTIONS,
        {"subscription_id": "in 30 days", "due_date": ago(-30), "licenses": 10, "value_12m": 120.0, **converted},
        {"subscription_id": "all of one", "due_date": DAY, "licenses": 1, "value_12m": 12.0, **converted},
    )


@case
def renewals_to_be_placed(book: Book) -> None:
    days = {"in 30 days": 60, "in 31 days": 61, "overdue": 29, "zero": 60, "ordered": 60}
    for subscription, end in days.items():
        book.stands(subscription, end=ago(-end))
    book.priced("in 30 days", price="1", notice=30)
    book.priced("zero", ordered=0)
    book.priced("ordered", ordered=1)
    book.stands("renews itself", end=ago(-60), auto_renew=True)
    renewed = {"action": "renew", "priority": 4, "licenses": 100, "also": None}
    book.expects(
        ACTIONS,
        {"subscription_id": "in 30 days", "due_date": ago(-30), "value_12m": 1200.0, **renewed},
        {"subscription_id": "overdue", "due_date": DAY, "value_12m": None, "currency": None, **renewed},
        {"subscription_id": "zero", "due_date": ago(-30), "currency": "EUR", "value_12m": None, **renewed},
    )


@case
def assignments_to_be_raised(book: Book) -> None:
    for number in range(5):
        book.stands(f"full {number}", total=10, assigned=10)
    book.stands("five left", total=10, assigned=5)
    book.stands("four left", total=8, assigned=4)
    book.priced("five left", price="0.7")
    book.looked_after(owner="Kim", segment="SMB")
    # 25th percentile of 0.5 0.5 1 1 1 1 1: rank 1.5, so 0.75; median 1: both are low.
    # 10 x 0.7 x 12 = 84, of which 5 / 10
    raised = {"action": "raise_assignment", "priority": 6, "due_date": None, "licenses": 5, "value_12m": 42.0}
    book.expects(ACTIONS, {"subscription_id": "five left", "owner": "Kim", "segment": "SMB", **raised})


@case
def more_to_offer_by_growth(book: Book) -> None:
    grown = {"slow": (95, 96), "fast": (90, 96), "none": (96, 96), "below": (90, 94)}
    for subscription, (then, now) in grown.items():
        book.stands(subscription, on=[28], assigned=then)
        book.stands(subscription, assigned=now)
        book.priced(subscription, price="1")
    book.stands("new", assigned=100)
    offered = {
        "action": "offer_more",
        "priority": 7,
        "also": None,
        "due_date": None,
        "licenses": None,
        "value_12m": None,
    }
    book.expects(
        ACTIONS,
        {"subscription_id": "slow", "currency": "EUR", **offered},
        {"subscription_id": "fast", "currency": "EUR", **offered},
    )


@case
def more_to_offer_by_a_quarter(book: Book) -> None:
    for subscription, now in (("exceeded", 101), ("a", 50), ("b", 50), ("c", 50)):
        book.stands(subscription, on=[118, 90], assigned=50)
        book.stands(subscription, on=[28, 0], assigned=now)
    book.stands("unlike", assigned=90)
    # base rate 1 / 4; a, b and c are like four, one of which exceeded: 4 x (1 x 4 + 10 x 1) = 56 >= (4 + 10) x 4 = 56;
    # unlike any: 4 x (0 + 10) = 40 >= 10 x 4
    offered = {"action": "offer_more", "priority": 7}
    settled = {"subscription_id": "exceeded", "action": "settle_overage", "also": None}
    book.expects(ACTIONS, *({"subscription_id": name, **offered} for name in ("a", "b", "c", "unlike")), settled)


@case
def less_than_a_quarter_is_nothing_to_offer_for(book: Book) -> None:
    for subscription, now in (("exceeded", 101), ("a", 50), ("b", 50), ("c", 50), ("d", 50)):
        book.stands(subscription, on=[118, 90], assigned=50)
        book.stands(subscription, on=[28, 0], assigned=now)
    # base rate 1 / 5: 4 x (1 x 5 + 10 x 1) = 60 < (5 + 10) x 5 = 75
    book.expects(ACTIONS, {"subscription_id": "exceeded", "action": "settle_overage"})


@case
def also_in_their_order(book: Book) -> None:
    for number in range(4):
        book.stands(f"full {number}", total=10, assigned=10)
    # Over, and ends soon. The agreement is measured today, and ends the day after the true forward: in 33 days,
    # decided in 3.
    book.stands("over", total=10, assigned=15, end=ago(-30))
    agreement(book, "agreement", assigned=130, start=date(2023, 4, 1), end=date(2024, 4, 2))
    # A trial that is used, and full and growing.
    book.stands("trial", on=[28], trial=True, total=10, assigned=9, end=ago(-5))
    book.stands("trial", on=[0], trial=True, total=10, assigned=10, end=ago(-5))
    book.used("trial", users=6)
    # Low, and to be renewed: 0.1 is the least of 0.1 1 1 1 1 1 1.3 1.5.
    book.stands("low", total=10, assigned=1, end=ago(-30))
    book.expects(
        ACTIONS,
        {"subscription_id": "over", "action": "settle_overage", "also": "renew"},
        {"subscription_id": "agreement", "action": "free_before_true_forward", "also": "renew", "licenses": 10},
        {"subscription_id": "trial", "action": "convert_trial", "also": "offer_more"},
        {"subscription_id": "low", "action": "renew", "also": "raise_assignment", "licenses": 10},
    )
