"""When an action is to right-size a contract, and what comes instead of it."""

from typing import Any

from .book import Book, ago, case

ACTIONS = "next_actions"


def resizable(
    book: Book, subscription: str, *, days: int, needed: int, total: int, ordered: int | None = None, **told: Any
) -> None:
    """A contract that renews itself and is decided in so many days; so many licences are needed."""
    users = needed * 100 // 110  # those that need exactly so many, or one less
    book.stands(subscription, total=total, assigned=total, auto_renew=True, end=ago(-30 - days), **told)
    book.used(subscription, users=users)
    book.priced(subscription, price="1", ordered=ordered)


@case
def worth_resizing(book: Book) -> None:
    book.called()
    # 50 users need (5500 + 99) / 100 = 55; 9 need (990 + 99) / 100 = 10; 40 need 44; 30 need 33
    resizable(book, "on the last day", days=0, needed=55, total=61)
    resizable(book, "in 60 days", days=60, needed=55, total=62)
    resizable(book, "in 61 days", days=61, needed=55, total=100)
    resizable(book, "too late", days=-1, needed=55, total=100)
    resizable(book, "five", days=10, needed=10, total=15)
    resizable(book, "four", days=10, needed=10, total=14)
    resizable(book, "a tenth", days=10, needed=99, total=110)
    resizable(book, "less than a tenth", days=10, needed=99, total=109)
    resized = {"action": "right_size", "priority": 5, "also": None, "currency": "EUR"}
    # 6 of 61 is less than a tenth; 7 of 62 is more; 5 of 15; 11 of 110 is one, 10 of 109 is less
    book.expects(
        ACTIONS,
        {"subscription_id": "in 60 days", "due_date": ago(-60), "licenses": 7, "value_12m": 84.0, **resized},
        {"subscription_id": "five", "due_date": ago(-10), "licenses": 5, "value_12m": 60.0, **resized},
        {"subscription_id": "a tenth", "due_date": ago(-10), "licenses": 11, "value_12m": 132.0, **resized},
    )


@case
def the_order_is_placed(book: Book) -> None:
    book.called()
    for subscription, ordered in (("nothing", None), ("zero", 0), ("as needed", 55), ("one more", 56)):
        resizable(book, subscription, days=0, needed=55, total=100, ordered=ordered)
    resized = {"action": "right_size", "licenses": 45, "value_12m": 540.0, "due_date": ago(0)}
    # 0 is what was ordered, and no more than needed
    book.expects(ACTIONS, {"subscription_id": "nothing", **resized}, {"subscription_id": "one more", **resized})


@case
def renewed_by_hand_and_resized(book: Book) -> None:
    book.called()
    resizable(book, "s", days=20, needed=55, total=100)
    book.stands(total=100, assigned=100, end=ago(-50))
    # a contract that does not renew itself: first it has to be renewed, and could be smaller
    renewed = {"action": "renew", "priority": 4, "also": "right_size", "due_date": ago(-20), "licenses": 100}
    book.expects(ACTIONS, {**renewed, "value_12m": 1200.0})


@case
def resizing_comes_instead_of_raising_the_assignment(book: Book) -> None:
    book.called()
    for number in range(3):
        book.stands(f"full {number}", total=100, assigned=90)
    for subscription, days in (("resized", 10), ("later", 61)):
        resizable(book, subscription, days=days, needed=11, total=100)
        book.stands(subscription, total=100, assigned=40, auto_renew=True, end=ago(-30 - days))
    # ratios 0.4 0.4 0.9 0.9 0.9: 25th percentile 0.4, median 0.9. 10 users need 11, so 89 of 100 can go: 1200 x 0.89;
    # 100 - 40 = 60 are available: 1200 x 0.6
    book.expects(
        ACTIONS,
        {"subscription_id": "resized", "action": "right_size", "also": None, "licenses": 89, "value_12m": 1068.0},
        {
            "subscription_id": "later",
            "action": "raise_assignment",
            "priority": 6,
            "due_date": None,
            "licenses": 60,
            "value_12m": 720.0,
            "also": None,
        },
    )
